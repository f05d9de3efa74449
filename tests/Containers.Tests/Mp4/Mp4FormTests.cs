using System.Buffers.Binary;
using System.Text;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.Tests.Repair;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>The other forms of the file: index in front, 32 bits only, fragments for good.</summary>
public sealed class Mp4FormTests(ITestOutputHelper output)
{
    private static readonly Mp4WriterOptions Front = new() { Index = Mp4IndexPlace.Front, ExpectedDuration = TimeSpan.FromSeconds(5) };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void The_index_goes_into_the_reserved_room(int seed)
    {
        var random = new Random(seed);
        var frames = Shapes.Interleave(Shapes.VideoFrames(Shapes.H264, random, 0, 100, seed), Shapes.AudioFrames(Shapes.Aac, random, 0, 180));
        using var writer = new Mp4Writer(Front);
        var image = new DiskImage();
        Recorder.Write(writer, image, frames, 50, 20, committed => Mp4Files.ShouldMatch(Recorder.Read(image.Open()), frames[..committed], "recording"), finish: false);
        var plan = new DiskPlan();
        writer.Finish(plan);
        foreach (var state in Foreign.Stops(image.Bytes, plan))
            Mp4Files.ShouldMatch(Recorder.Read(new MemoryStream(state)), frames, "switching");
        image.Apply(plan);
        Foreign.Boxes(image.Bytes).Select(box => box.Type).ShouldBe(["ftyp", "free", "moov", "free", "mdat"]);
        image.Bytes.Length.ShouldBe((int)writer.Length);
        using (var reader = Mp4Reader.Open(image.Open()))
            reader.IsFinished.ShouldBeTrue();

        // It goes on, and the longer index still fits.
        plan.Clear();
        using var next = Mp4Writer.Continue(image.Open(), Front, plan);
        foreach (var state in Foreign.Stops(image.Bytes, plan))
            Mp4Files.ShouldMatch(Recorder.Read(new MemoryStream(state)), frames, "opened again");
        image.Apply(plan);
        Recorder.Write(next, image, frames[..100], 50, 20);
        Foreign.Boxes(image.Bytes).Select(box => box.Type).ShouldBe(["ftyp", "free", "moov", "free", "mdat"]);
        Recorder.Read(image.Open()).Count.ShouldBe(frames.Count + 100);
    }

