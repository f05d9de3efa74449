using System.Buffers.Binary;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.Repair;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.Repair;

/// <summary>Files whose writer was stopped: ours in every state, and the half-way states that other programs leave.</summary>
public sealed class Mp4RepairStateTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stopped_between_mdat_and_moov_as_ffmpeg_does(bool wide)
    {
        if (!Foreign.Ready(output))
            return;
        // ftyp free(8) moov moof.. with the header of moov (or that and the free box) already an mdat to the end of the media.
        var plain = Foreign.Make(Foreign.Plain);
        var listing = Foreign.Listing(plain);
        var boxes = Foreign.Boxes(plain);
        var moov = boxes.First(box => box.Type == "moov");
        byte[] file = [.. plain[..moov.Offset], 0, 0, 0, 8, .. "free"u8, .. plain[moov.Offset..]];
        var size = file.Length - moov.Offset - 8;
        if (wide)
        {
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(moov.Offset), 1);
            "mdat"u8.CopyTo(file.AsSpan(moov.Offset + 4));
            BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(moov.Offset + 8), size + 8);
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(moov.Offset + 8), size);
            "mdat"u8.CopyTo(file.AsSpan(moov.Offset + 12));
        }

        foreach (var state in new[] { file, [.. file, 0, 0, 9, 0, .. "moov"u8, 0, 0, 0, 108, .. "mvhd"u8] })
        {
            Should.Throw<ContainerFormatException>(() => Foreign.Listing(state));
            var mended = Foreign.Mend(state, out var plan);
            output.WriteLine(string.Join(" ", plan.Steps));
            Foreign.Listing(mended).ShouldBe(listing);
            Foreign.Decode(mended).ShouldBeEmpty();
            Foreign.CheckStops(state, listing, 0);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Two_moovs_as_obs_leaves_them(int kind)
    {
        if (!Foreign.Ready(output))
            return;
        var (image, finish) = Unfinished();
        var listing = Foreign.Listing(image.Bytes);
        var staged = finish.Operations[0].Buffers.SelectMany(buffer => buffer.ToArray()).ToArray();
        byte[] file = kind switch
        {
            // The whole moov, visible; a torn one; the whole one inside of an mdat that covers all (no moov is visible then).
            0 => [.. image.Bytes, .. staged[8..]],
            1 => [.. image.Bytes, .. staged[8..^100]],
            _ => Bare(image.Bytes),
        };
        var mended = Foreign.Mend(file, out var plan);
        output.WriteLine(string.Join(" ", plan.Steps));
        Foreign.Listing(mended).ShouldBe(listing);
        Foreign.Decode(mended).ShouldBeEmpty();
        if (kind == 0)
            plan.Disk.Operations[0].Length.ShouldBe(16);
        Foreign.CheckStops(file, listing, 0);
    }

    [Fact]
    public void Ours_in_every_state_becomes_the_same_ordinary_file()
    {
        if (!Foreign.Ready(output))
            return;
        var frames = Foreign.Frames(Foreign.Make(""));
        using var writer = new Mp4Writer(new Mp4WriterOptions { DurationPatchInterval = TimeSpan.FromSeconds(1) });
        var image = new DiskImage();
        var states = 0;
        foreach (var (cut, end) in Recorder.Cuts(writer, frames, 60))
        {
            // Killed between the write and the commit: the fragment is hidden and complete, and is saved.
            image.Apply(cut.Operations[0], cut.Operations[0].Length);
            Check(image.Bytes, end);
            foreach (var operation in cut.Operations.Skip(1))
                image.Apply(operation, operation.Length);
            Check(image.Bytes, end);
        }

        var plan = new DiskPlan();
        writer.Finish(plan);
        foreach (var state in Foreign.Stops(image.Bytes, plan))
            Check(state, frames.Count);
        image.Apply(plan);
        using var none = ContainerRepair.Analyse(image.Open());
        none.State.ShouldBe(FileState.Ordinary);
        none.HasWork.ShouldBeFalse();
        output.WriteLine($"{states} states");

        void Check(byte[] state, int count)
        {
            states++;
            var mended = Foreign.Mend(state, out _);
            using var reader = Mp4Reader.Open(new MemoryStream(mended));
            reader.IsFinished.ShouldBeTrue();
            Recorder.Read(reader).Count.ShouldBe(count);
            Foreign.Decode(mended).ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    public void Pages_of_zeros_at_the_tail_are_cut(int zeros)
    {
        if (!Foreign.Ready(output))
            return;
        var (image, _) = Unfinished();
        var bytes = image.Bytes;
        var committed = Foreign.Listing(bytes);
        if (zeros == 0)
            zeros = Foreign.Frames(bytes).Where(frame => frame.Track.Kind == TrackKind.Audio).TakeLast(3).Sum(frame => frame.Payload.Length);
        byte[] longer = [.. bytes, .. new byte[zeros]];
        Foreign.Listing(Foreign.Mend(longer, out _)).ShouldBe(committed);
        Array.Clear(bytes, bytes.Length - zeros, zeros);
        var mended = Foreign.Mend(bytes, out var plan);
        output.WriteLine(string.Join(" ", plan.Steps));
        Foreign.Decode(mended).ShouldBeEmpty();
        Foreign.Listing(mended).Except(committed).ShouldBeEmpty();
        Foreign.Listing(mended).Count.ShouldBeGreaterThan(committed.Count / 2);
        byte[] ordinary = [.. Foreign.Make(""), .. new byte[zeros]];
        Foreign.Mend(ordinary, out _).ShouldBe(Foreign.Make(""));
    }

    /// <summary>A recording of ours without its index, and what would write it.</summary>
    private static (DiskImage Image, DiskPlan Finish) Unfinished()
    {
        using var writer = new Mp4Writer();
        var image = new DiskImage();
        Recorder.Write(writer, image, Foreign.Frames(Foreign.Make("")), 60, 20, finish: false);
        var plan = new DiskPlan();
        writer.Finish(plan);
        var copy = new DiskPlan();
        copy.Write(plan.Operations[0].Offset).Add(plan.Operations[0].Buffers.SelectMany(buffer => buffer.ToArray()).ToArray());
        return (image, copy);
    }

    private static byte[] Bare(byte[] file)
    {
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(36), file.Length - 36);
        "mdat"u8.CopyTo(file.AsSpan(40));
        return file;
    }
}
