using Tapedeck.Media;

namespace Tapedeck.Engine.Tests.Recording.Pathologies;

/// <summary>Tracks with real configurations, and payloads that are whole by the rules of their codec and carry a number.</summary>
internal static class Samples
{
    private const int Digits = 4;

    public static readonly Track H264 = Video(Codec.H264, "01f4000dffe1001967f4000d919b28283f6022000003000200000300641e28532c01000568ce0f1920fff8f800");
    public static readonly Track Hevc = Video(Codec.Hevc, "0104080000009e08000000003cf000fcfff8f800000f03a00001001740010c01ffff0408000003009e0800000300003c959409a10001002b4201010408000003009e0800000300003c90014101e2cb2b2a5261780b7020200040000003004000000642a2000100084401c07318301890");
    public static readonly Track Vp9 = Video(Codec.Vp9, "0014810202020000");
    public static readonly Track Aac = Audio(Codec.Aac, 48000, "1190");
    public static readonly Track Aac44 = Audio(Codec.Aac, 44100, "1210");
    public static readonly Track Mono = Audio(Codec.Aac, 48000, "1188") with { Channels = 1 };
    public static readonly Track Opus = Audio(Codec.Opus, 48000, "4f707573486561640102380180bb0000000000");

    public static byte[] Payload(Track track, int number, bool isKey)
    {
        byte[] head = track.Codec switch
        {
            Codec.H264 => [0, 0, 0, 0, isKey ? (byte)0x65 : (byte)0x41, 0x9A],
            Codec.Hevc => [0, 0, 0, 0, isKey ? (byte)(19 << 1) : (byte)(1 << 1), 1, 0x9A],
            Codec.Vp9 => [isKey ? (byte)0x82 : (byte)0x86, 0x49, 0x83, 0x42],
            Codec.Opus => [0xFC],
            _ => [0x21],
        };
        var payload = new byte[head.Length + 40 + (number % 7) + Digits];
        payload.AsSpan().Fill(0xA5);
        head.CopyTo(payload, 0);
        for (var (i, rest) = (0, number); i < Digits; i++, rest /= 128)
            payload[^(i + 1)] = (byte)(rest % 128 + 64); // no zeros: nothing is escaped, nothing is taken for stuffing
        if (track.Codec is Codec.H264 or Codec.Hevc)
            payload[3] = (byte)(payload.Length - 4);
        return payload;
    }

    public static int Number(ReadOnlySpan<byte> payload)
    {
        var number = 0;
        foreach (var digit in payload[^Digits..])
            number = number * 128 + digit - 64;
        return number;
    }

    private static Track Video(Codec codec, string config) => new()
    {
        Id = 1,
        Kind = TrackKind.Video,
        Codec = codec,
        Timescale = 90000,
        Configuration = Convert.FromHexString(config),
        Width = 320,
        Height = 240,
    };

    private static Track Audio(Codec codec, int rate, string config) => new()
    {
        Id = 101,
        Kind = TrackKind.Audio,
        Codec = codec,
        Timescale = rate,
        SampleRate = rate,
        Channels = 2,
        Configuration = Convert.FromHexString(config),
    };
}
