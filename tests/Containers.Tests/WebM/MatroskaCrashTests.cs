using Tapedeck.Containers.WebM;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.WebM;

/// <summary>The file is opened after every prefix of every write: what was committed must be there, always.</summary>
public sealed class MatroskaCrashTests(ITestOutputHelper output)
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
            Shapes.VideoFrames(seed % 2 == 0 ? Shapes.H264 : Shapes.Vp9, random, 900_000, 100, seed % 2 == 0 ? seed : 0),
            Shapes.AudioFrames(seed % 2 == 0 ? Shapes.Aac : Shapes.Opus, random, 480_000, 180));
        using var writer = new MatroskaWriter(new MatroskaWriterOptions
        {
            DocType = seed % 2 == 0 ? MatroskaDocType.Matroska : MatroskaDocType.WebM,
            DurationPatchInterval = TimeSpan.FromSeconds(1),
        });
        var image = new DiskImage();
        var (committed, headerOut, states) = (0, false, 0);
        foreach (var (cut, end) in Recorder.Cuts(writer, frames, 30))
        {
            foreach (var operation in cut.Operations)
            {
                // Up to 16 bytes in one sector land together or not.
                if (operation.Length > 16 && headerOut)
                    states += TearAndCheck(image, operation, random, frames[..committed]);
                image.Apply(operation, operation.Length);
                headerOut = true;
                if (IsCommit(operation))
                    committed = Revealed(image, committed, end, isLast: operation == cut.Operations.Last(IsCommit));
                Check(image, frames[..committed], false);
                states++;
            }
        }

        committed.ShouldBe(frames.Count);
        var plan = new DiskPlan();
        writer.Finish(plan);
        for (var i = 0; i < plan.Operations.Count; i++)
        {
            // The first sector is written whole or not at all.
            if (plan.Operations[i].Length > 16 && plan.Operations[i].Offset >= 512)
                states += TearAndCheck(image, plan.Operations[i], random, frames);
            image.Apply(plan.Operations[i], plan.Operations[i].Length);
            var isFinished = plan.Operations.Skip(i + 1).All(operation => operation.Kind == DiskOperationKind.Sync);
            Check(image, frames, isFinished);
            states++;
        }

        output.WriteLine($"{states} states");
        states.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Power_lost_during_a_fragment_leaves_pages_of_zeros_inside_padding()
    {
        var random = new Random(5);
        var frames = Shapes.VideoFrames(Shapes.Vp9, random, 0, 2000);
        using var writer = new MatroskaWriter();
        var image = new DiskImage();
        Recorder.Write(writer, image, frames[..1000], 100, finish: false);
        foreach (var frame in frames[1000..])
            writer.Add(frame);
        var plan = new DiskPlan();
        writer.CutFragment(plan, []);
        var body = plan.Operations.Single(operation => operation.Length > 16);
        foreach (var operation in plan.Operations.TakeWhile(operation => operation != body))
            image.Apply(operation, operation.Length);
        var whole = new DiskImage(image.Bytes);
        whole.Apply(body, body.Length);
        foreach (var state in whole.PagesLost(body.Offset / 4096 + 1, random))
            Check(state, frames[..1000], finished: false);
    }

    [Fact]
    public void Patches_never_cross_a_sector()
    {
        var random = new Random(3);
        var patches = 0;
        for (var round = 0; round < 60; round++)
        {
            using var writer = new MatroskaWriter(WebMFiles.Matroska with { DurationPatchInterval = TimeSpan.Zero, WritingApp = new string('x', round) });
            var frames = Shapes.Interleave(Shapes.VideoFrames(Shapes.H264, random, 0, 200), Shapes.AudioFrames(Shapes.Aac, random, 0, 100));
            foreach (var (cut, _) in Recorder.Cuts(writer, frames, 10, lookAhead: 0))
            {
                foreach (var patch in cut.Operations.Where(operation => operation.Kind == DiskOperationKind.Write && operation.Length <= 16))
                {
                    (patch.Offset / 512).ShouldBe((patch.Offset + patch.Length - 1) / 512);
                    patches++;
                }
            }

            var plan = new DiskPlan();
            writer.Finish(plan);
            plan.Operations.Where(operation => operation.Kind == DiskOperationKind.Write && operation.Offset < 512)
                .ShouldAllBe(operation => operation.Offset + operation.Length <= 512);
        }

        patches.ShouldBeGreaterThan(1000);
    }

    public static bool IsCommit(DiskOperation operation) =>
        operation.Kind == DiskOperationKind.Write && operation.Length == 8 && operation.Buffers[0].Span.StartsWith((byte[])[0x1F, 0x43, 0xB6, 0x75]);

    /// <summary>A fragment of several clusters comes to light one cluster after the other.</summary>
    private static int Revealed(DiskImage image, int committed, int end, bool isLast)
    {
        if (isLast)
            return end;
        var count = Recorder.Read(image.Open()).Count;
        count.ShouldBeInRange(committed + 1, end - 1);
        return count;
    }

    private static int TearAndCheck(DiskImage image, DiskOperation operation, Random random, List<MediaFrame> committed)
    {
        var states = 0;
        foreach (var torn in image.Torn(operation, random, first: 8))
        {
            Check(torn, committed, finished: false);
            states++;
        }

        return states;
    }

    private static void Check(DiskImage image, List<MediaFrame> committed, bool finished)
    {
        using var reader = MatroskaReader.Open(image.Open());
        reader.IsFinished.ShouldBe(finished);
        var read = Recorder.Read(reader);
        if (committed.Count == 0)
            read.ShouldBeEmpty();
        else
            WebMFiles.ShouldMatch(read, committed, $"{image.Bytes.Length} bytes");

        // Whatever was cut off, the file can be continued and then holds the same.
        var plan = new DiskPlan();
        using var writer = MatroskaWriter.Continue(image.Open(), WebMFiles.Matroska, plan);
        var next = new DiskImage(image.Bytes);
        next.Apply(plan);
        if (committed.Count == 0)
        {
            next.Bytes.ShouldBeEmpty();
            return;
        }

        WebMFiles.ShouldMatch(Recorder.Read(next.Open()), committed, "continued");

        // Nothing points to what was cut off: padding is where SeekHead was.
        var (body, _) = EbmlTree.Find(next.Bytes, 0, next.Bytes.Length, 0x18538067);
        next.Bytes[body].ShouldBe((byte)0xEC);
        next.Bytes[body - 8].ShouldBe((byte)1);
        next.Bytes[body - 1].ShouldBe((byte)255);
    }
}
