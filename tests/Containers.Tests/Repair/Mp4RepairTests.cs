using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.Repair;
using Tapedeck.Containers.Tests.Mp4;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.Repair;

public sealed class Mp4RepairTests(ITestOutputHelper output)
{
    private const string Plain = "-movflags frag_keyframe+empty_moov+default_base_moof+skip_trailer";

    public static TheoryData<string> Fragmented => new()
    {
        "-movflags frag_keyframe+skip_trailer",
        "-movflags frag_keyframe+empty_moov+skip_trailer",
        Plain,
        "-movflags frag_keyframe+delay_moov+skip_trailer",
        "-movflags frag_keyframe+delay_moov+default_base_moof+skip_trailer",
        "-movflags empty_moov+frag_every_frame+default_base_moof+skip_trailer",
        "-movflags empty_moov+separate_moof+frag_keyframe+skip_trailer",
        "-movflags empty_moov+separate_moof+frag_keyframe+omit_tfhd_offset+skip_trailer",
        "-movflags empty_moov+skip_trailer -frag_duration 300000",
        "-movflags cmaf+frag_keyframe+skip_trailer",
        "-movflags dash+frag_keyframe+delay_moov+skip_trailer",
        "-movflags frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets+skip_trailer",
        "-output_ts_offset 7 -avoid_negative_ts disabled -use_editlist 0 -movflags frag_keyframe+empty_moov+default_base_moof+frag_discont+skip_trailer",
    };

