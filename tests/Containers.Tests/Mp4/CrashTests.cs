using Tapedeck.Containers.Mp4;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>The file is opened after every prefix of every write: what was committed must be there, always.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Killed_anywhere_every_committed_frame_is_there(int seed)
    {
        var random = new Random(seed);
        var frames = Shapes.Interleave(
            Shapes.VideoFrames(Shapes.H264, random, 900_000, 100, seed),
            Shapes.AudioFrames(seed % 2 == 0 ? Shapes.Aac : Shapes.Opus, random, 480_000, 180));
        using var writer = new Mp4Writer(new Mp4WriterOptions { DurationPatchInterval = TimeSpan.FromSeconds(1) });
        var image = new DiskImage();
        var (committed, headerOut, states) = (0, false, 0);
        foreach (var (cut, end) in Recorder.Cuts(writer, frames, 30))
        {
            foreach (var operation in cut.Operations)
            {
                // Bytes 0 to 8 of an in-place patch are one sector: they land together or not.
                if (operation.Length > 16)
                    states += TearAndCheck(image, operation, random, frames[..committed], headerOut);
                image.Apply(operation, operation.Length);
                headerOut = true;
                if (operation.Kind == DiskOperationKind.Write && operation.Length == 8)
                    committed = end;
                Check(image, frames[..committed], false);
                states++;
            }
        }

        var plan = new DiskPlan();
        writer.Finish(plan);
        for (var i = 0; i < plan.Operations.Count; i++)
        {
            if (plan.Operations[i].Length > 16)
                states += TearAndCheck(image, plan.Operations[i], random, frames, true);
            image.Apply(plan.Operations[i], plan.Operations[i].Length);
            Check(image, frames, finished: plan.Operations.Skip(i + 1).All(operation => operation.Kind == DiskOperationKind.Sync));
            states++;
        }

        states.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Power_lost_during_the_finish_leaves_one_of_two_whole_files()
    {
        var random = new Random(5);
        var frames = Shapes.VideoFrames(Shapes.H264, random, 0, 4000, 1);
        using var writer = new Mp4Writer();
        var image = new DiskImage();
        Recorder.Write(writer, image, frames, 100, 1, finish: false);
        var plan = new DiskPlan();
        writer.Finish(plan);
        plan.Operations[0].Length.ShouldBeGreaterThan(16_384);

        // Before the sync any subset of the pages of the index may be on the medium; the others are zero.
        var whole = new DiskImage(image.Bytes);
        whole.Apply(plan.Operations[0], plan.Operations[0].Length);
        foreach (var state in whole.PagesLost(image.Bytes.Length / 4096 + 1, random))
            Check(state, frames, finished: false);

        plan.Operations[1].Kind.ShouldBe(DiskOperationKind.Sync);
        plan.Operations[2].Length.ShouldBe(16);
        whole.Apply(plan.Operations[2], 16);
        Check(whole, frames, finished: true);
    }

    [Fact]
    public void Patches_never_cross_a_sector()
    {
        var random = new Random(3);
        for (var round = 0; round < 30; round++)
        {
            using var writer = new Mp4Writer(new Mp4WriterOptions { DurationPatchInterval = TimeSpan.Zero });
            var frames = Shapes.Interleave(
                Shapes.VideoFrames(Shapes.H264 with { Configuration = Padded(Shapes.H264.Configuration, round) }, random, 0, 200),
                Shapes.AudioFrames(Shapes.Aac, random, 0, 100));
            foreach (var (cut, _) in Recorder.Cuts(writer, frames, 10, lookAhead: 0))
            {
                foreach (var patch in cut.Operations.Where(operation => operation.Kind == DiskOperationKind.Write && operation.Length <= 16))
                    (patch.Offset / 512).ShouldBe((patch.Offset + patch.Length - 1) / 512);
            }
        }
    }

    private static ReadOnlyMemory<byte> Padded(ReadOnlyMemory<byte> config, int count) => (byte[])[.. config.Span, .. new byte[count * 17]];

    private static int TearAndCheck(DiskImage image, DiskOperation operation, Random random, List<MediaFrame> committed, bool headerOut)
    {
        if (!headerOut)
            return 0;
        var states = 0;
        foreach (var torn in image.Torn(operation, random))
        {
            Check(torn, committed, finished: false);
            states++;
        }

        return states;
    }

    private static void Check(DiskImage image, List<MediaFrame> committed, bool finished)
    {
        using var reader = Mp4Reader.Open(image.Open());
        reader.IsFinished.ShouldBe(finished);
        var read = Recorder.Read(reader);
        if (committed.Count == 0)
            read.ShouldBeEmpty();
        else
            Mp4Files.ShouldMatch(read, committed, $"{image.Bytes.Length} bytes");
    }
}
