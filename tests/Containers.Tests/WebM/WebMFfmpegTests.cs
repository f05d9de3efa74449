using Tapedeck.Containers.WebM;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.WebM;

/// <summary>Real encoders in, real decoders out: the file is judged while it is recorded, cut off anywhere, and finished.</summary>
public sealed class WebMFfmpegTests(ITestOutputHelper output)
{
    public static TheoryData<string, bool, string> Encoders => new()
    {
        { "VP8, Opus", true, "-c:v libvpx -deadline realtime -cpu-used 8 -g 30 -c:a libopus" },
        { "VP9, Vorbis", true, "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 30 -c:a libvorbis" },
        { "AV1, Opus of 60 ms", true, "-c:v libsvtav1 -preset 12 -g 30 -c:a libopus -frame_duration 60" },
        { "audio only, Vorbis", true, "-vn -c:a libvorbis" },
        { "video only, VP9", true, "-an -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 30" },
        { "H.264 with B-frames, AAC", false, "-c:v libx264 -preset ultrafast -bf 2 -g 30 -c:a aac" },
        { "HEVC with B-frames, AC-3", false, "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=2:keyint=30 -c:a ac3" },
        { "H.264 B-pyramid, FLAC", false, "-c:v libx264 -preset medium -bf 3 -g 50 -c:a flac" },
        { "H.264, E-AC-3", false, "-c:v libx264 -preset ultrafast -bf 1 -g 30 -c:a eac3" },
        { "VP8, MP3 of 44.1 kHz", false, "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libmp3lame -ar 44100" },
        { "audio only, A-law", false, "-vn -c:a pcm_alaw -ar 8000" },
    };

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Players_decode_it_without_a_word_and_see_the_same_times(string name, bool isWebM, string codecs)
    {
        Tools.Has("ffmpeg").ShouldBeTrue("ffmpeg is required");
        using var folder = new TempFolder();
        var source = folder["source.mkv"];

        // Matroska of ffmpeg has no A-law of its own; MOV has.
        if (codecs.Contains("alaw", StringComparison.Ordinal))
            source = folder["source.mov"];
        Encodings.Make(source, codecs);
        Tools.Decode(source).ShouldBeEmpty();
        using var reader = ContainerOf(source);
        var frames = Recorder.Read(reader);
        frames.ShouldNotBeEmpty();

        // As a stream that has been live for two days would bring them.
        var live = frames.Select(frame => frame with { DecodeTime = frame.DecodeTime + 200_000L * frame.Track.Timescale }).ToList();
        var options = new MatroskaWriterOptions
        {
            DocType = isWebM ? MatroskaDocType.WebM : MatroskaDocType.Matroska,
            CreationTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        };
        using var writer = new MatroskaWriter(options);
        var image = new DiskImage();
        Recorder.Write(writer, image, live, 70, finish: false);
        var extension = isWebM ? "webm" : "mkv";
        var unfinished = folder["unfinished." + extension];
        File.WriteAllBytes(unfinished, image.Bytes);
        var torn = TearNext(writer, image, live, folder, extension);

        // The one that was killed is continued by nothing but its end; another goes straight through. They must be the same file.
        using var again = MatroskaWriter.Continue(image.Open(), new MatroskaWriterOptions(), new DiskPlan());
        var plan = new DiskPlan();
        again.Finish(plan);
        foreach (var operation in plan.Operations.Where(operation => operation.Kind == DiskOperationKind.Write))
        {
            // The index torn in its middle; patches of the first sector are not torn.
            if (operation.Length > 16 && operation.Offset >= 512)
                Save(operation, operation.Length / 2);
            Save(operation, operation.Length);
        }

        void Save(DiskOperation operation, long length)
        {
            image.Apply(operation, length);
            torn.Add(folder[$"finish{torn.Count}.{extension}"]);
            File.WriteAllBytes(torn[^1], image.Bytes);
        }

        using var straight = new MatroskaWriter(options);
        var direct = new DiskImage();
        Recorder.Write(straight, direct, live, 70);
        direct.Bytes.Length.ShouldBe(image.Bytes.Length);
        var finished = folder["finished." + extension];
        File.WriteAllBytes(finished, direct.Bytes);
        foreach (var file in new[] { unfinished, finished })
        {
            Tools.Decode(file).ShouldBeEmpty(file);
            var streams = frames.Select(frame => frame.Track.Id).Distinct().Order().ToList();
            var shifts = new List<double>();
            for (var i = 0; i < streams.Count; i++)
            {
                var expected = Packets(source, i);
                var actual = Packets(file, i);

                // ffprobe cuts PCM of MOV into pieces of its own.
                if (source.EndsWith(".mov", StringComparison.Ordinal))
                {
                    actual.Sum(packet => packet.Size).ShouldBe(expected.Sum(packet => packet.Size));
                    continue;
                }

                actual.Select(packet => packet.Size).ShouldBe(expected.Select(packet => packet.Size), $"{file} stream {i}");
                var shift = expected[0].Time - actual[0].Time;
                for (var k = 0; k < actual.Count; k++)
                    Math.Abs(actual[k].Time + shift - expected[k].Time).ShouldBeLessThanOrEqualTo(0.0021, $"{file} stream {i} packet {k}");
                shifts.Add(shift);
                output.WriteLine($"{name}: {Path.GetFileName(file)} stream {i}: {actual.Count} packets, first {actual[0].Time}, shift {shift:F4}");
            }

            // Sound stays where it was against picture.
            if (shifts.Count > 1)
                (shifts.Max() - shifts.Min()).ShouldBeLessThan(0.0011);
        }

        foreach (var file in torn)
            Tools.Decode(file).ShouldBeEmpty(file);
        OtherJudges([unfinished, finished, torn[^1]], finished, isWebM, folder);
        foreach (var file in torn.Take(9).Where((_, i) => i % 3 == 0))
        {
            if (Tools.Has("gst-discoverer-1.0"))
                Tools.Run("gst-discoverer-1.0", "-t", "30", file).Output.ShouldNotContain("rror", Case.Sensitive, file);
        }

        if (!codecs.Contains("-vn", StringComparison.Ordinal))
            SeekToKeyFrames(finished);
    }

