using System.Globalization;
using Tapedeck.Containers.Mp4;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>Real encoders in, real decoders out: the file is judged by ffmpeg, both while it is recorded and when it is finished.</summary>
public sealed class FfmpegTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Encoders => Encodings.Of(
        "H.264 with B-frames, AAC",
        "H.264 without B-frames, MP3",
        "HEVC with B-frames, AC-3",
        "AV1, Opus",
        "VP9, FLAC",
        "H.264, E-AC-3",
        "audio only, AAC 44.1 kHz",
        "audio only, Opus of 60 ms",
        "video only, H.264 B-pyramid");

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
        Encodings.Make(source, codecs);
        Tools.Decode(source).ShouldBeEmpty();
        var frames = Recorder.Read(File.OpenRead(source));
        frames.ShouldNotBeEmpty();

        // As a stream that has been live for two days would bring them.
        var live = frames.Select(frame => frame with { DecodeTime = frame.DecodeTime + 200_000L * frame.Track.Timescale }).ToList();
        using var writer = new Mp4Writer(new Mp4WriterOptions { CreationTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) });
        var image = new DiskImage();
        Recorder.Write(writer, image, live, 70, 20, finish: false);
        var unfinished = folder["unfinished.mp4"];
        File.WriteAllBytes(unfinished, image.Bytes);
        var plan = new DiskPlan();
        writer.Finish(plan);
        image.Apply(plan);
        var finished = folder["finished.mp4"];
        File.WriteAllBytes(finished, image.Bytes);
        foreach (var file in new[] { unfinished, finished })
        {
            Tools.Decode(file).ShouldBeEmpty(file);
            var streams = frames.Select(frame => frame.Track.Id).Distinct().Order().ToList();
            var shifts = new List<double>();
            for (var i = 0; i < streams.Count; i++)
            {
                var expected = Tools.Packets(source, i);
                var actual = Tools.Packets(file, i);
                actual.Select(packet => (packet.Size, packet.Key)).ShouldBe(expected.Select(packet => (packet.Size, packet.Key)), $"{file} stream {i}");

                // The same distances; the first presentation of the earliest track is at 0.
                var shift = expected[0].Pts - actual[0].Pts;
                actual.Select(packet => packet.Pts + shift).ShouldBe(expected.Select(packet => packet.Pts), $"pts of {file} stream {i}");
                actual.Select(packet => packet.Dts + shift).ShouldBe(expected.Select(packet => packet.Dts), $"dts of {file} stream {i}");
                shifts.Add((double)shift / frames.First(frame => frame.Track.Id == streams[i]).Track.Timescale);
                output.WriteLine($"{name}: {Path.GetFileName(file)} stream {i}: {actual.Count} packets, first pts {actual[0].Pts}, shift {shift}");
            }

            // Sound stays where it was against picture.
            (shifts.Max() - shifts.Min()).ShouldBeLessThan(0.0001);
        }

        if (Tools.Has("mediainfo"))
        {
            foreach (var file in new[] { unfinished, finished })
            {
                var seconds = double.Parse(Tools.Run("mediainfo", "--Output=General;%Duration%", file).Output, CultureInfo.InvariantCulture) / 1000;
                seconds.ShouldBeInRange(3.9, 4.2, file);
            }
        }
    }

    /// <summary>Sound that begins late, a pause, and a second part in the same file: recording and finished say the same.</summary>
    [Fact]
    public void Late_sound_and_a_continued_file()
    {
        if (!Tools.Has("ffmpeg") || !Tools.Has("ffprobe"))
        {
            output.WriteLine("NOT CHECKED: ffmpeg and ffprobe are not installed.");
            return;
        }

        using var folder = new TempFolder();
        var source = folder["source.mp4"];
        Encodings.Make(source, "-c:v libx264 -preset ultrafast -bf 2 -g 30 -c:a aac");
        var frames = Recorder.Read(File.OpenRead(source))
            .Select(frame => frame.Track.Kind == TrackKind.Video ? frame : frame with { DecodeTime = frame.DecodeTime + 24_000 })
            .OrderBy(frame => (double)frame.DecodeTime / frame.Track.Timescale).ToList();
        var image = new DiskImage();
        using (var first = new Mp4Writer())
            Recorder.Write(first, image, frames, 60, 10);
        var plan = new DiskPlan();
        using var second = Mp4Writer.Continue(image.Open(), new Mp4WriterOptions(), plan);
        image.Apply(plan);
        Recorder.Write(second, image, frames, 60, 10, finish: false);
        var unfinished = folder["unfinished.mp4"];
        File.WriteAllBytes(unfinished, image.Bytes);
        plan.Clear();
        second.Finish(plan);
        image.Apply(plan);
        var finished = folder["finished.mp4"];
        File.WriteAllBytes(finished, image.Bytes);
        Tools.Decode(unfinished).ShouldBeEmpty();
        Tools.Decode(finished).ShouldBeEmpty();
        for (var i = 0; i < 2; i++)
        {
            var packets = Tools.Packets(finished, i);
            packets.Count.ShouldBe(frames.Count(frame => frame.Track.Id == i + 1) * 2);
            Tools.Packets(unfinished, i).ShouldBe(packets);
            var own = Recorder.Read(image.Open()).Where(frame => frame.Track.Id == i + 1).ToList();
            own.Select(frame => frame.PresentationTime).ShouldBe(packets.Select(packet => packet.Pts));
        }
    }

    /// <summary>Versions 1 of mvhd, tkhd, mdhd, elst: after 2^32 ticks of 90 kHz, with boxes that another reader must understand.</summary>
    [Fact]
    public void Times_beyond_32_bits()
    {
        if (!Tools.Has("ffprobe"))
        {
            output.WriteLine("NOT CHECKED: ffprobe is not installed.");
            return;
        }

        var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 60, 1);
        for (var i = 10; i < 60; i++)
            frames[i] = frames[i] with { DecodeTime = frames[i].DecodeTime + (1L << 30) * (i / 10) };
        var image = new DiskImage();
        using var writer = new Mp4Writer(new Mp4WriterOptions { CreationTime = new DateTimeOffset(2045, 1, 1, 0, 0, 0, TimeSpan.Zero) });
        Recorder.Write(writer, image, frames, 20, 10);
        using var folder = new TempFolder();
        var file = folder["long.mp4"];
        File.WriteAllBytes(file, image.Bytes);
        var first = frames.Min(frame => frame.PresentationTime);
        Tools.Packets(file, 0).Select(packet => packet.Dts + first).ShouldBe(frames.Select(frame => frame.DecodeTime));
    }

    [Fact]
    public void G711_is_decoded_whole()
    {
        if (!Tools.Has("ffmpeg"))
        {
            output.WriteLine("NOT CHECKED: ffmpeg is not installed.");
            return;
        }

        using var folder = new TempFolder();
        var raw = folder["sound.ul"];
        Tools.Run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=8000:duration=4", "-f", "mulaw", "-ar", "8000", raw);
        var bytes = File.ReadAllBytes(raw);
        var frames = new List<MediaFrame>();
        for (var at = 0; at + 160 <= bytes.Length; at += 160)
        {
            frames.Add(new MediaFrame
            {
                Track = Shapes.G711,
                Kind = FrameKind.Sample,
                Flags = FrameFlags.Key,
                DecodeTime = at,
                Payload = bytes.AsMemory(at, 160),
            });
        }

        foreach (var finish in new[] { false, true })
        {
            using var writer = new Mp4Writer();
            var image = new DiskImage();
            Recorder.Write(writer, image, frames, 50, 1, finish: finish);
            var file = folder[$"{finish}.mp4"];
            File.WriteAllBytes(file, image.Bytes);
            Tools.Decode(file).ShouldBeEmpty();
            var back = folder[$"{finish}.ul"];
            Tools.Run("ffmpeg", "-v", "error", "-i", file, "-c", "copy", "-f", "mulaw", back);
            File.ReadAllBytes(back).ShouldBe(bytes);
        }
    }
}
