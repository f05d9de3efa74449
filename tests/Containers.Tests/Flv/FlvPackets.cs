using System.Text;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Flv;

/// <summary>Packets for tests, and what is in them.</summary>
internal static class FlvPackets
{
    public static readonly byte[] AvcRecord = Hex("0164000AFFE100186764000AACD9447B011000000300100000030320F122596001000668EBE3CB22C0FDF8F800");

    public static readonly byte[] HevcRecord = Hex(
        "0101600000009000000000001EF000FCFDF8F800000F03A00001001840010C01FFFF01600000030090000003000003001E959809A10001002942010101600000030090000003"
        + "000003001EA02083165959AE4CAF016808000003000800000300C840A2000100064401C173D089");

    public static readonly byte[] Av1Record = Hex("81010C000A0B0000000C47FFFEFFFCC020");
    public static readonly byte[] Av1SequenceHeader = Hex("0A0B0000000C47FFFEFFFCC020");
    public static readonly byte[] VvcRecord = Hex("FE0000000000");
    public static readonly byte[] VpRecord = Hex("000A820202020000");
    public static readonly byte[] AacRecord = Hex("1210");
    public static readonly byte[] AacMonoRecord = Hex("1588");
    public static readonly byte[] OpusRecord = Opus.BuildHead(2, 312, 48_000);
    public static readonly byte[] FlacRecord = Flac.BuildStreamInfo(new FlacStreamInfo(4096, 4096, 44_100, 2, 16));

    public static readonly byte[] Units = Hex("00000002658800000003060102");
    public static readonly byte[] Vp8Key = Hex("1000009D012A4001F000AABB");
    public static readonly byte[] Vp9Key = Vp9KeyFrame();
    public static readonly byte[] Av1Key = [.. Av1SequenceHeader, .. Hex("3204112233AA")];
    public static readonly byte[] Mp3Frame = Hex("FFFB90C400000000");
    public static readonly byte[] Ac3Frame = Hex("0B77000014404FE0AABBCCDD");
    public static readonly byte[] Eac3Frame = Hex("0B7700053480000000000000");

    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));

    public static byte[] Video(string front, byte[] rest) => [.. Hex(front), .. rest];

    public static byte[] FourCc(string front, string name, params byte[] rest) => [.. Hex(front), .. Encoding.ASCII.GetBytes(name), .. rest];

    public static byte[] Script(string name = "onMetaData") => [2, 0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), 8, 0, 0, 0, 0, 0, 0, 9];

    /// <summary>A whole file of tags.</summary>
    public static byte[] File(params (FlvTagType Type, uint Time, byte[] Body)[] tags)
    {
        var bytes = new List<byte>("FLV\u0001"u8.ToArray()) { 5, 0, 0, 0, 9, 0, 0, 0, 0 };
        foreach (var (type, time, body) in tags)
        {
            bytes.AddRange([(byte)type, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length]);
            bytes.AddRange([(byte)(time >> 16), (byte)(time >> 8), (byte)time, (byte)(time >> 24), 0, 0, 0]);
            bytes.AddRange(body);
            var size = body.Length + 11;
            bytes.AddRange([(byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size]);
        }

        return [.. bytes];
    }

    private static byte[] Vp9KeyFrame()
    {
        // frame_marker 2, profile 0, key, shown; sync code; BT.709, studio range; 320 x 240 minus one, 16 bits each.
        var bits = "10" + "00" + "0" + "0" + "1" + "0" + "010010011000001101000010" + "010" + "0" + Convert.ToString(319, 2).PadLeft(16, '0')
            + Convert.ToString(239, 2).PadLeft(16, '0');
        bits = bits.PadRight((bits.Length + 7) / 8 * 8 + 32, '0');
        return [.. Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2))];
    }
}

/// <summary>Keeps frames with memory of their own.</summary>
internal sealed class FrameList : IFrameSink
{
    public List<MediaFrame> Frames { get; } = [];

    public void OnFrame(in MediaFrame frame) => Frames.Add(Copy(frame));

    public static MediaFrame Copy(in MediaFrame frame) => frame with { Packet = frame.Packet.ToArray(), Payload = frame.Payload.ToArray() };

    public static List<MediaFrame> Read(byte[] file)
    {
        using var reader = FlvReader.Open(new MemoryStream(file, false));
        var frames = new List<MediaFrame>();
        while (reader.TryRead(out var frame))
            frames.Add(Copy(frame));
        return frames;
    }

    public static List<(FlvTagType Type, uint Time, byte[] Body)> Tags(byte[] file)
    {
        using var reader = FlvTagReader.Open(new MemoryStream(file, false));
        var tags = new List<(FlvTagType, uint, byte[])>();
        while (reader.TryRead(out var tag))
            tags.Add((tag.Type, tag.Timestamp, tag.Body.ToArray()));
        return tags;
    }
}
