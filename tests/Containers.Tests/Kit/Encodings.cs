namespace Tapedeck.Containers.Tests.Kit;

/// <summary>Four seconds of a test picture and a tone, from the encoders of ffmpeg.</summary>
internal static class Encodings
{
    private const string Picture = "testsrc=size=320x240:rate=25:duration=4,format=yuv420p";
    private const string Sound = "sine=frequency=440:sample_rate=48000:duration=4";

    private static readonly Dictionary<string, string> Codecs = new()
    {
        { "H.264 with B-frames, AAC", "-c:v libx264 -preset ultrafast -bf 2 -g 30 -c:a aac" },
        { "H.264 without B-frames, MP3", "-c:v libx264 -preset ultrafast -bf 0 -g 30 -c:a libmp3lame" },
        { "H.264 B-pyramid, MP3", "-c:v libx264 -preset medium -bf 3 -g 50 -c:a libmp3lame" },
        { "HEVC with B-frames, AC-3", "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=2:keyint=30 -tag:v hvc1 -c:a ac3" },
        { "AV1, Opus", "-c:v libsvtav1 -preset 12 -g 30 -c:a libopus" },
        { "VP9, FLAC", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 30 -c:a flac -strict -2" },
        { "H.264, E-AC-3", "-c:v libx264 -preset ultrafast -bf 1 -g 30 -c:a eac3" },
        { "H.264, Opus", "-c:v libx264 -preset ultrafast -bf 0 -g 30 -c:a libopus" },
        { "H.264, Opus 5.1", "-c:v libx264 -preset ultrafast -bf 0 -g 30 -c:a libopus -ac 6" },
        { "audio only, AAC 44.1 kHz", "-vn -c:a aac -ar 44100" },
        { "audio only, MP3 22.05 kHz", "-vn -c:a libmp3lame -ar 22050" },
        { "audio only, Opus of 60 ms", "-vn -c:a libopus -frame_duration 60" },
        { "video only, H.264 B-pyramid", "-an -c:v libx264 -preset medium -bf 3 -g 50" },
        { "video only, large pictures", "-an -c:v libx264 -preset ultrafast -bf 2 -qp 1 -g 10 -vf noise=alls=60:allf=t,scale=640:480" },
    };

    /// <summary>Cases for a test: the names, each with its arguments of ffmpeg.</summary>
    public static TheoryData<string, string> Of(params string[] names)
    {
        var cases = new TheoryData<string, string>();
        foreach (var name in names)
            cases.Add(name, Codecs[name]);
        return cases;
    }

    /// <summary>Makes the file; <paramref name="more"/> are further arguments of the output.</summary>
    public static void Make(string file, string codecs, params string[] more) =>
        Tools.Run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", Picture, "-f", "lavfi", "-i", Sound, .. codecs.Split(' '), .. more, file]);
}