    /// <summary>Wherever in its cluster a key frame is: the index leads to it.</summary>
    private static void SeekToKeyFrames(string file)
    {
        foreach (var key in Tools.Packets(file, 0).Where(packet => packet.Key))
        {
            var after = (key.Pts / 1000.0 + 0.2).ToString(System.Globalization.CultureInfo.InvariantCulture);
            var (text, error) = Tools.Run("ffmpeg", "-v", "warning", "-ss", after, "-i", file, "-copyts", "-map", "0:v", "-c", "copy", "-frames:v", "1", "-f", "framecrc", "-");
            error.ShouldBeEmpty(after);
            var first = text.Split('\n').First(line => line.StartsWith("0,", StringComparison.Ordinal)).Split(',');
            long.Parse(first[2]).ShouldBe(key.Pts, after);
        }
    }

    /// <summary>The states of a kill within the next fragment, with all that was committed before it.</summary>
    private static List<string> TearNext(MatroskaWriter writer, DiskImage image, List<MediaFrame> live, TempFolder folder, string extension)
    {
        // Long enough for several clusters.
        foreach (var frame in live.Take(240))
            writer.Add(frame with { DecodeTime = frame.DecodeTime + 5L * frame.Track.Timescale });
        var plan = new DiskPlan();
        writer.CutFragment(plan, []);
        plan.Operations.Select(operation => operation.Kind).Take(3).ShouldBe([DiskOperationKind.Write, DiskOperationKind.Sync, DiskOperationKind.Write]);
        var torn = new List<string>();
        var write = plan.Operations[0];
        foreach (var length in new[] { 8, 9, 16, 17, 400, write.Length / 3, write.Length / 2, write.Length * 3 / 4, write.Length - 1 })
        {
            var part = new DiskImage(image.Bytes);
            part.Apply(write, length);
            Save(part);
        }

        var state = new DiskImage(image.Bytes);
        foreach (var operation in plan.Operations.Where(operation => operation.Kind == DiskOperationKind.Write))
        {
            state.Apply(operation, operation.Length);
            Save(state);
        }

        return torn;

        void Save(DiskImage image)
        {
            torn.Add(folder[$"torn{torn.Count}.{extension}"]);
            File.WriteAllBytes(torn[^1], image.Bytes);
        }
    }

    /// <summary>Judges that are asked where they are installed.</summary>
    private void OtherJudges(string[] files, string finished, bool isWebM, TempFolder folder)
    {
        foreach (var file in files)
        {
            if (Tools.Has("mkvinfo"))
            {
                var (text, error) = Tools.Run("mkvinfo", file);
                (text + error).ShouldNotContain("rror", Case.Sensitive, file);
            }

            if (Tools.Has("mkvmerge"))
                Tools.Run("mkvmerge", "-o", folder["merged.mkv"], file).Output.ShouldNotContain("Warning", Case.Sensitive, file);
        }

        if (isWebM && Tools.Has("webm_info"))
            Tools.Run("webm_info", "-i", finished).Error.ShouldBeEmpty();
        if (!Tools.Has("mediaconch"))
            return;
        var verdict = Tools.Run("mediaconch", "-mc", "-ft", finished).Output;
        var checks = verdict.Split('\n').Where(line => line.Contains("Results:", StringComparison.Ordinal)).ToList();
        output.WriteLine($"MediaConch: {checks.Count} checks, {checks.Count(line => line.Contains('✅'))} passed");
        checks.ShouldNotBeEmpty();
        checks.ShouldAllBe(line => line.Contains('✅'));
        verdict.ShouldNotContain("fail --");
    }

    private static IContainerReader ContainerOf(string file) =>
        file.EndsWith(".mov", StringComparison.Ordinal) ? Containers.Mp4.Mp4Reader.Open(File.OpenRead(file)) : MatroskaReader.Open(File.OpenRead(file));

    private static List<(double Time, int Size)> Packets(string file, int stream)
    {
        var (text, _) = Tools.Run("ffprobe", "-v", "quiet", "-select_streams", $"{stream}", "-show_entries", "packet=pts_time,size", "-of", "csv=p=0", file);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(','))
            .Select(fields => (double.Parse(fields[0]), int.Parse(fields[1])))];
    }
}
