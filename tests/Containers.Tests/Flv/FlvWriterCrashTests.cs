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

    [Fact]
    public void The_tags_of_one_write_come_to_light_together_in_two_writes()
    {
        var (writer, plan, file) = (new FlvWriter(Options), new DiskPlan(), new PlanFile());
        var (before, count) = (0, 0);
        foreach (var frame in FlvWriterTests.Stream(3))
        {
            writer.Add(in frame);
            if (++count % 60 != 0)
                continue;
            plan.Clear();
            writer.CutFragment(plan, []);
            plan.Operations.Count(operation => operation.Kind == DiskOperationKind.Write).ShouldBeLessThanOrEqualTo(writer.Duration.TotalSeconds < 2 ? 2 : 3);
            var (tags, reveal) = (plan.Operations[0], plan.Operations[2]);
            plan.Operations[1].Kind.ShouldBe(DiskOperationKind.Sync, "the medium must have what the next write reveals");
            reveal.Length.ShouldBe(4);
            for (long cut = 0; cut <= tags.Length; cut++)
            {
                var stopped = new PlanFile((byte[])file.Bytes.Clone());
                stopped.Run(tags, cut);
                if (stopped.Bytes.Length >= FirstTag)
                    WholeTags(stopped.Bytes).ShouldBeInRange(before, Math.Max(1, before), $"cut at {cut} of {tags.Length}: only the metadata comes before");
            }

            file.Run(plan);
            WholeTags(file.Bytes).ShouldBeGreaterThan(before);
            before = WholeTags(file.Bytes);
        }

        before.ShouldBeGreaterThan(100);
    }

    /// <summary>What a kill leaves of a write is padding to ffmpeg: real frames, cut at every byte about each place where something begins.</summary>
    [ToolFact("ffmpeg")]
    public void Ffmpeg_says_nothing_wherever_the_write_is_cut()
    {
        var source = Repair.Foreign.Frames(Repair.Foreign.Make(""));
        var writer = new FlvWriter(Options);
        var (plan, file) = (new DiskPlan(), new PlanFile());
        foreach (var track in source.Select(frame => frame.Track).Distinct())
            writer.Judge(track).ShouldBe(TrackVerdict.Accepted);
        foreach (var frame in source.Take(60))
            writer.Add(frame);
        writer.CutFragment(plan, []);
        file.Run(plan);
        foreach (var frame in source.Skip(60).Take(24))
            writer.Add(frame);
        plan.Clear();
        writer.CutFragment(plan, []);
        var tags = plan.Operations[0];
        var cuts = new SortedSet<long> { tags.Length };
        long at = 0;
        foreach (var buffer in tags.Buffers)
        {
            for (var near = Math.Max(0, at - 5); near <= at + 5; near++)
                cuts.Add(near);
            at += buffer.Length;
        }

        var faults = new System.Collections.Concurrent.ConcurrentDictionary<long, string>();
        Parallel.ForEach(cuts.Where((_, i) => i % 8 == 0).Append(tags.Length), new ParallelOptions { MaxDegreeOfParallelism = 2 }, cut =>
        {
            var stopped = new PlanFile((byte[])file.Bytes.Clone());
            stopped.Run(tags, cut);
            var said = Tool.WithFile(stopped.Bytes, path => Tool.Run("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-f", "null", "-")).Trim();
            if (said.Length > 0)
                faults[cut] = said;
        });
        faults.ShouldBeEmpty(string.Join("\n", faults.Select(fault => $"{fault.Key} of {tags.Length}: {fault.Value}")));
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
            if (file.Length - at < 11 + length || (file[at] == 18 && file[at + 11] != 2))
                break;
            count++;
            if (file.Length - at >= 15 + length)
                BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at + 11 + length)).ShouldBe(11 + length);
            at += 15 + length;
        }

        return count;
    }
}
