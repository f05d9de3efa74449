using System.Text.Json;
using Tapedeck.Containers.Flv;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.MpegTs;
using Tapedeck.Containers.Tests.Flv;
using Tapedeck.Containers.Tests.Mp4;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Matrix;

/// <summary>Two seconds each of 160x120 in stereo, 320x180 in mono and 160x120 again, in one file of each container.</summary>
public sealed class ChangedFiles : IDisposable
{
    private readonly TempFolder _folder = new();

    public ChangedFiles()
    {
        if (!Tools.Has("ffmpeg"))
            return;
        var h264 = Join(Clip("a", "160x120", "libx264 -preset ultrafast -bf 2", 2), Clip("b", "320x180", "libx264 -preset veryfast -bf 0", 1));
        var hevc = Join(
            Clip("c", "160x120", "libx265 -preset ultrafast -x265-params log-level=none:keyint=25", 2),
            Clip("d", "320x180", "libx265 -preset ultrafast -x265-params log-level=none:keyint=25:no-sao=1", 1));
        foreach (var finish in new[] { true, false })
        {
            var state = finish ? "" : "-growing";
            Add($"mp4{state}.mp4", h264, () => new Mp4Writer(ChangedStream.Options), finish);
            Add($"front{state}.mp4", h264, () => new Mp4Writer(ChangedStream.Options with { Index = Mp4IndexPlace.Front }), finish);
            Add($"compat{state}.mp4", h264, () => new Mp4Writer(ChangedStream.Options with { WinQtCompat = true }), finish);
            Add($"fmp4{state}.mp4", h264, () => new Mp4Writer(ChangedStream.Options with { Fragmented = true }), finish);
            Add($"hevc{state}.mp4", hevc, () => new Mp4Writer(ChangedStream.Options), finish);
            Add($"ts{state}.ts", h264, () => new TsWriter(), finish);
            Add($"flv{state}.flv", h264, () => new FlvWriter(), finish);
        }
    }

    public List<string> All { get; } = [];

    public void Dispose() => _folder.Dispose();

    private void Add(string name, List<MediaFrame> frames, Func<IContainerWriter> create, bool finish)
    {
        var writer = create();
        var image = new DiskImage();
        ChangedStream.Write(writer, image, frames, finish: finish);
        (writer as IDisposable)?.Dispose();
        All.Add(_folder[name]);
        File.WriteAllBytes(All[^1], image.Bytes);
    }

    private List<MediaFrame> Clip(string name, string size, string video, int channels)
    {
        var path = _folder[name + ".mp4"];
        Tools.Run("ffmpeg", [.. $"-v error -f lavfi -i testsrc=size={size}:rate=25:duration=2,format=yuv420p -f lavfi -i sine=frequency=440:sample_rate=48000:duration=2 -c:v {video} -g 25 -c:a aac -ac {channels}".Split(' '), path]);
        using var reader = ContainerFile.Open(File.OpenRead(path));
        var tracks = reader.Tracks.ToDictionary(track => track.Id, track => track with { Id = track.Kind == TrackKind.Video ? 1 : 101, Timescale = track.Kind == TrackKind.Video ? 90_000 : 48_000 });
        var frames = new List<MediaFrame>();
        while (reader.TryRead(out var frame))
        {
            var track = tracks[frame.Track.Id];
            var scale = (double)track.Timescale / frame.Track.Timescale;
            frames.Add(frame with
            {
                Track = track,
                Payload = frame.Payload.ToArray(),
                DecodeTime = (long)Math.Round(frame.DecodeTime * scale),
                PresentationOffset = (int)Math.Round(frame.PresentationOffset * scale),
            });
        }

        return frames;
    }

    private static List<MediaFrame> Join(List<MediaFrame> one, List<MediaFrame> other)
    {
        var joined = new List<MediaFrame>();
        foreach (var (clip, at) in new[] { (one, 0), (other, 2.1), (one, 4.2) })
            joined.AddRange(clip.Select(frame => frame with { DecodeTime = frame.DecodeTime + (long)(at * frame.Track.Timescale) }));
        return [.. joined.OrderBy(frame => frame.DecodeTime / (double)frame.Track.Timescale)];
    }
}

