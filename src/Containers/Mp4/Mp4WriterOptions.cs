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

    /// <summary>Where the index of the finished file goes.</summary>
    public Mp4IndexPlace Index { get; init; }

    /// <summary>Bytes to reserve for an index at the front; 0 estimates them from <see cref="ExpectedDuration"/> and the first fragment. At most 1 GiB.</summary>
    public long ReservedIndexBytes { get; init; }

    /// <summary>How long the file is expected to become; only used to reserve room for an index at the front.</summary>
    public TimeSpan ExpectedDuration { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// For readers that know only 32-bit fields: movie timescale 1,000, headers of version 0, no presentation before decoding, no fragments in the
    /// finished file. Holds as long as the next file is started when <see cref="Mp4Writer.MustEnd"/> says so.
    /// </summary>
    public bool WinQtCompat { get; init; }

    /// <summary>The file stays in fragments for good; it ends with an index of its key frames (mfra). Nothing grows with it but that.</summary>
    public bool Fragmented { get; init; }

    /// <summary>
    /// Script data (onMetaData, cue points, text) becomes a timed metadata track: decision 0013. Not with <see cref="WinQtCompat"/>, whose readers are older
    /// than such tracks.
    /// </summary>
    public bool RecordData { get; init; }

    /// <summary>The stream's onMetaData as AMF0, with which the metadata track begins; may be empty.</summary>
    public ReadOnlyMemory<byte> Metadata { get; init; }

    /// <summary>
    /// H.264, H.265 and AAC tracks may go on in the same file with other parameters, each with a sample description of its own. A new file has 16 KiB of
    /// room for that behind its header; what no longer fits asks for a new file. Decision 0016.
    /// </summary>
    public bool ChangesInFile { get; init; }

    /// <summary>Bytes of index after which <see cref="Mp4Writer.MustEnd"/> asks for the next file: a day at 30 pictures a second needs about half of the default.</summary>
    public long MaxIndexBytes { get; init; } = 64 << 20;
}

/// <summary>Where the index (moov) of a finished MP4 file is.</summary>
public enum Mp4IndexPlace
{
    /// <summary>Behind the media.</summary>
    Tail,

    /// <summary>Before the media, for playing while downloading: in reserved room, or behind the media when that is too small.</summary>
    Front,
}
