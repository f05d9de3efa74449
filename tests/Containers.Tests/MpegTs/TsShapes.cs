using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.MpegTs;

/// <summary>Streams whose payloads are what decoders could be given: NAL units and frames with true headers, as transport streams have nothing else to go by.</summary>
internal static class TsShapes
{
    public static readonly Track Mp3Half = Shapes.Mp3 with { Timescale = 22050, SampleRate = 22050, Channels = 1 };
    public static readonly Track HeAac = Shapes.Aac with { Configuration = Convert.FromHexString("2B118800"), Timescale = 24000, SampleRate = 48000 };
    public static readonly Track Opus6 = Shapes.Opus with
    {
        Channels = 6,
        Configuration = Convert.FromHexString("4f707573486561640106380180bb0000000001" + "0402000401020305"),
    };

    public static IEnumerable<Track> AllVideo => [Shapes.H264, Shapes.Hevc, Shapes.Av1];

    public static IEnumerable<Track> AllAudio => [Shapes.Aac, Shapes.Aac44, HeAac, Shapes.Opus, Opus6, Shapes.Mp3, Mp3Half, Shapes.Ac3, Shapes.Eac3];

    public static List<MediaFrame> Video(Track track, Random random, long start, int count, int bFrames = 0, int gop = 25, int ticks = 3600, int largest = 3000) =>
        [.. Shapes.VideoFrames(track, random, start, count, bFrames, gop, ticks).Select(frame => frame with { Payload = Picture(track, random, frame.IsKey, largest) })];

    public static List<MediaFrame> Audio(Track track, Random random, long start, int count)
    {
        var frames = new List<MediaFrame>();
        for (var i = 0; i < count; i++)
        {
            frames.Add(new MediaFrame
            {
                Track = track,
                Kind = FrameKind.Sample,
                Flags = FrameFlags.Key,
                DecodeTime = start + (long)i * FrameTicks(track),
                Payload = Sound(track, random),
            });
        }

        return frames;
    }

    public static int FrameTicks(Track track) => track == Mp3Half ? 576 : Shapes.FrameTicks(track);

    /// <summary>A picture of several slices; AV1: of several OBUs, with zeros that need emulation prevention.</summary>
    private static byte[] Picture(Track track, Random random, bool isKey, int largest)
    {
        var sample = new List<byte>();
        if (track.Codec == Codec.Av1)
        {
            if (isKey)
                sample.AddRange(track.Configuration.Span[4..]);
            for (var i = random.Next(1, 3); i > 0; i--)
            {
                var body = Bytes(random, random.Next(1, largest));
                sample.AddRange([0x32, (byte)(body.Length & 127 | 128), (byte)(body.Length >> 7 & 127 | 128), (byte)(body.Length >> 14), .. body]);
            }

            return [.. sample];
        }

        var slices = random.Next(1, 4);
        for (var i = 0; i < slices; i++)
        {
            byte first = i == 0 ? (byte)0x80 : (byte)0x40;
            byte[] header = track.Codec == Codec.Hevc
                ? [isKey ? (byte)(19 << 1) : (byte)(1 << 1), 1, first]
                : [isKey ? (byte)0x65 : (byte)0x41, first];
            byte[] nal = [.. header, .. Escape(Bytes(random, random.Next(1, largest))), 0x80];
            sample.AddRange([0, 0, (byte)(nal.Length >> 8), (byte)nal.Length, .. nal]);
        }

        return [.. sample];
    }

    private static byte[] Sound(Track track, Random random)
    {
        var (head, length) = track.Codec switch
        {
            Codec.Opus => ((byte[])[0xFC], random.Next(3, 700)),
            Codec.Mp3 when track.Timescale == 22050 => ([0xFF, 0xF3, 0x80, 0xC0], 208),
            Codec.Mp3 => ([0xFF, 0xFB, 0x90, 0x00], 417),
            Codec.Ac3 => ([0x0B, 0x77, 0x00, 0x00, 0x14, 0x40, 0x40, 0x00], 768),
            Codec.Eac3 => ([0x0B, 0x77, 0x01, 0x7F, 0x34, 0x80], 768),
            _ => ([0x21], random.Next(5, 600)),
        };
        var frame = new byte[length];
        random.NextBytes(frame);
        head.CopyTo(frame, 0);
        return frame;
    }

    /// <summary>Random bytes with many zeros.</summary>
    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        for (var i = 0; i < length; i++)
        {
            if (random.Next(3) == 0)
                bytes[i] &= 1;
        }

        return bytes;
    }

    private static byte[] Escape(byte[] data)
    {
        var escaped = new List<byte>();
        var zeros = 0;
        foreach (var b in data)
        {
            if (zeros >= 2 && b <= 3)
            {
                escaped.Add(3);
                zeros = 0;
            }

            escaped.Add(b);
            zeros = b == 0 ? zeros + 1 : 0;
        }

        return [.. escaped];
    }
}
