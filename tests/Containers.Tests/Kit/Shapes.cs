using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Kit;

/// <summary>Tracks of every codec and seeded streams of frames on them.</summary>
internal static class Shapes
{
    public static readonly Track H264 = Tracks.H264;
    public static readonly Track Hevc = Tracks.Hevc;
    public static readonly Track Av1 = Tracks.Video(Codec.Av1, "81000c000a0b000000043cffbc02f80040");
    public static readonly Track Vp9 = Tracks.Vp9;
    public static readonly Track Vp8 = Tracks.Video(Codec.Vp8, "");
    public static readonly Track Aac = Tracks.Aac;
    public static readonly Track Aac44 = Tracks.Aac44;
    public static readonly Track Opus = Tracks.Opus;
    public static readonly Track Mp3 = Tracks.Audio(Codec.Mp3, 44100, 2, "");
    public static readonly Track Flac = Tracks.Audio(Codec.Flac, 48000, 1, Convert.ToHexString(Media.Flac.BuildStreamInfo(new FlacStreamInfo(4608, 4608, 48000, 1, 16))));
    public static readonly Track Ac3 = Tracks.Audio(Codec.Ac3, 48000, 2, "");
    public static readonly Track Eac3 = Tracks.Audio(Codec.Eac3, 48000, 2, "");
    public static readonly Track G711 = Tracks.Audio(Codec.G711U, 8000, 1, "");

    public static IEnumerable<Track> AllVideo => [H264, Hevc, Av1, Vp9, Vp8];

    public static IEnumerable<Track> AllAudio => [Aac, Aac44, Opus, Mp3, Flac, Ac3, Eac3];

    /// <summary>Ticks that a frame of the audio track lasts.</summary>
    public static int FrameTicks(Track track) => track.Codec switch
    {
        Codec.Opus => 960,
        Codec.Mp3 => 1152,
        Codec.Flac => 4608,
        Codec.Ac3 or Codec.Eac3 => 1536,
        Codec.G711U => 160,
        _ => 1024,
    };

    /// <summary>Beginning of a frame, such that a parser finds its length.</summary>
    private static byte[] Head(Track track) => track.Codec switch
    {
        Codec.Opus => [0xFC],
        Codec.Mp3 => [0xFF, 0xFB, 0x90, 0x00],
        Codec.Flac => [0xFF, 0xF8, 0x5A, 0x08, 0x00, 0x00],
        Codec.Ac3 => [0x0B, 0x77, 0x00, 0x00, 0x14, 0x40, 0x40, 0x00],
        Codec.Eac3 => [0x0B, 0x77, 0x01, 0x7F, 0x34, 0x80],
        _ => [],
    };

    public static List<MediaFrame> VideoFrames(Track track, Random random, long start, int count, int bFrames = 0, int gop = 25, int ticks = 3600)
    {
        var frames = new List<MediaFrame>();
        for (var i = 0; i < count; i++)
        {
            // I, then groups of P followed by the B-frames it allows; presentation is one group late.
            var place = bFrames == 0 ? 0 : i % gop == 0 ? -1 : (i % gop - 1) % (bFrames + 1);
            var offset = bFrames == 0 ? 0 : place switch { -1 => ticks, 0 => (bFrames + 1) * ticks, _ => 0 };
            frames.Add(new MediaFrame
            {
                Track = track,
                Kind = FrameKind.Sample,
                Flags = i % gop == 0 ? FrameFlags.Key : FrameFlags.None,
                DecodeTime = start + (long)i * ticks,
                PresentationOffset = offset,
                Payload = Bytes(random, random.Next(1, 400), []),
            });
        }

        return frames;
    }

    public static List<MediaFrame> AudioFrames(Track track, Random random, long start, int count)
    {
        var frames = new List<MediaFrame>();
        var ticks = FrameTicks(track);
        for (var i = 0; i < count; i++)
        {
            var head = Head(track);
            frames.Add(new MediaFrame
            {
                Track = track,
                Kind = FrameKind.Sample,
                Flags = FrameFlags.Key,
                DecodeTime = start + (long)i * ticks,
                Payload = track.Codec == Codec.G711U ? Bytes(random, 160, []) : Bytes(random, head.Length + random.Next(1, 200), head),
            });
        }

        return frames;
    }

    /// <summary>In the order in which a publisher would send them.</summary>
    public static List<MediaFrame> Interleave(params IEnumerable<MediaFrame>[] tracks) =>
        [.. tracks.SelectMany(frames => frames).OrderBy(frame => (double)frame.DecodeTime / frame.Track.Timescale)];

    private static byte[] Bytes(Random random, int length, byte[] head)
    {
        var bytes = new byte[Math.Max(length, head.Length)];
        random.NextBytes(bytes);
        head.CopyTo(bytes, 0);
        return bytes;
    }
}
