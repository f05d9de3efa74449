namespace Tapedeck.Recordings;

/// <summary>What holds for MP4 files only.</summary>
public sealed record Mp4Options
{
    /// <summary>
    /// True: the index of the finished file lies before its media, for playing while downloading, in room that is reserved when the file begins.
    /// Where that turns out too small, the index goes behind the media. No effect on <see cref="RecordingFormat.FragmentedMp4"/>.
    /// </summary>
    public bool IndexAtFront { get; init; }

    /// <summary>How long a file is expected to become: how much room is reserved for its index; null: that of <see cref="SplitOptions.Duration"/> or <see cref="RecordingOptions.MaxDuration"/>, else an hour.</summary>
    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>
    /// True: for readers that know only 32-bit fields (QuickTime for Windows): headers of version 0, <c>stco</c>, no fragments in the finished file; the next file begins
    /// before 4 GiB. Not with <see cref="RecordingFormat.FragmentedMp4"/>.
    /// </summary>
    public bool WinQtCompat { get; init; }
}
