namespace Tapedeck.Containers.Mp4;

/// <summary>How an <see cref="Mp4Writer"/> writes.</summary>
public sealed record Mp4WriterOptions
{
    /// <summary>The instant written as creation and modification time: the writer reads no clock. Null leaves both at 0, "unknown".</summary>
    public DateTimeOffset? CreationTime { get; init; }

    /// <summary>
    /// How much media may pass until the duration in the header of a file that is being recorded is patched. Some players show the length of the
    /// first fragment without it.
    /// </summary>
    public TimeSpan DurationPatchInterval { get; init; } = TimeSpan.FromSeconds(10);
}
