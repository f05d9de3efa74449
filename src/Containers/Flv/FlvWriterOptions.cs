namespace Tapedeck.Containers.Flv;

/// <summary>How an FLV file is written.</summary>
public sealed record FlvWriterOptions
{
    /// <summary>The stream's latest metadata: a script tag body (onMetaData, then its properties). Empty: only what the tracks say.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }

    /// <summary>False leaves the stream's script data out; the file's own onMetaData is always there.</summary>
    public bool RecordData { get; init; } = true;

    /// <summary>Entries of the reserved key frame index, 18 bytes each, at least 3; 0 for no index.</summary>
    public int IndexCapacity { get; init; } = 1024;

    /// <summary>Least distance of two index entries; doubles whenever the index is full.</summary>
    public TimeSpan IndexInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How much media goes by until duration and file size in the header are brought up to date.</summary>
    public TimeSpan PatchInterval { get; init; } = TimeSpan.FromSeconds(10);
}
