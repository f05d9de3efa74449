namespace Tapedeck.Containers.Tests.WebM;

/// <summary>Files as other programs write them, byte by byte: sizes unknown, block groups, every lacing, a compressed track.</summary>
internal static class LacedFiles
{
    public static byte[] Make(Random random, bool unknownSizes = true)
    {
        byte[] audio =
        [
            .. Element(0xD7, [2]), .. Element(0x83, [2]), .. Element(0x86, "A_AC3"u8.ToArray()),
            .. Element(0x6D80, Element(0x6240, Element(0x5034, [.. Element(0x4254, [3]), .. Element(0x4255, [0x0B, 0x77])]))),
            .. Element(0xE1, [.. Element(0xB5, [0x47, 0x3B, 0x80, 0x00]), .. Element(0x9F, [2])]),
        ];
        byte[] video = [.. Element(0xD7, [1]), .. Element(0x83, [1]), .. Element(0x86, "V_VP8"u8.ToArray()), .. Element(0xE0, [.. Element(0xB0, [64]), .. Element(0xBA, [48])])];
        byte[] first =
        [
            .. Element(0xE7, [0]),
            .. Element(0xA3, Block(1, 0, 0x80, Frame(40, 1))),
            .. Element(0xA0, [.. Element(0xA1, Block(2, 0, 0x02, [2, 44, 255, 45, .. Frame(44, 2), .. Frame(300, 3), .. Frame(50, 4)])), .. Element(0xFB, [0])]),
            .. Element(0xEC, new byte[20]),
            .. Element(0xA0, [.. Element(0xA1, Block(1, 40, 0, Frame(41, 5))), .. Element(0xFB, [0xD8]), .. Element(0x9B, [40])]),
        ];
        byte[] second =
        [
            .. Element(0xE7, [96]),
            .. Element(0xA3, Block(2, 0, 0x84, [1, .. Frame(30, 6), .. Frame(30, 7)])),
            .. Element(0xA3, Block(1, 4, 0x80, Frame(42, 8))),

            // EBML: 50, then 10 more, then 20 less; the last takes the rest.
            .. Element(0xA3, Block(2, 64, 0x86, [3, 0x80 | 50, 0x80 | 63 + 10, 0x80 | 63 - 20, .. Frame(50, 9), .. Frame(60, 10), .. Frame(40, 11), .. Frame(70, 12)])),
        ];
        byte[] body =
        [
            .. Element(0x1549A966, Element(0x2AD7B1, [0x0F, 0x42, 0x40])),
            .. Element(0x1654AE6B, [.. Element(0xAE, video), .. Element(0xAE, audio)]),
            .. Cluster(first), .. Element(0x1C53BB6B, Element(0xBB, Element(0xB3, [0]))), .. Cluster(second),
        ];
        _ = random;
        return [.. Element(0x1A45DFA3, Element(0x4282, "matroska"u8.ToArray())), 0x18, 0x53, 0x80, 0x67, 1, 255, 255, 255, 255, 255, 255, 255, .. body];

        byte[] Cluster(byte[] content) => unknownSizes ? [0x1F, 0x43, 0xB6, 0x75, 0xFF, .. content] : Element(0x1F43B675, content);
    }

    public static byte[] Frame(int length, byte value) => [.. Enumerable.Repeat(value, length)];

    private static byte[] Block(byte track, short time, byte flags, byte[] data) => [(byte)(0x80 | track), (byte)(time >> 8), (byte)time, flags, .. data];

    private static byte[] Element(uint id, byte[] body)
    {
        byte[] name = [.. new[] { (byte)(id >> 24), (byte)(id >> 16), (byte)(id >> 8), (byte)id }.SkipWhile(b => b == 0)];
        return [.. name, (byte)(0x40 | body.Length >> 8), (byte)body.Length, .. body];
    }
}
