using Tapedeck.Containers.Mp4;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>What the writer makes of clocks that are not perfect.</summary>
public sealed class Mp4WriterTimeTests
{
    /// <summary>RTMP stamps are milliseconds; sound of 44.1 kHz must not stutter because of that.</summary>
    [Fact]
    public void Audio_rounded_to_milliseconds_is_laid_end_to_end()
    {
        var exact = Shapes.AudioFrames(Shapes.Aac44, new Random(1), 44_100_000, 3000);
        var rounded = exact.Select(frame => frame with { DecodeTime = frame.DecodeTime * 1000 / 44100 * 441 / 10 }).ToList();
        var read = Record(rounded, 43);
        for (var i = 0; i < read.Count; i++)
            read[i].DecodeTime.ShouldBe(i * 1024);
    }

    [Fact]
    public void A_gap_in_audio_is_kept_and_the_sample_before_it_is_long()
    {
        var frames = Shapes.AudioFrames(Shapes.Aac, new Random(1), 0, 100);
        for (var i = 50; i < 100; i++)
            frames[i] = frames[i] with { DecodeTime = frames[i].DecodeTime + 96_000 };
        var read = Record(frames, 25);
        read[49].DecodeTime.ShouldBe(49 * 1024);
        read[50].DecodeTime.ShouldBe(50 * 1024 + 96_000);
        read[99].DecodeTime.ShouldBe(99 * 1024 + 96_000);
    }

    [Fact]
    public void A_gap_in_g711_is_kept_inside_a_fragment_and_between_two()
    {
        var frames = Shapes.AudioFrames(Shapes.G711, new Random(1), 0, 100);
        for (var i = 30; i < 100; i++)
            frames[i] = frames[i] with { DecodeTime = frames[i].DecodeTime + (i < 60 ? 8000 : 16000) };
        foreach (var lookAhead in new[] { 0, 1 })
        {
            var read = Record(frames, 20, lookAhead);
            read.SelectMany(frame => frame.Payload.ToArray()).ShouldBe(frames.SelectMany(frame => frame.Payload.ToArray()));
            read.ShouldContain(frame => frame.DecodeTime == (30 * 160) + 8000);
            read.ShouldContain(frame => frame.DecodeTime == (60 * 160) + 16000);
            var last = read[^1];
            (last.DecodeTime + last.Payload.Length).ShouldBe((100 * 160) + 16000);
        }
    }

