using Tapedeck.Containers.MpegTs;
using Tapedeck.Containers.Tests.Flv;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.MpegTs;

/// <summary>Real encoders in, real decoders out; and transport streams of other people, compared with what ffprobe lists.</summary>
public sealed class TsFfmpegTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Encoders => Encodings.Of(
        "H.264 with B-frames, AAC",
        "H.264 B-pyramid, MP3",
        "HEVC with B-frames, AC-3",
        "H.264, E-AC-3",
        "H.264, Opus",
        "H.264, Opus 5.1",
        "audio only, AAC 44.1 kHz",
        "audio only, MP3 22.05 kHz",
        "audio only, Opus of 60 ms",
        "video only, large pictures");

    public static TheoryData<string> Files => Samples.Folder is { } folder
        ? [.. Directory.GetFiles(folder, "*.ts").Select(file => Path.GetFileName(file)).Order()]
        : ["(no sample folder)"];

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Ffmpeg_decodes_it_without_a_word_and_sees_the_same_times(string name, string codecs)
    {
        if (!Tools.Has("ffmpeg") || !Tools.Has("ffprobe"))
        {
            output.WriteLine($"NOT CHECKED: {name}: ffmpeg and ffprobe are not installed.");
            return;
        }

        using var folder = new TempFolder();
        var source = folder["source.mp4"];
        Encodings.Make(source, codecs, "-video_track_timescale", "90000");
        var frames = Recorder.Read(File.OpenRead(source));
        frames.ShouldNotBeEmpty();
        var bytes = TsRecorder.Write(frames, 70);
        TsChecker.Check(bytes);
        TsRecorder.ShouldMatch(TsRecorder.Read(bytes), frames);
        var file = folder["own.ts"];
        File.WriteAllBytes(file, bytes);
        Tools.Decode(file).ShouldBeEmpty(name);
        var tracks = frames.Select(frame => frame.Track).DistinctBy(track => track.Id).OrderBy(track => track.Id).ToList();
        decimal? common = null;
        for (var i = 0; i < tracks.Count; i++)
        {
            var expected = frames.Where(frame => frame.Track.Id == tracks[i].Id).ToList();
            var actual = Tools.Packets(file, i);
            output.WriteLine($"{name}: stream {i}: {expected.Count} frames, {actual.Count} packets, first {actual[0]}");
            actual.Count.ShouldBe(expected.Count, name);
            common ??= actual[0].Pts - (decimal)expected[0].PresentationTime * 90000 / expected[0].Track.Timescale;
            for (var f = 0; f < actual.Count; f++)
            {
                var tolerance = tracks[i].Kind == TrackKind.Video ? 0m : 2.1m;
                Math.Abs(actual[f].Pts - (decimal)expected[f].PresentationTime * 90000 / expected[f].Track.Timescale - common.Value)
                    .ShouldBeLessThanOrEqualTo(tolerance + 1, $"{name}: pts {f} of stream {i}");
                if (tracks[i].Kind != TrackKind.Video)
                    continue;
                Math.Abs(actual[f].Dts - (decimal)expected[f].DecodeTime * 90000 / expected[f].Track.Timescale - common.Value).ShouldBeLessThanOrEqualTo(1, $"{name}: dts {f}");
                actual[f].Key.ShouldBe(expected[f].IsKey, $"{name}: key {f}");
            }
        }

        // And what ffmpeg's own multiplexer makes of the same.
        var other = folder["other.ts"];
        Tools.Run("ffmpeg", "-v", "error", "-i", source, "-c", "copy", other);
        var read = TsRecorder.Read(File.ReadAllBytes(other));
        read.Where(frame => frame.Track.Kind == TrackKind.Audio).Select(frame => Convert.ToHexString(frame.Payload.Span))
            .ShouldBe(frames.Where(frame => frame.Track.Kind == TrackKind.Audio).Select(frame => Convert.ToHexString(frame.Payload.Span)), name);
        Compare(other, read, true);
        Continue(other, frames, folder["continued.ts"]);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Real_files_are_read_as_ffprobe_reads_them(string name)
    {
        if (Samples.Folder is null)
        {
            output.WriteLine("NOT CHECKED: no real files; set TAPEDECK_SAMPLES to their folder.");
            return;
        }

        var bytes = Samples.Read(name);
        if (name == "muxjs-stuffed.ts")
        {
            // One packet, without tables.
            Should.Throw<ContainerFormatException>(() => TsReader.Open(new MemoryStream(bytes)));
            return;
        }

        var frames = TsRecorder.Read(bytes);
        frames.ShouldNotBeEmpty();
        using var reader = TsReader.Open(new MemoryStream(bytes));
        output.WriteLine($"{name}: {string.Join(", ", reader.Tracks.Select(t => $"{t.Id:X} {t.Codec} {Rfc6381.Codecs(t)} {t.Width}x{t.Height} {t.SampleRate}"))}, {reader.Duration}");
        Compare(Path.Combine(Samples.Folder, name), frames, false);
        if (!Tools.Has("ffmpeg"))
            return;
        using var folder = new TempFolder();
        var rewritten = folder["rewritten.ts"];
        File.WriteAllBytes(rewritten, TsRecorder.Write(frames, 50));
        TsChecker.Check(File.ReadAllBytes(rewritten));
        var before = Tools.Decode(Path.Combine(Samples.Folder, name));
        if (before.Length == 0)
            Tools.Decode(rewritten).ShouldBeEmpty(name);
        else
            output.WriteLine($"{name} has faults of its own: {before}");
        Continue(Path.Combine(Samples.Folder, name), frames, folder["continued.ts"]);
    }

    private void Continue(string file, List<MediaFrame> frames, string target)
    {
        var plan = new DiskPlan();
        var bytes = File.ReadAllBytes(file);
        var writer = TsWriter.Continue(new MemoryStream(bytes), new TsWriterOptions(), plan);
        var image = new DiskImage(bytes);
        image.Apply(plan);
        var before = TsRecorder.Read(image.Bytes).Count;
        TsRecorder.Write(writer, image, frames);
        TsRecorder.Read(image.Bytes).Count.ShouldBe(before + frames.Count, file);
        File.WriteAllBytes(target, image.Bytes);
        if (Tools.Decode(file).Length == 0)
        {
            // At 90 kHz: ffmpeg guesses a frame rate, and where two parts meet two pictures may fall on one tick of it.
            var (_, error) = Tools.Run("ffmpeg", "-v", "error", "-i", target, "-vsync", "passthrough", "-enc_time_base", "1:90000", "-f", "null", "-");
            error.ShouldBeEmpty($"{file} continued");
        }

        output.WriteLine($"continued: {before} + {frames.Count} frames");
    }

    private void Compare(string file, List<MediaFrame> frames, bool exact)
    {
        if (!Tools.Has("ffprobe"))
        {
            output.WriteLine("NOT COMPARED: ffprobe is not installed.");
            return;
        }

        decimal? common = null;
        foreach (var track in frames.GroupBy(frame => frame.Track.Id).OrderBy(track => track.Key))
        {
            var expected = Tools.Packets(file, Index(file, track.Key));
            var actual = track.ToList();
            output.WriteLine($"  {track.Key:X}: {expected.Count} packets, {actual.Count} frames");
            actual.Count.ShouldBe(expected.Count, $"{file} {track.Key:X}");
            common ??= expected[0].Pts - (decimal)actual[0].PresentationTime * 90000 / actual[0].Track.Timescale;
            for (var i = 0; i < actual.Count; i++)
            {
                Math.Abs(expected[i].Pts - (decimal)actual[i].PresentationTime * 90000 / actual[i].Track.Timescale - common.Value)
                    .ShouldBeLessThan(exact ? 3 : 140, $"{file} {track.Key:X} pts {i}");
                if (actual[i].Track.Kind == TrackKind.Video)
                    expected[i].Dts.ShouldBe((long)(actual[i].DecodeTime + common.Value), $"{file} dts {i}");
            }
        }
    }

    private static int Index(string file, int pid)
    {
        var (text, _) = Tools.Run("ffprobe", "-v", "quiet", "-show_entries", "stream=index,id", "-of", "csv=p=0", file);
        return int.Parse(text.Split('\n').First(line => line.Contains($"0x{pid:x}", StringComparison.Ordinal)).Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
