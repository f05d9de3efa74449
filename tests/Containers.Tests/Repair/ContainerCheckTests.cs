using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.Repair;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Repair;

public sealed class ContainerCheckTests
{
    [Theory]
    [InlineData("", "mp4")]
    [InlineData("-movflags faststart", "mp4")]
    [InlineData("-f flv", "flv")]
    public void A_good_file_has_no_findings(string options, string extension)
    {
        if (!Foreign.CanMake)
            return;
        var file = new MemoryStream(Foreign.Make(options, extension));
        ContainerCheck.Validate(file, new ContainerExpectations { Duration = TimeSpan.FromSeconds(4) }).ShouldBeEmpty();
        file.Position = 0;
        file.CanRead.ShouldBeTrue("it stays open");
    }

    [Fact]
    public void Another_length_than_the_wall_clock_is_an_error()
    {
        if (!Foreign.CanMake)
            return;
        var findings = ContainerCheck.Validate(new MemoryStream(Foreign.Make("")), new ContainerExpectations { Duration = TimeSpan.FromSeconds(9) });
        findings.ShouldHaveSingleItem().Severity.ShouldBe(FindingSeverity.Error);
    }

    [Fact]
    public void Bytes_that_are_no_NAL_units_are_found()
    {
        if (!Foreign.CanMake)
            return;
        var file = (byte[])Foreign.Make("").Clone();
        var media = Foreign.Boxes(file).First(box => box.Type == "mdat");
        Array.Fill(file, (byte)0xFF, media.Offset + 8, media.Length / 2);
        Errors(file).ShouldContain(text => text.Contains("NAL units", StringComparison.Ordinal));
        Array.Clear(file, media.Offset + 8, media.Length - 8);
        Errors(file).ShouldContain(text => text.Contains("zeros", StringComparison.Ordinal));
        Errors(file).Count.ShouldBeLessThan(20, "alike ones are counted, not listed");
    }

    [Fact]
    public void A_file_that_is_cut_off_is_found()
    {
        if (!Foreign.CanMake)
            return;
        var file = Foreign.Make("-movflags faststart");
        Errors(file[..(file.Length / 2)]).ShouldNotBeEmpty();
        Errors(file[..100]).ShouldNotBeEmpty();
        Errors([]).ShouldHaveSingleItem().ShouldContain("empty");
        Errors(Foreign.Make("-movflags empty_moov+frag_keyframe")).ShouldBeEmpty("it ends with the index of its fragments");
        var plain = Foreign.Make("-movflags empty_moov+frag_keyframe+skip_trailer");
        Errors(plain).ShouldHaveSingleItem().ShouldContain("index");
        ContainerCheck.Validate(new MemoryStream(plain), new ContainerExpectations { IsFinished = false }).ShouldBeEmpty();
    }

    [Fact]
    public void The_first_picture_must_be_a_key_frame()
    {
        if (!Foreign.CanMake)
            return;
        var frames = Foreign.Frames(Foreign.Make("")).Where(frame => frame.Track.Kind == TrackKind.Video).Skip(1).ToList();
        using var writer = new Mp4Writer();
        var image = new DiskImage();
        Recorder.Write(writer, image, frames, 50, 20);
        Errors(image.Bytes).ShouldHaveSingleItem().ShouldContain("key frame");
        ContainerCheck.Validate(image.Open(), new ContainerExpectations { StartsWithKeyFrame = false }).ShouldBeEmpty();
    }

    [Fact]
    public void Tracks_that_end_far_apart_are_told()
    {
        if (!Foreign.CanMake)
            return;
        var all = Foreign.Frames(Foreign.Make(""));
        var frames = all.Where(frame => frame.Track.Kind == TrackKind.Video || (double)frame.DecodeTime / frame.Track.Timescale < 1).ToList();
        using var writer = new Mp4Writer();
        var image = new DiskImage();
        Recorder.Write(writer, image, frames, 50, 20);
        var finding = ContainerCheck.Validate(image.Open()).ShouldHaveSingleItem();
        finding.Severity.ShouldBe(FindingSeverity.Warning);
        finding.Text.ShouldContain("ends at");
    }

    private static List<string> Errors(byte[] file) =>
        [.. ContainerCheck.Validate(new MemoryStream(file)).Where(finding => finding.Severity == FindingSeverity.Error).Select(finding => finding.Text)];
}
