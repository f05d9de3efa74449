using Tapedeck.Media;

namespace Tapedeck.PowerCut;

/// <summary>A seeded stream of pictures and sound; each frame's payload ends with its number.</summary>
internal static class Clip
{
    private static readonly Track Aac = Tracks.Aac with { FrameDuration = 1024 };
    private static readonly Track Opus = Tracks.Opus with { FrameDuration = 960 };

    /// <summary>Frames in order of sending, in fragments: pictures at 30 a second and sound.</summary>
    public static List<List<MediaFrame>> Make(bool isWebM, Random random)
    {
        var (video, audio) = isWebM ? (Tracks.Vp9, Opus) : (Tracks.H264, Aac);
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

    private static MediaFrame Frame(Track track, int number, long time, bool isKey, int length, Random random) => new()
    {
        Track = track,
        Kind = FrameKind.Sample,
        DecodeTime = time,
        Flags = isKey ? FrameFlags.Key : FrameFlags.None,
        Payload = NumberedPayload.Make(track, number, isKey, length, random),
    };
}
