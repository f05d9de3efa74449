using System.Buffers.Binary;
using Tapedeck.Containers.Flv;

namespace Tapedeck.Containers.Tests.Flv;

/// <summary>The process or the disk stops inside any operation: every tag that was whole stays readable, and the file can be gone on with.</summary>
public sealed class FlvWriterCrashTests
{
    private static readonly FlvWriterOptions Options = new() { IndexCapacity = 16, PatchInterval = TimeSpan.FromSeconds(2) };

    [Fact]
    public void Every_whole_tag_is_readable_wherever_it_stops()
    {
        var stops = 0;
        foreach (var (bytes, certain) in Stops())
        {
            stops++;
            if (bytes.Length < FirstTag)
                continue;
            var whole = WholeTags(bytes);
            whole.ShouldBeGreaterThanOrEqualTo(certain);
            using var reader = FlvReader.Open(new MemoryStream(bytes));
            var frames = 0;
            while (reader.TryRead(out _))
                frames++;
            frames.ShouldBe(whole);
            reader.Duration.TotalSeconds.ShouldBeInRange(0, 10);
        }

        stops.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Every_stop_can_be_continued()
    {
        var more = FlvWriterTests.Stream(1, 77_000);
        foreach (var (bytes, certain) in Stops())
        {
            var plan = new DiskPlan();
            var file = new PlanFile((byte[])bytes.Clone());
            var writer = FlvWriter.Continue(new MemoryStream(bytes), Options, plan);
            file.Run(plan);
            var result = FlvWriterTests.Write(writer, file, more, 30);
            writer.Length.ShouldBe(result.Length);
            var tags = FrameList.Tags(result);
            tags.Count.ShouldBeGreaterThanOrEqualTo(certain + more.Count - 1);
            WholeTags(result).ShouldBe(tags.Count);
            using var reader = FlvReader.Open(new MemoryStream(result));
            reader.IsFinished.ShouldBeTrue();
            reader.Duration.ShouldBe(writer.Duration, TimeSpan.FromMilliseconds(1));
        }
    }

    private const int FirstTag = 13;

    /// <summary>States of the file, and how many tags must be in each for certain: those of plans that were carried out whole.</summary>
    private static IEnumerable<(byte[] Bytes, int Certain)> Stops()
    {
        var writer = new FlvWriter(Options);
        var plan = new DiskPlan();
        var file = new PlanFile();
        var certain = 0;
        var count = 0;
        foreach (var frame in FlvWriterTests.Stream(5))
        {
            writer.Add(in frame);
            if (++count % 80 != 0)
                continue;
            writer.CutFragment(plan, []);
            foreach (var stop in file.Stops(plan, 7))
                yield return (stop, certain);
            file.Run(plan);
            certain = WholeTags(file.Bytes);
        }

        writer.Finish(plan);
        foreach (var stop in file.Stops(plan, 7))
            yield return (stop, certain);
    }

    /// <summary>Counts independently of the code under test.</summary>
    private static int WholeTags(byte[] file)
    {
        var count = 0;
        for (var at = FirstTag; file.Length - at >= 11;)
        {
            var length = file[at + 1] << 16 | file[at + 2] << 8 | file[at + 3];
            if (file.Length - at < 11 + length)
                break;
            count++;
            if (file.Length - at >= 15 + length)
                BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at + 11 + length)).ShouldBe(11 + length);
            at += 15 + length;
        }

        return count;
    }
}
