using Tapedeck.Containers.Flv;
using Tapedeck.Containers.Repair;
using Tapedeck.Containers.Tests.Flv;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.Repair;

public sealed class FlvRepairTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(10)]
    public void A_torn_file_of_ffmpeg_is_cut_and_says_how_long_it_is(int tenths)
    {
        if (!Foreign.CanMake)
        {
            output.WriteLine("NOT CHECKED: ffmpeg is not installed.");
            return;
        }

        var whole = Foreign.Make("-f flv", "flv");
        var torn = whole[..(whole.Length * tenths / 10)];
        var before = Foreign.Listing(torn);
        var mended = Foreign.Mend(torn, out var plan);
        output.WriteLine($"{tenths}/10: {plan.State}, {string.Join(" ", plan.Steps)}");
        plan.State.ShouldBe(tenths == 10 ? FileState.Ordinary : FileState.Torn);
        Foreign.Listing(mended).ShouldBe(before);
        Foreign.Decode(mended, "flv").ShouldBeEmpty();
        using var reader = FlvReader.Open(new MemoryStream(mended));
        reader.Metadata!.Object!["filesize"]!.Number.ShouldBe(mended.Length);
        reader.Duration.TotalSeconds.ShouldBeInRange(before.Count / 289.0 * 4 - 0.5, before.Count / 289.0 * 4 + 0.5);
        foreach (var state in Foreign.Stops(torn, plan.Disk))
            Foreign.Listing(Foreign.Mend(state, out _)).ShouldBe(before);
    }

    [Fact]
    public void One_of_ours_that_was_never_finished_gets_its_index()
    {
        if (!Foreign.CanMake)
            return;
        var frames = Foreign.Frames(Foreign.Make("-f flv", "flv"));
        var writer = new FlvWriter();
        foreach (var track in frames.Select(frame => frame.Track).Distinct())
            writer.Judge(track).ShouldBe(TrackVerdict.Accepted);
        foreach (var frame in frames)
            writer.Add(frame);
        var plan = new DiskPlan();
        var image = new DiskImage();
        writer.CutFragment(plan, []);
        image.Apply(plan);
        var mended = Foreign.Mend([.. image.Bytes, 9, 0, 0, 50, 1], out var repair);
        output.WriteLine(string.Join(" ", repair.Steps));
        repair.State.ShouldBe(FileState.Torn);
        mended.Length.ShouldBe(image.Bytes.Length);
        using var reader = FlvReader.Open(new MemoryStream(mended));
        reader.IsFinished.ShouldBeTrue();
        reader.Metadata!.Object!["keyframes"].ShouldNotBeNull();
        Foreign.Decode(mended, "flv").ShouldBeEmpty();
    }

    /// <summary>With one entry, repeated, ffmpeg says "Found invalid index entries".</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_index_is_switched_on_when_there_are_two_key_frames_to_enter(int keyFrames)
    {
        if (!Foreign.CanMake)
            return;
        var seen = 0;
        var frames = Foreign.Frames(Foreign.Make("")).OrderBy(frame => frame.DecodeTime / (double)frame.Track.Timescale)
            .TakeWhile(frame => frame.Track.Kind != TrackKind.Video || !frame.IsKey || ++seen <= keyFrames).ToList();
        var writer = new FlvWriter();
        foreach (var track in frames.Select(frame => frame.Track).Distinct())
            writer.Judge(track).ShouldBe(TrackVerdict.Accepted);
        foreach (var frame in frames)
            writer.Add(frame);
        var (plan, image) = (new DiskPlan(), new DiskImage());
        writer.Finish(plan);
        image.Apply(plan);
        using var reader = FlvReader.Open(new MemoryStream(image.Bytes));
        reader.IsFinished.ShouldBeTrue();
        (reader.Metadata!.Object!["keyframes"] is not null).ShouldBe(keyFrames > 1);
        Tool.WithFile(image.Bytes, path => Tool.Run("ffmpeg", "-nostdin", "-v", "warning", "-i", path, "-c", "copy", "-f", "null", "-")).Trim().ShouldBeEmpty();
        Foreign.Mend(image.Bytes, out var repair).ShouldBe(image.Bytes);
        repair.State.ShouldBe(FileState.Ordinary);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sound_alone_has_no_key_frames_to_enter_and_is_finished_all_the_same(bool isStopped)
    {
        if (!Foreign.CanMake)
            return;
        var frames = Foreign.Frames(Foreign.Make("-f flv", "flv")).Where(frame => frame.Track.Kind == TrackKind.Audio).ToList();
        var writer = new FlvWriter();
        writer.Judge(frames[0].Track).ShouldBe(TrackVerdict.Accepted);
        foreach (var frame in frames)
            writer.Add(frame);
        var plan = new DiskPlan();
        var image = new DiskImage();
        writer.CutFragment(plan, []);
        if (isStopped)
            writer.Finish(plan);
        image.Apply(plan);
        var mended = Foreign.Mend([.. image.Bytes], out var repair);
        repair.State.ShouldBe(isStopped ? FileState.Ordinary : FileState.NeedsFinishing);
        using var reader = FlvReader.Open(new MemoryStream(mended));
        reader.IsFinished.ShouldBeTrue();
        Foreign.Mend(mended, out var again).ShouldBe(mended);
        again.State.ShouldBe(FileState.Ordinary);
    }

    [Fact]
    public void A_file_without_a_whole_tag_is_left_alone()
    {
        using var plan = ContainerRepair.Analyse(new MemoryStream([.. "FLV"u8, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0, 9, 0]));
        plan.State.ShouldBe(FileState.Unreadable);
        plan.HasWork.ShouldBeFalse();
    }
}
