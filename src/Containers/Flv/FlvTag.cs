using System.Buffers.Binary;

namespace Tapedeck.Containers.Flv;

/// <summary>What an FLV tag carries; the numbers are those of the RTMP message types.</summary>
public enum FlvTagType : byte
{
    /// <summary>Sound.</summary>
    Audio = 8,

    /// <summary>Pictures.</summary>
    Video = 9,

    /// <summary>Script data that starts with an AMF3 selector byte (RTMP type 15 kept in a file).</summary>
    ScriptAmf3 = 15,

    /// <summary>Script data, AMF0.</summary>
    Script = 18,
}

/// <summary>One tag of an FLV file.</summary>
/// <param name="Type">The five type bits; values without a name are passed through.</param>
/// <param name="Timestamp">Milliseconds, 32 bits that wrap.</param>
/// <param name="Body">The tag body; valid as long as its reader says.</param>
/// <param name="Offset">File offset of the tag header.</param>
public readonly record struct FlvTag(FlvTagType Type, uint Timestamp, ReadOnlyMemory<byte> Body, long Offset);

/// <summary>
/// Fixed parts of the file:
/// <code>
/// header   "FLV" 01 flags(4 audio, 1 video) u32 offset=9 | u32 0
/// tag      type:u8 size:u24 time:u24 timeHigh:u8 stream:u24=0 | body | u32 size+11
/// </code>
/// </summary>
internal static class FlvWire
{
    public const int FileHeaderLength = 9;
    public const int FirstTagOffset = 13;
    public const int TagHeaderLength = 11;
    public const int BackPointerLength = 4;
    public const int MaxBodyLength = 0xFF_FFFF;
    public const int FlagsOffset = 4;
    public const byte AudioFlag = 4;
    public const byte VideoFlag = 1;

    public static void WriteFileHeader(Span<byte> target, byte flags)
    {
        "FLV\u0001"u8.CopyTo(target);
        target[FlagsOffset] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(target[5..], FileHeaderLength);
        BinaryPrimitives.WriteUInt32BigEndian(target[9..], 0);
    }

    public static void WriteTagHeader(Span<byte> target, FlvTagType type, int bodyLength, uint timestamp)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)type << 24 | (uint)bodyLength);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], timestamp << 8 | timestamp >> 24);
        target[8] = target[9] = target[10] = 0;
    }

    public static int BodyLength(ReadOnlySpan<byte> tagHeader) => (int)(BinaryPrimitives.ReadUInt32BigEndian(tagHeader) & 0xFF_FFFF);

    public static uint Timestamp(ReadOnlySpan<byte> tagHeader)
    {
        var stored = BinaryPrimitives.ReadUInt32BigEndian(tagHeader[4..]);
        return stored >> 8 | stored << 24;
    }

    /// <summary>The body of a tag that may be hidden as script data: it has at least 1 byte, and does not begin with an AMF0 text.</summary>
    public static bool CanHide(ReadOnlySpan<byte> body) => body.Length > 0 && body[0] is not (2 or 12);

    /// <summary>The tags of one write that never came to light: see <see cref="FlvTagWriter"/>.</summary>
    /// <param name="start">A tag header and the first byte of its body.</param>
    /// <param name="at">Where it stands.</param>
    /// <param name="fileLength">Bytes in the file.</param>
    public static bool IsHidden(ReadOnlySpan<byte> start, long at, long fileLength) =>
        start.Length > TagHeaderLength && start[0] == (byte)FlvTagType.Script && CanHide(start[TagHeaderLength..])
        && at + TagHeaderLength + BodyLength(start) >= fileLength;

    /// <summary>Bit 5 says that the body is encrypted: such a tag has its place in a file, even if nobody here can read it.</summary>
    public static bool IsKnownType(byte type) => (type & ~0x20) is 8 or 9 or 15 or 18;
}