/// <summary>Programs of others play files whose parameters change, finished and while they grow.</summary>
public sealed class CodecChangePlayerTests(ChangedFiles files) : IClassFixture<ChangedFiles>
{
    [ToolFact("ffmpeg", "ffprobe")]
    public void Ffmpeg_decodes_every_picture_in_its_size_without_a_message()
    {
        files.All.Count.ShouldBe(14);
        foreach (var file in files.All)
        {
            // ffmpeg decodes FLV by the new sequence header, but goes on parsing it by the first one, and complains.
            if (!file.EndsWith(".flv", StringComparison.Ordinal))
                Tool.Run("ffmpeg", "-nostdin", "-v", "warning", "-i", file, "-map", "0:v", "-map", "0:a", "-f", "null", "-").Trim().ShouldBeEmpty(file);
            var sizes = Tool.Run("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "frame=width,height", "-of", "csv=p=0", file);
            sizes.Split('\n', StringSplitOptions.TrimEntries).Select(line => line.Trim(',')).Where(line => line.Length > 0 && char.IsDigit(line[0]))
                .GroupBy(line => line).Select(group => $"{group.Key}: {group.Count()}").ShouldBe(["160,120: 100", "320,180: 50"], file);
        }
    }

    [ToolFact("ffmpeg", "ffprobe")]
    public void Pixels_stay_square()
    {
        foreach (var file in files.All.Where(file => file.EndsWith(".mp4", StringComparison.Ordinal)))
            Tool.Run("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=sample_aspect_ratio", "-of", "csv=p=0", file).Trim().ShouldBeOneOf("1:1", "N/A");
    }

    [ToolFact("ffmpeg", "gst-launch-1.0")]
    public void GStreamer_plays_every_file_to_its_end()
    {
        foreach (var file in files.All)
        {
            var said = Tool.Run(
                "gst-launch-1.0", "filesrc", $"location={file}", "!", "decodebin", "name=d", "d.", "!", "queue", "!", "videoconvert", "!", "fakesink", "sync=false",
                "d.", "!", "queue", "!", "audioconvert", "!", "fakesink", "sync=false");
            said.ShouldContain("Got EOS", Case.Sensitive, file);
            said.ShouldNotContain("ERROR", Case.Sensitive, file);
        }
    }

    [ToolFact("ffmpeg", "mediainfo")]
    public void Mediainfo_finds_all_of_both_tracks()
    {
        foreach (var file in files.All.Where(file => file.EndsWith(".mp4", StringComparison.Ordinal)))
        {
            using var json = JsonDocument.Parse(Tool.Run("mediainfo", "--Output=JSON", file));
            var tracks = json.RootElement.GetProperty("media").GetProperty("track").EnumerateArray().ToList();
            var video = tracks.Single(track => track.GetProperty("@type").GetString() == "Video");
            video.GetProperty("FrameCount").GetString().ShouldBe("150", file);
            tracks.Count(track => track.GetProperty("@type").GetString() == "Audio").ShouldBe(1, file);
        }
    }

    /// <summary>Plays to the end and seeks from each part into the others.</summary>
    [ToolFact("ffmpeg", "chromium")]
    public void Chromium_plays_and_seeks_across_the_change()
    {
        var names = files.All.Where(file => file.EndsWith(".mp4", StringComparison.Ordinal) && !file.Contains("hevc", StringComparison.Ordinal)).Select(file => Path.GetFileName(file)).ToList();
        var results = Browser.Play(Path.GetDirectoryName(files.All[0])!, names, 6.2, [(3, 320), (1.5, 160), (5, 160), (2.5, 320), (0.5, 160)]);
        results.Keys.Order().ShouldBe(names.Order());
        results.Where(result => result.Value.Length > 0).ShouldBeEmpty();
    }
}
