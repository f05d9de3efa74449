namespace Tapedeck.Media;

/// <summary>Whether a track is seen, heard or read.</summary>
public enum TrackKind : byte
{
    /// <summary>Pictures.</summary>
    Video,

    /// <summary>Sound.</summary>
    Audio,

    /// <summary>Timed data, such as script data.</summary>
    Data,
}

/// <summary>
/// One track of a stream, as decoders need to know it. Immutable: a change of codec, size or parameter sets is a new
/// <see cref="Track"/> with the same <see cref="Id"/>, so that comparing references tells whether anything changed.
/// </summary>
public sealed record Track
{
    /// <summary>Stays the same for the life of the stream; unique within it. RTMP: 1 + track number for video, 101 + track number for audio, 201 for data.</summary>
    public required int Id { get; init; }

    /// <summary>Video, audio or data.</summary>
    public required TrackKind Kind { get; init; }

    /// <summary>The codec; <see cref="Codec.Unknown"/> is carried on but cannot be recorded in containers that must describe it.</summary>
    public required Codec Codec { get; init; }

    /// <summary>Ticks a second of all times of this track's frames: 90,000 for video, the sampling rate for audio, 1,000 for data.</summary>
    public required int Timescale { get; init; }

    /// <summary>The decoder configuration record in the form named at <see cref="Media.Codec"/>; empty where the codec has none. Owned by the track: it stays valid.</summary>
    public ReadOnlyMemory<byte> Configuration { get; init; }

    /// <summary>The FLV tag body (RTMP message body) that announced this configuration, exactly as received; empty when it came in another form.</summary>
    public ReadOnlyMemory<byte> ConfigurationPacket { get; init; }

    /// <summary>Coded picture width in pixels, 0 when unknown.</summary>
    public int Width { get; init; }

    /// <summary>Coded picture height in pixels, 0 when unknown.</summary>
    public int Height { get; init; }

    /// <summary>Output sampling rate in Hz, 0 when unknown.</summary>
    public int SampleRate { get; init; }

    /// <summary>Number of sound channels, 0 when unknown.</summary>
    public int Channels { get; init; }

    /// <summary>Ticks of <see cref="Timescale"/> that one audio frame lasts (AAC 1024), 0 when it varies or is unknown.</summary>
    public int FrameDuration { get; init; }
}