    [Fact]
    public void Without_room_the_index_goes_to_the_tail()
    {
        var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 400, 1);
        using var writer = new Mp4Writer(Front with { ReservedIndexBytes = 2000 });
        var image = new DiskImage();
        Recorder.Write(writer, image, frames, 50, 20);
        Foreign.Boxes(image.Bytes).Select(box => box.Type).ShouldBe(["ftyp", "mdat", "moov"]);
        Mp4Files.ShouldMatch(Recorder.Read(image.Open()), frames, "tail");
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(0, true)]
    public void Ffmpeg_plays_every_form(int form, bool finish)
    {
        if (!Foreign.CanMake)
        {
            output.WriteLine("NOT CHECKED: ffmpeg and ffprobe are not installed.");
            return;
        }

        var source = Foreign.Make("");
        var frames = ForeignAppendTests.Live(Foreign.Frames(source));
        var options = form switch { 0 => Front, 1 => new Mp4WriterOptions { WinQtCompat = true }, _ => new Mp4WriterOptions { Fragmented = true } };
        using var writer = new Mp4Writer(options);
        var image = new DiskImage();
        Recorder.Write(writer, image, frames, 70, 20, finish: finish || form > 0);
        Foreign.PacketCounts(image.Bytes).ShouldBe(Foreign.PacketCounts(source));
        Foreign.Decode(image.Bytes).ShouldBeEmpty();
    }

    [Fact]
    public void Old_readers_find_32_bits_everywhere()
    {
        var random = new Random(2);
        var frames = Shapes.Interleave(
            Shapes.VideoFrames(Shapes.H264, random, 200_000_000_000, 200, 2), Shapes.AudioFrames(Shapes.Aac, random, 200_000_000_000 / 90 * 48 + 500, 370));
        using var writer = new Mp4Writer(new Mp4WriterOptions { WinQtCompat = true, CreationTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) });
        var image = new DiskImage();
        Recorder.Write(writer, image, frames, 60, 20);
        var file = image.Bytes;
        var boxes = Foreign.Boxes(file);
        boxes.Select(box => box.Type).ShouldBe(["ftyp", "mdat", "moov"]);
        Encoding.ASCII.GetString(file, 8, 4).ShouldBe("mp42");
        Encoding.ASCII.GetString(file, 16, 20).ShouldContain("isom");
        BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(36)).ShouldBe((uint)boxes[1].Length, "8 bytes of header");
        var all = Descend(file, boxes[2].Offset + 8, boxes[2].Offset + boxes[2].Length).ToList();
        foreach (var type in new[] { "mvhd", "tkhd", "mdhd", "elst", "ctts", "stts", "stsz", "stco" })
            all.Where(box => box.Type == type).ShouldAllBe(box => file[box.Offset + 8] == 0, type);
        all.Select(box => box.Type).ShouldContain("stco");
        all.Select(box => box.Type).ShouldContain("ctts");
        all.Select(box => box.Type).Intersect(["co64", "stz2", "mvex", "moof", "mehd"]).ShouldBeEmpty();
        BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(all.First(box => box.Type == "mvhd").Offset + 20)).ShouldBe(1000u);
        writer.Judge(Shapes.Aac with { Timescale = 96000 }).ShouldBe(TrackVerdict.Unsupported);
    }

    [Fact]
    public void The_file_says_when_it_must_end()
    {
        var plan = new DiskPlan();
        using var ticks = new Mp4Writer(new Mp4WriterOptions { WinQtCompat = true });
        IContainerWriter writer = ticks;
        writer.MustEnd.ShouldBeFalse();
        var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 3);
        ticks.Add(frames[0]);
        ticks.CutFragment(plan, []);
        writer.MustEnd.ShouldBeFalse();

        // 13.2 h later, at 90 kHz: 32 bits end two minutes behind.
        ticks.Add(frames[1] with { DecodeTime = int.MaxValue });
        ticks.CutFragment(plan, []);
        writer.MustEnd.ShouldBeFalse();
        ticks.Add(frames[2] with { DecodeTime = uint.MaxValue - 100L * 90000 });
        ticks.CutFragment(plan, []);
        writer.MustEnd.ShouldBeTrue();

        using var index = new Mp4Writer(new Mp4WriterOptions { MaxIndexBytes = 4000 });
        foreach (var frame in Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 400))
            index.Add(frame);
        index.MustEnd.ShouldBeFalse();
        index.CutFragment(plan, []);
        index.MustEnd.ShouldBeFalse();
        foreach (var frame in Shapes.VideoFrames(Shapes.H264, new Random(1), 400 * 3600, 800))
            index.Add(frame);
        index.CutFragment(plan, []);
        index.MustEnd.ShouldBeTrue();
    }

    [Fact]
    public void Four_gigabytes_are_not_passed()
    {
        using var writer = new Mp4Writer(new Mp4WriterOptions { WinQtCompat = true });
        var plan = new DiskPlan();
        var payload = new byte[64 << 20];
        payload[0] = 1;
        for (var i = 0; i < 61; i++)
        {
            writer.MustEnd.ShouldBeFalse();
            writer.Add(new MediaFrame { Track = Shapes.H264, Kind = FrameKind.Sample, Flags = FrameFlags.Key, DecodeTime = i * 3600, Payload = payload });
            plan.Clear();
            writer.CutFragment(plan, []);
        }

        writer.Length.ShouldBeLessThan(uint.MaxValue - (128L << 20));
        for (var i = 61; i < 63; i++)
        {
            writer.Add(new MediaFrame { Track = Shapes.H264, Kind = FrameKind.Sample, Flags = FrameFlags.Key, DecodeTime = i * 3600, Payload = payload });
            plan.Clear();
            writer.CutFragment(plan, []);
        }

        writer.MustEnd.ShouldBeTrue();
        plan.Clear();
        writer.Finish(plan);
        plan.Operations.First(operation => operation.Offset == 36).Buffers[0].Span[..4].SequenceEqual(new byte[] { 0, 0, 0, 1 }).ShouldBeFalse();
    }

    [Fact]
    public void Fragments_for_good_end_with_an_index_of_key_frames()
    {
        var random = new Random(4);
        var frames = Shapes.Interleave(Shapes.VideoFrames(Shapes.H264, random, 0, 100, 1), Shapes.AudioFrames(Shapes.Aac, random, 0, 180));
        using var writer = new Mp4Writer(new Mp4WriterOptions { Fragmented = true });
        var image = new DiskImage();
        Recorder.Write(writer, image, frames, 40, 20, finish: false);
        var plan = new DiskPlan();
        writer.Finish(plan);
        foreach (var state in Foreign.Stops(image.Bytes, plan))
            Mp4Files.ShouldMatch(Recorder.Read(new MemoryStream(state)), frames, "ending");
        image.Apply(plan);
        var boxes = Foreign.Boxes(image.Bytes);
        boxes[^1].Type.ShouldBe("mfra");
        boxes.Count(box => box.Type == "moov").ShouldBe(1);
        BinaryPrimitives.ReadUInt32BigEndian(image.Bytes.AsSpan(image.Bytes.Length - 4)).ShouldBe((uint)boxes[^1].Length);

        // mfra(8) tfra(12) track, lengths, count: each entry names a moof.
        var file = image.Bytes;
        var at = boxes[^1].Offset + 20;
        BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at)).ShouldBe(1u);
        var count = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at + 8));
        count.ShouldBeGreaterThan(0);
        for (var i = 0; i < count; i++)
        {
            var offset = (int)BinaryPrimitives.ReadInt64BigEndian(file.AsSpan(at + 12 + i * 28 + 8));
            Encoding.ASCII.GetString(file, offset + 4, 4).ShouldBe("moof");
        }

        // It can go on, and be made ordinary by a repair.
        Foreign.Frames(Foreign.Mend(file, out _)).Count.ShouldBe(frames.Count);
        plan.Clear();
        using var next = Mp4Writer.Continue(image.Open(), new Mp4WriterOptions { Fragmented = true }, plan);
        image.Apply(plan);
        Recorder.Write(next, image, frames, 40, 20);
        Foreign.Boxes(image.Bytes).Count(box => box.Type == "mfra").ShouldBe(1);
        Recorder.Read(image.Open()).Count.ShouldBe(frames.Count * 2);
    }

    private static IEnumerable<(string Type, int Offset)> Descend(byte[] file, int from, int to)
    {
        for (var at = from; at + 8 <= to;)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var type = Encoding.ASCII.GetString(file, at + 4, 4);
            yield return (type, at);
            if (type is "trak" or "edts" or "mdia" or "minf" or "stbl" or "mvex")
            {
                foreach (var inner in Descend(file, at + 8, at + size))
                    yield return inner;
            }

            at += size;
        }
    }
}
