using Tapedeck.Containers.Flv;
using Tapedeck.Containers.Inspection;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.WebM;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Inspection;

public sealed class MediaInspectorTests
{
    private static readonly DateTimeOffset Started = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    [Fact]
    public void Tracks_are_told_with_their_rates_and_key_frames()
    {
        var report = Inspect(Write(new Mp4Writer(new Mp4WriterOptions { CreationTime = Started }), Frames()));
        report.Format.ShouldBe("MP4");
        report.IsFinished.ShouldBeTrue();
        report.Problems.ShouldBeEmpty();
        report.StartTime.ShouldBe(Started);
        report.Fragments.ShouldBeNull();
        report.Tracks.Select(track => track.Track.Codec).ShouldBe([Codec.H264, Codec.Aac]);
        var video = report.Tracks[0];
        (video.Frames, video.KeyFrames).ShouldBe((100, 4));
        video.FrameRate.ShouldBe(25);
        video.KeyFrameIntervals.ShouldBe(new KeyFrameIntervals(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        (video.End - video.Start).ShouldBe(TimeSpan.FromSeconds(4));
        video.BitRate.ShouldBe(video.Bytes * 2);
        report.Tracks[1].KeyFrameIntervals.ShouldBeNull();
        report.Tracks.ShouldAllBe(track => track.GapCount == 0);
    }

    [Theory]
    [InlineData(TrackKind.Video)]
    [InlineData(TrackKind.Audio)]
    public void A_gap_is_what_lies_between_the_end_of_a_frame_and_the_next(TrackKind kind)
    {
        // The whole track pauses for 1.5 s from 2 s on; the other one does not.
        var frames = Frames().ConvertAll(frame => frame.Track.Kind == kind && frame.DecodeTime >= 2 * frame.Track.Timescale
            ? frame with { DecodeTime = frame.DecodeTime + frame.Track.Timescale * 3 / 2 }
            : frame);
        frames = [.. frames.OrderBy(frame => (double)frame.DecodeTime / frame.Track.Timescale)];
        foreach (var file in new[] { Write(new Mp4Writer(), frames), Write(new MatroskaWriter(new MatroskaWriterOptions { DocType = MatroskaDocType.Matroska }), frames) })
        {
            var report = Inspect(file);
            var (paused, other) = (report.Tracks.First(track => track.Track.Kind == kind), report.Tracks.First(track => track.Track.Kind != kind));
            other.GapCount.ShouldBe(0);
            paused.GapCount.ShouldBe(1);
            paused.Gaps.Count.ShouldBe(1);
            paused.Gaps[0].Start.TotalSeconds.ShouldBe(2, 0.03);
            paused.Gaps[0].Length.TotalSeconds.ShouldBe(1.5, 0.03);
            paused.GapTotal.ShouldBe(paused.Gaps[0].Length);
            Inspect(file, gap: 2).Tracks.ShouldAllBe(track => track.GapCount == 0);
        }
    }

    [Fact]
    public void One_picture_in_two_seconds_is_no_gap()
    {
        var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 10, ticks: 180000);
        Inspect(Write(new Mp4Writer(), frames)).Tracks[0].GapCount.ShouldBe(0);
    }

    [Fact]
    public void A_fragmented_file_that_was_meant_to_be_one_is_finished_and_says_its_fragments()
    {
        var image = new DiskImage();
        using var writer = new Mp4Writer(new Mp4WriterOptions { Fragmented = true });
        Recorder.Write(writer, image, Frames(), 50, 8);
        var report = Inspect(image.Bytes);
        report.Format.ShouldBe("MP4, fragmented");
        report.IsFinished.ShouldBeTrue();
        report.Problems.ShouldBeEmpty();
        report.Fragments!.Value.Count.ShouldBeGreaterThan(4);
        report.Fragments.Value.Longest.TotalSeconds.ShouldBeInRange(0.5, 1.2);
    }

    [Fact]
    public void A_file_that_was_cut_off_is_not_finished()
    {
        var image = new DiskImage();
        using var writer = new Mp4Writer(new Mp4WriterOptions { Fragmented = true });
        Recorder.Write(writer, image, Frames(), 50, 8, finish: false);
        var report = Inspect(image.Bytes);
        report.IsFinished.ShouldBeFalse();
        report.Problems.ShouldHaveSingleItem().ShouldContain("not finished");
        report.Duration.TotalSeconds.ShouldBe(4, 0.1);
    }

    [Fact]
    public void Matroska_tells_its_clusters_and_its_start()
    {
        var options = new MatroskaWriterOptions { DocType = MatroskaDocType.Matroska, CreationTime = Started };
        var report = Inspect(Write(new MatroskaWriter(options), Frames()));
        report.Format.ShouldBe("Matroska");
        report.StartTime.ShouldBe(Started);
        report.Fragments!.Value.Count.ShouldBeGreaterThan(3);
        report.Fragments.Value.Longest.TotalSeconds.ShouldBeInRange(0.4, 1.2);
    }

    [Fact]
    public void Flv_has_no_fragments()
    {
        var report = Inspect(Write(new FlvWriter(), Shapes.AudioFrames(Shapes.Aac, new Random(6), 0, 187)));
        report.Format.ShouldBe("FLV");
        report.Fragments.ShouldBeNull();
        report.Problems.ShouldBeEmpty();
    }

    private static List<MediaFrame> Frames() => Shapes.Interleave(
        Shapes.VideoFrames(Shapes.H264, new Random(5), 0, 100),
        Shapes.AudioFrames(Shapes.Aac, new Random(6), 0, 187));

    private static byte[] Write(IContainerWriter writer, List<MediaFrame> frames)
    {
        var (image, plan) = (new DiskImage(), new DiskPlan());
        foreach (var track in frames.Select(frame => frame.Track).Distinct())
            writer.Judge(track).ShouldBe(TrackVerdict.Accepted);
        foreach (var piece in frames.Chunk(70))
        {
            foreach (var frame in piece)
                writer.Add(frame);
            plan.Clear();
            writer.CutFragment(plan, []);
            image.Apply(plan);
        }

        plan.Clear();
        writer.Finish(plan);
        image.Apply(plan);
        (writer as IDisposable)?.Dispose();
        return image.Bytes;
    }

    private static MediaReport Inspect(byte[] file, double gap = 0.5) => MediaInspector.Inspect(new MemoryStream(file), TimeSpan.FromSeconds(gap));
}
