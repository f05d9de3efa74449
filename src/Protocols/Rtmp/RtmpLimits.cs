namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// What one peer may make us hold or compute. Every violation ends in a <see cref="RtmpProtocolException"/>
/// that names the thing, the number seen and the limit.
/// </summary>
public sealed record RtmpLimits
{
    public static RtmpLimits Default { get; } = new();

    /// <summary>Largest command message (types 17, 20) and control message (1-6), in bytes.</summary>
    public int MaxCommandBytes { get; init; } = 65_536;

    /// <summary>Largest data or shared-object message (types 15, 16, 18, 19) and message of an unknown type, in bytes.</summary>
    public int MaxDataBytes { get; init; } = 1 << 20;

    /// <summary>Largest audio message (type 8), in bytes.</summary>
    public int MaxAudioBytes { get; init; } = 1 << 20;

    /// <summary>Largest video (type 9) or aggregate (type 22) message, in bytes.</summary>
    public int MaxVideoBytes { get; init; } = 16 << 20;

    /// <summary>Sum of the declared lengths of all partly received messages of one connection, in bytes.</summary>
    public int MaxBytesInFlight { get; init; } = 16 << 20;

    /// <summary>Distinct chunk stream ids that one peer may use.</summary>
    public int MaxChunkStreams { get; init; } = 64;

    /// <summary>Nesting of AMF objects and arrays; a reference counts with the height of what it refers to.</summary>
    public int AmfMaxDepth { get; init; } = 32;

    /// <summary>
    /// AMF values of one message, counted as if every reference were written out. Long strings and byte arrays
    /// count one more for each 1024 bytes, so that references cannot be blown up when a value is written again.
    /// </summary>
    public int AmfMaxItems { get; init; } = 4096;

    /// <summary>Largest chunk size that a peer may set. Its message length field has 24 bits, so more has no use.</summary>
    public int MaxChunkSize { get; init; } = 0xFFFFFF;

    /// <summary>The limit that applies to one message of this type, in bytes.</summary>
    public int MaxBytesOf(MessageType type) => type switch
    {
        MessageType.Audio => MaxAudioBytes,
        MessageType.Video or MessageType.Aggregate => MaxVideoBytes,
        MessageType.CommandAmf0 or MessageType.CommandAmf3 => MaxCommandBytes,
        >= MessageType.SetChunkSize and <= MessageType.SetPeerBandwidth => MaxCommandBytes,
        _ => MaxDataBytes,
    };
}
