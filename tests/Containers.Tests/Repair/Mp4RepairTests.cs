using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.Repair;
using Tapedeck.Containers.Tests.Mp4;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.Repair;

/// <summary>Files of other programs.</summary>
public sealed class Mp4RepairTests(ITestOutputHelper output)
{
    public static TheoryData<string> Fragmented => new()
    {
        "-movflags frag_keyframe+skip_trailer",
        "-movflags frag_keyframe+empty_moov+skip_trailer",
        Foreign.Plain,
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
        if (!Foreign.Ready(output))
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
        if (!Foreign.Ready(output))
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
        if (!Foreign.Ready(output))
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
        if (!Foreign.Ready(output))
            return;
        var whole = Foreign.Make(Foreign.Plain);
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
        Foreign.CheckStops(cut, after, plan.Steps[0].Contains("in 0 fragments", StringComparison.Ordinal) ? 0 : before.Count);
    }

    [Theory]
    [InlineData("-movflags faststart", 3)]
    [InlineData("-movflags faststart", 2)]
    public void An_ordinary_file_that_is_cut_off_gets_a_shorter_index(string options, int quarters)
    {
        if (!Foreign.Ready(output))
            return;
        var whole = Foreign.Make(options);
        var mended = Foreign.Mend(whole[..(whole.Length * quarters / 4)], out var plan);
        plan.State.ShouldBe(FileState.Torn);
        Foreign.Decode(mended).ShouldBeEmpty();
        Foreign.Listing(mended).Count.ShouldBeGreaterThan(100);
        Foreign.Listing(mended).Except(Foreign.Listing(whole)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(RealFileTests.Files), MemberType = typeof(RealFileTests))]
    public void Files_of_others_are_mended_or_left_alone(string name)
    {
        if (Flv.Samples.Folder is not { } folder || !Foreign.Ready(output))
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

    private static string Untimed(string frame) => string.Join(' ', frame.Split(' ').Where((_, i) => i is not (1 or 2)));
}
