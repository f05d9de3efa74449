using System.Buffers.Binary;

namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// Script data in a transport stream: ID3 tags in PES packets, as in Apple's "Timed Metadata for HTTP Live Streaming" and ISO/IEC 13818-1 2.12. A message is
/// one ID3v2.4 tag with one TXXX frame; sizes have 7 bits a byte:
/// <code>
/// "ID3" 04 00 00 | size 4 | "TXXX" | size 4 | 00 00 | 03 (UTF-8) | "tapedeck.script" 00 | JSON of decision 0013
/// </code>
/// A tag that is longer than a PES packet goes on in further ones, which have neither time stamp nor data_alignment_indicator.
/// </summary>
internal static class Id3
{
    public const byte StreamType = 0x15;
    public const int TagHeader = 10;
    public const int FrameHeader = 10;

    /// <summary>The most that either size can say.</summary>
    public const int MaxSize = (1 << 28) - 1;

    private const byte PointerTag = 0x25;
    private const byte MetadataTag = 0x26;

    // In both descriptors: application format and its identifier, format and its identifier, service 0.
    private static readonly byte[] Formats = [0xFF, 0xFF, .. "ID3 "u8, 0xFF, .. "ID3 "u8, 0];

    /// <summary>What a TXXX frame of ours says before its JSON.</summary>
    public static readonly byte[] Description = [3, .. "tapedeck.script"u8, 0];

    /// <summary>metadata_descriptor (2.6.60) of the stream: no decoder configuration.</summary>
    public static byte[] Descriptor() => [MetadataTag, (byte)(Formats.Length + 1), .. Formats, 0x0F];

    /// <summary>metadata_pointer_descriptor (2.6.58) of the program: its metadata is in this program.</summary>
    public static byte[] Pointer(int program) => [PointerTag, (byte)(Formats.Length + 3), .. Formats, 0x1F, (byte)(program >> 8), (byte)program];

    /// <summary>True for a stream whose metadata_format is ID3, whoever wrote it.</summary>
    public static bool IsIn(in ProgramStream stream)
    {
        var body = stream.Find(MetadataTag);
        if (stream.StreamType != StreamType || body.Length < 2)
            return false;
        body = body[(body.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFF]) ? Math.Min(6, body.Length) : 2)..];
        return body.StartsWith((ReadOnlySpan<byte>)[0xFF, .. "ID3 "u8]);
    }

    /// <summary>Length of the tag at the beginning; 0 when none begins there. Needs <see cref="TagHeader"/> bytes.</summary>
    public static int Length(ReadOnlySpan<byte> tag)
    {
        if (!tag.StartsWith("ID3"u8) || ReadSize(tag[6..]) is not (>= 0 and var size))
            return 0;
        var footer = tag[3] >= 4 && (tag[5] & 0x10) != 0 ? TagHeader : 0;
        return TagHeader + size + footer;
    }

    /// <summary>Where the JSON of a tag of ours lies; empty in any other.</summary>
    public static Range FindScript(ReadOnlySpan<byte> tag)
    {
        // Ours have none of the flags, which change what follows.
        if (tag[3] != 4 || tag[5] != 0)
            return default;
        var at = TagHeader;
        while (tag.Length - at > FrameHeader && ReadSize(tag[(at + 4)..]) is >= 0 and var size && size <= tag.Length - at - FrameHeader)
        {
            var frame = tag.Slice(at, FrameHeader + size);
            at += frame.Length;
            if (frame.StartsWith("TXXX"u8) && frame[8] == 0 && frame[9] == 0 && frame[FrameHeader..].StartsWith(Description))
                return (at - size + Description.Length)..at;
        }

        return default;
    }

    public static void WriteSize(Span<byte> target, int size)
    {
        for (var i = 0; i < 4; i++)
            target[i] = (byte)(size >> 7 * (3 - i) & 127);
    }

    private static int ReadSize(ReadOnlySpan<byte> size) =>
        (BinaryPrimitives.ReadUInt32BigEndian(size) & 0x8080_8080) != 0 ? -1 : size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3];
}
