using System.Buffers;
using System.Buffers.Binary;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>Message bodies as encoders send them.</summary>
internal static class Flv
{
    /// <summary>H.264 sequence header, High, 64 pixels wide.</summary>
    public static readonly byte[] AvcHeader =
        [0x17, 0, 0, 0, 0, .. Convert.FromHexString("0164000AFFE100186764000AACD9447B011000000300100000030320F122596001000668EBE3CB22C0FDF8F800")];

    /// <summary>The same with other picture parameters.</summary>
    public static readonly byte[] OtherAvcHeader =
        [0x17, 0, 0, 0, 0, .. Convert.FromHexString("0164000AFFE100186764000AACD9447B011000000300100000030320F122596001000668EBE3CB22C1FDF8F800")];

    /// <summary>AAC, 44.1 kHz stereo.</summary>
    public static readonly byte[] AacHeader = [0xAF, 0, 0x12, 0x10];

    public static byte[] Key(int seed, int bytes = 100) => Video(0x17, 0x65, seed, bytes);

    public static byte[] Inter(int seed, int bytes = 50) => Video(0x27, 0x41, seed, bytes);

    public static byte[] Aac(int seed, int bytes = 20) => [0xAF, 1, .. Pattern(seed, bytes)];

    public static byte[] Pattern(int seed, int bytes)
    {
        var result = new byte[bytes];
        new Random(seed).NextBytes(result);
        return result;
    }

    /// <summary>AMF0 values one after the other.</summary>
    public static byte[] Amf(params object?[] values)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var value in values)
            Amf0Writer.Write(output, value);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>onMetaData with an ECMA array, as encoders send it.</summary>
    public static byte[] Metadata(double width) => Amf("onMetaData", new AmfObject { IsEcmaArray = true, ["width"] = width, ["encoder"] = "test" });

    /// <summary>One tag of an aggregate message.</summary>
    public static byte[] Tag(MessageType type, uint time, byte[] body)
    {
        var tag = new byte[11 + body.Length + 4];
        tag[0] = (byte)type;
        tag[1] = (byte)(body.Length >> 16);
        tag[2] = (byte)(body.Length >> 8);
        tag[3] = (byte)body.Length;
        tag[4] = (byte)(time >> 16);
        tag[5] = (byte)(time >> 8);
        tag[6] = (byte)time;
        tag[7] = (byte)(time >> 24);
        body.CopyTo(tag, 11);
        BinaryPrimitives.WriteInt32BigEndian(tag.AsSpan(11 + body.Length), 11 + body.Length);
        return tag;
    }

    private static byte[] Video(byte front, byte nal, int seed, int bytes)
    {
        var unit = Pattern(seed, bytes);
        unit[0] = nal;
        var body = new byte[9 + bytes];
        body[0] = front;
        body[1] = 1;
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(5), bytes);
        unit.CopyTo(body, 9);
        return body;
    }
}
