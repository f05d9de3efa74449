namespace Tapedeck.Media;

/// <summary>What an entry of a stream's frame log is.</summary>
public enum FrameKind : byte
{
    /// <summary>One access unit: the only kind that becomes a sample of a container.</summary>
    Sample,

    /// <summary>The track changed: <see cref="MediaFrame.Track"/> is the new one. <see cref="MediaFrame.Packet"/> is the sequence header as received, if any.</summary>
    Configuration,

    /// <summary>Timed script data; <see cref="MediaFrame.Payload"/> is AMF0: a name, then values.</summary>
    Script,

    /// <summary>Something that belongs to the track but is neither sample nor configuration (end of sequence, colour information); only <see cref="MediaFrame.Packet"/> is set.</summary>
    Other,
}

/// <summary>Properties of a frame.</summary>
[Flags]
public enum FrameFlags : byte
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>A decoder can start here (sync sample). Set on every audio frame too.</summary>
    Key = 1,

    /// <summary>No other frame refers to this one.</summary>
    Disposable = 2,

    /// <summary>This frame came in the same packet as an earlier one, whose <see cref="MediaFrame.Packet"/> carries both.</summary>
    SharesPacket = 4,
}

/// <summary>
/// One frame. Memory it refers to belongs to the stream's log: valid until the reader that delivered it advances past it or
/// waits again.
/// </summary>
public readonly record struct MediaFrame
{
    /// <summary>The track as it is from this frame on.</summary>
    public required Track Track { get; init; }

    /// <summary>What this entry is.</summary>
    public FrameKind Kind { get; init; }

    /// <summary>Key, disposable, …</summary>
    public FrameFlags Flags { get; init; }

    /// <summary>Decode time in ticks of the track's timescale, never wrapping. All tracks of a stream share the zero point.</summary>
    public required long DecodeTime { get; init; }

    /// <summary>Presentation time minus decode time, in the same ticks; 0 or more for real encoders, may be negative.</summary>
    public int PresentationOffset { get; init; }

    /// <summary>Exactly what an MP4 sample holds (ISO/IEC 14496-15 and the codec's own mapping). Empty unless the kind is Sample or Script.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The FLV tag body (RTMP message body) the frame came in, exactly as received; empty when it came in another form.</summary>
    public ReadOnlyMemory<byte> Packet { get; init; }

    /// <summary>Position in the stream's log; 0 for the first frame of the stream, each next one adds 1.</summary>
    public long Position { get; init; }

    /// <summary>Wall clock (UTC) when it arrived; assigned by the log.</summary>
    public DateTimeOffset ArrivedAt
    {
        get => new(_arrivedTicks, TimeSpan.Zero);
        init => _arrivedTicks = value.UtcTicks;
    }

    private readonly long _arrivedTicks;

    /// <summary>True when a decoder can start at this frame.</summary>
    public bool IsKey => (Flags & FrameFlags.Key) != 0;

    /// <summary>Presentation time in ticks of the track's timescale.</summary>
    public long PresentationTime => DecodeTime + PresentationOffset;
}
