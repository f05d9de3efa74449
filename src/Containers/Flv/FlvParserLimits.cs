using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>What a publisher may make the parser do. A packet beyond a limit is carried on as received, but is no sample.</summary>
public sealed record FlvParserLimits
{
    /// <summary>The limits used where none are given.</summary>
    public static FlvParserLimits Default { get; } = new();

    /// <summary>Tracks of one kind; an Enhanced RTMP publisher could name 256.</summary>
    public int TracksPerKind { get; init; } = 16;

    /// <summary>Bytes of a decoder configuration record: each change keeps a copy.</summary>
    public int ConfigurationBytes { get; init; } = 64 * 1024;

    /// <summary>NAL units or OBUs of one access unit.</summary>
    public int UnitsPerFrame { get; init; } = 4096;

    /// <summary>ModEx blocks before one packet; today one is defined.</summary>
    public int ModExBlocks { get; init; } = 16;

    /// <summary>Longest picture side in pixels that a configuration may announce.</summary>
    public int PictureSide { get; init; } = 16_384;
}

/// <summary>Takes the frames a <see cref="FlvPacketParser"/> finds.</summary>
public interface IFrameSink
{
    /// <summary>The next frame, without a position. Its memory is that of the tag body handed to the parser.</summary>
    void OnFrame(in MediaFrame frame);
}
