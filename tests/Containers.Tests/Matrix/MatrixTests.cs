using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Tapedeck.Containers.Tests.Flv;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.Matrix;

/// <summary>Programs of others judge each container with each codec.</summary>
public sealed class MatrixTests(MatrixFiles files, ITestOutputHelper output) : IClassFixture<MatrixFiles>
{
    private const int AtOnce = 2;

    [ToolFact("ffmpeg")]
    public void Ffmpeg_decodes_every_file_without_a_message()
    {
        files.All.Count.ShouldBeGreaterThan(40);
        Each(files.All, file => Tool.Run("ffmpeg", "-nostdin", "-v", "warning", "-guess_layout_max", "0", "-i", file.Path, "-map", "0:v", "-map", "0:a", "-f", "null", "-").Trim());
    }

    [ToolFact("ffmpeg", "ffprobe")]
    public void Ffprobe_shows_the_tracks_and_where_there_is_one_that_of_the_data() => Each(files.All, file =>
    {
        var tracks = Tool.Run("ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", file.Path);
        var kinds = tracks.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(kind => kind.Trim().Trim(',')).Distinct().Order().ToList();
        string[] expected = file.Container switch
        {
            "mp4" or "fmp4" or "ts" => ["audio", "data", "video"],
            "mkv" => ["audio", "subtitle", "video"],
            "flv" => kinds.Count == 3 ? kinds.ToArray() : [],
            _ => ["audio", "video"],
        };
        return kinds.SequenceEqual(expected) ? "" : string.Join(" ", kinds);
    });

    [ToolFact("ffmpeg", "ffprobe")]
    public void Ffprobe_reads_timed_ID3_in_MPEG_TS() => Each(files.All.Where(file => file.Container == "ts"), file =>
    {
        var said = Tool.Run("ffprobe", "-v", "error", "-select_streams", "d", "-show_entries", "stream=codec_name:packet=pts_time", "-of", "default=nw=1", file.Path).Split('\n');
        var times = said.Where(line => line.StartsWith("pts_time=", StringComparison.Ordinal)).Select(line => double.Parse(line[9..], CultureInfo.InvariantCulture)).ToList();
        var first = Tool.Run("ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "stream=start_time", "-of", "csv=p=0", file.Path).Split(',', '\n')[0];
        var begin = double.Parse(first, CultureInfo.InvariantCulture) + (file.Audio == Codec.Opus ? 0.0065 : 0);
        return said.Contains("codec_name=timed_id3") && times.Count == 3 && Math.Abs(times[1] - begin - 0.5) < 0.002 && Math.Abs(times[2] - begin - 1.5) < 0.002
            ? "" : $"{string.Join(" ", said)}; sound from {begin}";
    });

    [ToolFact("ffmpeg", "gst-discoverer-1.0")]
    public void GStreamer_opens_every_file() => Each(files.All, file =>
    {
        var said = Tool.Run("gst-discoverer-1.0", "-t", "30", file.Path);
        return said.Contains("Done discovering", StringComparison.Ordinal) && said.Contains("video #", StringComparison.Ordinal)
            && said.Contains("audio #", StringComparison.Ordinal) && !said.Contains("error", StringComparison.OrdinalIgnoreCase) ? "" : said;
    });

    [ToolFact("ffmpeg", "mediainfo")]
    public void Mediainfo_finds_both_tracks_and_the_length()
    {
        using var json = JsonDocument.Parse(Tool.Run("mediainfo", ["--Output=JSON", .. files.All.Select(file => file.Path)]));
        var found = json.RootElement.EnumerateArray().Select(file => file.GetProperty("media")).ToDictionary(media => media.GetProperty("@ref").GetString()!);
        Each(files.All, file =>
        {
            var tracks = found[file.Path].GetProperty("track").EnumerateArray().ToDictionary(track => track.GetProperty("@type").GetString()! + Order(track));
            if (!tracks.ContainsKey("Video") || !tracks.ContainsKey("Audio"))
                return "It misses a track.";
            var length = double.Parse(tracks["General"].GetProperty("Duration").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
            return Math.Abs(length - MatrixFiles.Seconds) < 0.2 ? "" : $"It says {length} s.";
        });

        static string Order(JsonElement track) => track.TryGetProperty("@typeorder", out var order) ? order.GetString()! : "";
    }

    [ToolFact("ffmpeg", "mediaconch")]
    public void MediaConch_finds_nothing_wrong_in_Matroska()
    {
        // One run for all: two at once share a database and say nothing.
        var matroska = files.All.Where(file => file.Container is "mkv" or "webm").ToList();
        var said = Tool.Run("mediaconch", ["-mc", "-fs", .. matroska.Select(file => file.Path)]).Split('\n');
        Each(matroska, file => said.FirstOrDefault(line => line.TrimEnd().EndsWith(file.Path, StringComparison.Ordinal)) is { } line
            ? line.StartsWith("pass!", StringComparison.Ordinal) ? "" : Tool.Run("mediaconch", "-mc", file.Path)
            : $"It says nothing: {string.Join(" ", said)}");
    }

    [ToolFact("ffmpeg", "chromium")]
    public void Chromium_plays_and_seeks_what_it_has_decoders_for()
    {
        var playable = files.All.Where(file => file.Container is "mp4" or "fmp4" or "webm"
            && file.Video != Codec.Hevc && file.Audio != Codec.Ac3 && !(file.Video == Codec.Vp8 && file.Container != "webm")).ToList();
        var results = Browser.Play(files.Folder, playable.ConvertAll(file => file.Name), MatrixFiles.Seconds);
        Each(playable, file => results.GetValueOrDefault(file.Name, "It was never played."));
    }

    [ToolFact("ffmpeg")]
    public void Our_reader_gives_the_cue_points_back() => Each(files.All.Where(file => file.Container is "mp4" or "fmp4" or "ts" or "mkv" or "flv"), file =>
    {
        using var reader = ContainerFile.Open(File.OpenRead(file.Path));
        var read = new List<string>();
        while (reader.TryRead(out var frame))
        {
            if (frame.Kind == FrameKind.Script && frame.Payload.Span.IndexOf("onCuePoint"u8) >= 0)
                read.Add($"{frame.DecodeTime} {Convert.ToHexString(frame.Payload.Span)}");
        }

        // MPEG-TS cannot cut off what Opus decodes ahead, and so begins with it.
        var ahead = file is { Container: "ts", Audio: Codec.Opus } ? 6 : 0;
        var written = MatrixFiles.Script().Select(frame => $"{frame.DecodeTime + ahead} {Convert.ToHexString(frame.Payload.Span)}").ToList();
        return read.SequenceEqual(written) ? "" : string.Join(", ", read);
    });

    /// <summary>Empty is good; all that is not is shown together.</summary>
    private void Each(IEnumerable<MatrixFile> all, Func<MatrixFile, string> judge)
    {
        var faults = new ConcurrentDictionary<string, string>();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Parallel.ForEach(all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, file =>
        {
            if (judge(file) is { Length: > 0 } fault)
                faults[file.Name] = fault;
        });
        output.WriteLine($"{all.Count()} files in {clock.Elapsed.TotalSeconds:0.0} s");
        faults.ShouldBeEmpty(string.Join("\n", faults.Select(fault => $"{fault.Key}: {fault.Value}")));
    }
}
