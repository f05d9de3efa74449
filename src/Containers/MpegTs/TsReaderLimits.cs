namespace Tapedeck.Containers.MpegTs;

/// <summary>What a transport stream may demand of its reader.</summary>
public sealed record TsReaderLimits
{
    /// <summary>Most bytes that one access unit, or one PES packet that has no end, may hold; a larger one is an error.</summary>
    public int MaxPesLength { get; init; } = 16 << 20;

    /// <summary>How far the beginning is searched for program tables, and for a frame of every stream that they list.</summary>
    public long ProbeBytes { get; init; } = 8 << 20;

    /// <summary>How far decode times of tracks may lie apart for frames to be put in order.</summary>
    public TimeSpan InterleaveWindow { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Bytes of frames that may wait to be put in order.</summary>
    public long MaxQueuedBytes { get; init; } = 32 << 20;
}
