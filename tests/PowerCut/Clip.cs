using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.PowerCut;

/// <summary>A seeded stream of pictures and sound; each frame's payload ends with its number.</summary>
internal static class Clip
{
    private const int Digits = 4;

    private static readonly Track H264 = new()
    {
        Id = 1,
        Kind = TrackKind.Video,
        Codec = Codec.H264,
        Timescale = 90000,
        Configuration = Convert.FromHexString("01f4000dffe1001967f4000d919b28283f6022000003000200000300641e28532c01000568ce0f1920fff8f800"),
        Width = 320,
        Height = 240,
    };

    private static readonly Track Vp9 = H264 with { Codec = Codec.Vp9, Configuration = Convert.FromHexString("0014810202020000") };

    private static readonly Track Aac = new()
    {
        Id = 101,
        Kind = TrackKind.Audio,
        Codec = Codec.Aac,
        Timescale = 48000,
        SampleRate = 48000,
        Channels = 2,
        Configuration = Convert.FromHexString("1190"),
        FrameDuration = 1024,
    };

    private static readonly Track Opus = Aac with { Codec = Codec.Opus, Configuration = Convert.FromHexString("4f707573486561640102380180bb0000000000"), FrameDuration = 960 };

    /// <summary>Frames in order of sending, in fragments: pictures at 30 a second and sound.</summary>
    public static List<List<MediaFrame>> Make(bool isWebM, Random random)
    {
        var (video, audio) = isWebM ? (Vp9, Opus) : (H264, Aac);
        // 24 kbit/s to some Mbit/s.
        var size = random.Next(3) switch { 0 => 60, 1 => 1500, _ => 9000 };
        var gop = random.Next(10, 80);
        var perFragment = random.Next(6, 30);
        var fragments = new List<List<MediaFrame>>();
        var (number, sound) = (0, 0);
        for (var (picture, count) = (0, random.Next(2, 9)); fragments.Count < count;)
        {
            var fragment = new List<MediaFrame>();
            for (var i = 0; i < perFragment; i++, picture++)
            {
                var time = picture * 3000L;
                fragment.Add(Frame(video, number++, time, picture % gop == 0, random.Next(size / 2, size * (picture % gop == 0 ? 6 : 2)), random));
                for (; sound * (long)audio.FrameDuration * 90000 < (time + 3000) * 48000; sound++)
                    fragment.Add(Frame(audio, number++, sound * (long)audio.FrameDuration, true, random.Next(20, 400), random));
            }

            fragments.Add(fragment);
        }

        return fragments;
    }

    public static int Number(ReadOnlySpan<byte> payload)
    {
        var number = 0;
        foreach (var digit in payload[^Digits..])
            number = number * 128 + digit - 64;
        return number;
    }

    private static MediaFrame Frame(Track track, int number, long time, bool isKey, int length, Random random)
    {
        byte[] head = track.Codec switch
        {
            Codec.H264 => [0, 0, 0, 0, isKey ? (byte)0x65 : (byte)0x41, 0x9A],
            Codec.Vp9 => [isKey ? (byte)0x82 : (byte)0x86, 0x49, 0x83, 0x42],
            Codec.Opus => [0xFC],
            _ => [0x21],
        };
        var payload = new byte[head.Length + length + Digits];
        random.NextBytes(payload);
        // No zeros: no start codes, nothing to escape.
        foreach (ref var value in payload.AsSpan())
            value |= 1;
        head.CopyTo(payload, 0);
        for (var (i, rest) = (0, number); i < Digits; i++, rest /= 128)
            payload[^(i + 1)] = (byte)(rest % 128 + 64);
        if (track.Codec == Codec.H264)
            BinaryPrimitives.WriteInt32BigEndian(payload, payload.Length - 4);
        return new MediaFrame
        {
            Track = track,
            Kind = FrameKind.Sample,
            DecodeTime = time,
            Flags = isKey ? FrameFlags.Key : FrameFlags.None,
            Payload = payload,
        };
    }
}