    [Fact]
    public void Video_that_goes_back_in_time_moves_on_by_a_tick_and_is_shown_when_it_was_meant()
    {
        var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 90_000, 30);
        frames[10] = frames[10] with { DecodeTime = frames[9].DecodeTime };
        frames[20] = frames[20] with { DecodeTime = frames[15].DecodeTime };
        var read = Record(frames, 10);
        read.Zip(read.Skip(1)).ShouldAllBe(pair => pair.First.DecodeTime < pair.Second.DecodeTime);
        read.Select(frame => frame.PresentationTime + 90_000).ShouldBe(frames.Select(frame => frame.PresentationTime));
    }

    /// <summary>Version 1 offsets, as an encoder with negative composition offsets sends them.</summary>
    [Fact]
    public void Negative_offsets_keep_presentation_times()
    {
        var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 90_000, 60, bFrames: 2)
            .Select(frame => frame with { PresentationOffset = frame.PresentationOffset - 7200 }).ToList();
        var first = frames.Min(frame => frame.PresentationTime);
        Record(frames, 20).Select(frame => frame.PresentationTime + first).ShouldBe(frames.Select(frame => frame.PresentationTime));
    }

    /// <summary>13.3 hours are 2^32 ticks of 90 kHz: boxes change to version 1.</summary>
    [Theory]
    [InlineData(1L << 30)]
    [InlineData((1L << 31) - 90_000)]
    public void Recordings_longer_than_32_bits_of_ticks(long step)
    {
        var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 40, 1);
        for (var i = 10; i < 40; i++)
            frames[i] = frames[i] with { DecodeTime = frames[i].DecodeTime + (step - 3600) * (i / 5 - 1) };
        Mp4Files.ShouldMatch(Record(frames, 10), frames, "long");
    }

    [Fact]
    public void An_unknown_next_frame_is_predicted_and_repaired_in_the_index()
    {
        var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 30);
        for (var i = 10; i < 30; i++)
            frames[i] = frames[i] with { DecodeTime = frames[i].DecodeTime + 500 };
        Mp4Files.ShouldMatch(Record(frames, 10, lookAhead: 0), frames, "predicted");
    }

    [Fact]
    public void Empty_samples_and_script_data_are_ignored()
    {
        var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 20);
        frames[5] = frames[5] with { Payload = default };
        frames.Insert(8, new MediaFrame
        {
            Track = new Track { Id = 201, Kind = TrackKind.Data, Codec = Codec.ScriptData, Timescale = 1000 },
            Kind = FrameKind.Script,
            DecodeTime = 5,
            Payload = new byte[20],
        });
        Record(frames, 10).Count.ShouldBe(19);
    }

    [Fact]
    public void Nothing_added_makes_no_file()
    {
        using var writer = new Mp4Writer();
        var plan = new DiskPlan();
        writer.CutFragment(plan, []);
        writer.Finish(plan);
        plan.Operations.ShouldBeEmpty();
        writer.Length.ShouldBe(0);
    }

    [Fact]
    public void Judges_tracks()
    {
        using var writer = new Mp4Writer();
        foreach (var track in Shapes.AllVideo.Concat(Shapes.AllAudio).Append(Shapes.G711))
            writer.Judge(track).ShouldBe(TrackVerdict.Accepted, track.Codec.ToString());
        foreach (var codec in new[] { Codec.Unknown, Codec.Vvc, Codec.Speex, Codec.Vorbis })
            writer.Judge(Shapes.H264 with { Codec = codec }).ShouldBe(TrackVerdict.Unsupported);
        writer.Judge(Shapes.H264 with { Configuration = default }).ShouldBe(TrackVerdict.Unsupported);
        writer.Judge(Shapes.H264 with { Codec = Codec.ScriptData }).ShouldBe(TrackVerdict.Accepted);
        foreach (var frame in Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 3))
            writer.Add(frame);
        writer.CutFragment(new DiskPlan(), []);
        writer.Judge(Shapes.H264 with { Configuration = Shapes.H264.Configuration.ToArray() }).ShouldBe(TrackVerdict.Accepted);
        writer.Judge(Shapes.H264 with { Configuration = (byte[])[.. Shapes.H264.Configuration.Span, 0] }).ShouldBe(TrackVerdict.NeedsNewFile);
        writer.Judge(Shapes.Av1).ShouldBe(TrackVerdict.NeedsNewFile);
        writer.Judge(Shapes.Aac).ShouldBe(TrackVerdict.NeedsNewFile);
        Should.Throw<InvalidOperationException>(() => writer.Add(Shapes.AudioFrames(Shapes.Aac, new Random(1), 0, 1)[0]));
    }

    /// <summary>The index grows by pooled blocks; nothing else is allocated once the first fragments are out.</summary>
    [Fact]
    public void A_steady_stream_allocates_next_to_nothing()
    {
        var frames = Shapes.Interleave(
            Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 3000, 2), Shapes.AudioFrames(Shapes.Aac, new Random(1), 0, 5600));
        using var writer = new Mp4Writer();
        var plan = new DiskPlan();
        long before = 0;
        var counted = 0;
        for (var i = 0; i < frames.Count; i++)
        {
            writer.Add(frames[i]);
            if (i % 75 != 74)
                continue;
            plan.Clear();
            writer.CutFragment(plan, []);
            if (before == 0 && i > 2000)
                before = GC.GetAllocatedBytesForCurrentThread();
            counted += before > 0 ? 75 : 0;
        }

        // A block of the index or two may fall into the measured part.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(4 * 66_000, $"{counted} frames");
    }

    private static List<MediaFrame> Record(List<MediaFrame> frames, int perFragment, int lookAhead = 5)
    {
        var image = new DiskImage();
        using var writer = new Mp4Writer();
        Recorder.Write(writer, image, frames, perFragment, lookAhead, finish: false);
        var unfinished = Recorder.Read(image.Open());
        unfinished.Sum(frame => frame.Payload.Length).ShouldBe(frames.Where(frame => frame.Kind == FrameKind.Sample).Sum(frame => frame.Payload.Length));
        var plan = new DiskPlan();
        writer.Finish(plan);
        image.Apply(plan);
        return Recorder.Read(image.Open());
    }
}