    public static TheoryData<int> Cuts
    {
        get
        {
            var data = new TheoryData<int>();
            for (var i = 1; i < 12; i++)
                data.Add(i);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Fragmented))]
    public void Plain_fragments_become_an_ordinary_file(string options)
    {
        if (!Ready())
            return;
        var file = Foreign.Make(options);
        var before = Foreign.Listing(file);
        var counts = Foreign.PacketCounts(file);
        var mended = Foreign.Mend(file, out var plan);
        output.WriteLine($"{options}: {plan.Kind}, {plan.State}: {string.Join(" ", plan.Steps)}");
        plan.State.ShouldBe(FileState.NeedsFinishing);
        plan.HasWork.ShouldBeTrue();
        Foreign.Listing(mended).Select(Untimed).ShouldBe(before.Select(Untimed));

        // Fragments that do not begin at 0 are placed by an edit, in thousandths of a second here.
        foreach (var (one, other) in Foreign.Frames(mended).OrderBy(frame => frame.Track.Id).Zip(Foreign.Frames(file).OrderBy(frame => frame.Track.Id)))
            Math.Abs((one.DecodeTime - other.DecodeTime) / (double)one.Track.Timescale).ShouldBeLessThanOrEqualTo(0.0011);
        using var reader = Mp4Reader.Open(new MemoryStream(mended));
        reader.IsFinished.ShouldBeTrue();
        reader.Duration.TotalSeconds.ShouldBeInRange(3.9, 4.3);
        Foreign.Decode(mended).ShouldBeEmpty();
        Foreign.PacketCounts(mended).ShouldBe(counts);
    }

    [Theory]
    [InlineData("-movflags frag_keyframe")]
    [InlineData("-movflags frag_keyframe+empty_moov+default_base_moof")]
    public void A_fragmented_file_that_was_finished_stays_as_it_is(string options)
    {
        if (!Ready())
            return;
        var file = Foreign.Make(options);
        using (var reader = Mp4Reader.Open(new MemoryStream(file)))
        {
            reader.IsFinished.ShouldBeTrue("it ends with mfra");
        }

        using var plan = ContainerRepair.Analyse(new MemoryStream(file));
        plan.State.ShouldBe(FileState.Ordinary);
        plan.HasWork.ShouldBeFalse();
        plan.Steps[^1].ShouldContain("stays one");

        // Cut off before that index, nobody can tell what its maker meant.
        using var cut = ContainerRepair.Analyse(new MemoryStream(file[..^20]));
        cut.HasWork.ShouldBeTrue();
    }

    [Theory]
    [InlineData("-movflags faststart")]
    [InlineData("-movflags +write_colr")]
    public void An_ordinary_file_needs_nothing(string options)
    {
        if (!Ready())
            return;
        using var plan = ContainerRepair.Analyse(new MemoryStream(Foreign.Make(options)));
        plan.State.ShouldBe(FileState.Ordinary);
        plan.HasWork.ShouldBeFalse();
        plan.Steps.ShouldBeEmpty();
        plan.Tracks.Select(track => track.Codec).ShouldBe([Codec.H264, Codec.Aac]);
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public void A_cut_file_keeps_every_frame_that_is_there(int part)
    {
        if (!Ready())
            return;
        var whole = Foreign.Make(Plain);
        var cut = whole[..(whole.Length * part / 12)];
        var before = Foreign.Listing(cut);
        if (before.Count == 0)
        {
            using var none = ContainerRepair.Analyse(new MemoryStream(cut));
            none.State.ShouldBe(FileState.Unreadable);
            return;
        }

        var mended = Foreign.Mend(cut, out var plan);
        output.WriteLine($"{part}/12: {before.Count} frames; {string.Join(" ", plan.Steps)}");
        var after = Foreign.Listing(mended);
        before.Except(after).ShouldBeEmpty();
        Foreign.Decode(mended).ShouldBeEmpty();
        CheckStops(cut, after, plan.Steps[0].Contains("in 0 fragments", StringComparison.Ordinal) ? 0 : before.Count);
    }

    [Theory]
    [InlineData("-movflags faststart", 3)]
    [InlineData("-movflags faststart", 2)]
    public void An_ordinary_file_that_is_cut_off_gets_a_shorter_index(string options, int quarters)
    {
        if (!Ready())
            return;
        var whole = Foreign.Make(options);
        var mended = Foreign.Mend(whole[..(whole.Length * quarters / 4)], out var plan);
        plan.State.ShouldBe(FileState.Torn);
        Foreign.Decode(mended).ShouldBeEmpty();
        Foreign.Listing(mended).Count.ShouldBeGreaterThan(100);
        Foreign.Listing(mended).Except(Foreign.Listing(whole)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stopped_between_mdat_and_moov_as_ffmpeg_does(bool wide)
    {
        if (!Ready())
            return;
        // ftyp free(8) moov moof.. with the header of moov (or that and the free box) already an mdat to the end of the media.
        var plain = Foreign.Make(Plain);
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
            CheckStops(state, listing, 0);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Two_moovs_as_obs_leaves_them(int kind)
    {
        if (!Ready())
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
        CheckStops(file, listing, 0);
    }

    [Fact]
    public void Ours_in_every_state_becomes_the_same_ordinary_file()
    {
        if (!Ready())
            return;
        var frames = Foreign.Frames(Foreign.Make(""));
        using var writer = new Mp4Writer(new Mp4WriterOptions { DurationPatchInterval = TimeSpan.FromSeconds(1) });
        var image = new DiskImage();
        var plan = new DiskPlan();
        var states = 0;
        for (var at = 0; at < frames.Count; at += 60)
        {
            var end = Math.Min(at + 60, frames.Count);
            foreach (var frame in frames[at..end])
                writer.Add(frame);
            plan.Clear();
            writer.CutFragment(plan, CollectionsMarshal.AsSpan(frames)[end..]);

            // Killed between the write and the commit: the fragment is hidden and complete, and is saved.
            image.Apply(plan.Operations[0], plan.Operations[0].Length);
            Check(image.Bytes, end);
            foreach (var operation in plan.Operations.Skip(1))
                image.Apply(operation, operation.Length);
            Check(image.Bytes, end);
        }

        plan.Clear();
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
        if (!Ready())
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

    [Theory]
    [MemberData(nameof(RealFileTests.Files), MemberType = typeof(RealFileTests))]
    public void Files_of_others_are_mended_or_left_alone(string name)
    {
        if (Flv.Samples.Folder is not { } folder || !Ready())
        {
            output.WriteLine("NOT CHECKED: no folder of real files.");
            return;
        }

        var file = File.ReadAllBytes(Path.Combine(folder, name));
        var before = Foreign.Listing(file);
        var mended = Foreign.Mend(file, out var plan);
        output.WriteLine($"{name}: {plan.Kind}, {plan.State}, {plan.DurationBefore} to {plan.DurationAfter}: {string.Join(" ", plan.Steps)}");
        Foreign.Listing(mended).ShouldBe(before);
        if (Foreign.Decode(file).Length == 0)
            Foreign.Decode(mended).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000001066747970")]
    [InlineData("48656C6C6F2C20776F726C64")]
    [InlineData("00000018667479706d703432000000006d703432 69736f6d000000106d64617401020304")]
    public void What_cannot_be_read_is_said_and_left_alone(string hex)
    {
        using var plan = ContainerRepair.Analyse(new MemoryStream(Convert.FromHexString(hex.Replace(" ", ""))));
        plan.State.ShouldBe(FileState.Unreadable);
        plan.HasWork.ShouldBeFalse();
        plan.Steps.ShouldHaveSingleItem().ShouldNotBeEmpty();
    }

    /// <summary>Stopped anywhere in the repair: a second one gives all the same frames; and what could be read before can be read in between.</summary>
    private static void CheckStops(byte[] file, List<string> expected, int readable)
    {
        using var plan = ContainerRepair.Analyse(new MemoryStream(file));
        foreach (var state in Foreign.Stops(file, plan.Disk))
        {
            // Of a torn fragment players see nothing until the index is there; all before it they always see.
            if (readable > 0)
                Foreign.Listing(state).Count.ShouldBeGreaterThan(0);
            Foreign.Listing(Foreign.Mend(state, out var again)).SequenceEqual(expected).ShouldBeTrue($"{state.Length} bytes: {string.Join(" ", again.Steps)}");
        }
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

    private static string Untimed(string frame) => string.Join(' ', frame.Split(' ').Where((_, i) => i is not (1 or 2)));

    private bool Ready()
    {
        if (!Foreign.CanMake)
            output.WriteLine("NOT CHECKED: ffmpeg and ffprobe are not installed.");
        return Foreign.CanMake;
    }
}
