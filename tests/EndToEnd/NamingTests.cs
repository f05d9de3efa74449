namespace Tapedeck.EndToEnd.Tests;

/// <summary>Which file a published name becomes. Each test has names of its own, on one host.</summary>
public sealed class NamingTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task A_second_publish_of_a_name_becomes_the_next_version_and_leaves_the_first_alone()
    {
        var first = await PublishAsync("liverec/twice", "liverec/twice.mp4", "plain");
        var before = await File.ReadAllBytesAsync(first);
        var second = await PublishAsync("liverec/twice", "liverec/twice_1.mp4", "audio");
        var third = await PublishAsync("liverec/twice", "liverec/twice_2.mp4", "audio");

        (await File.ReadAllBytesAsync(first)).ShouldBe(before);
        Recorded.Packets(second).ShouldNotContain(p => p.IsVideo);
        await Probe.ShouldPassInspectionAsync(third);
    }

    [Theory]
    [InlineData("liverec/flv:wanted", "liverec/wanted.flv", "flv")]
    [InlineData("liverec/mp4:samplerec.mp4", "liverec/samplerec.mp4", "mov")]
    [InlineData("liverec/mp4:bare", "liverec/bare.mp4", "mov")]
    [InlineData("liverec/query?user=a&k=b", "liverec/query.mp4", "mov")]
    [InlineData("liverec/inst/named", "liverec/inst/named.mp4", "mov")]
    [InlineData("liverec/_definst_/default", "liverec/default.mp4", "mov")]
    public async Task The_name_says_where_the_file_lies_and_its_container(string published, string recorded, string format)
    {
        var file = await PublishAsync(published, recorded, "plain");
        (await ChildProcess.SucceedAsync("ffprobe", "-v", "error", "-show_entries", "format=format_name", "-of", "csv=p=0", file)).ShouldContain(format);
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(file);
        fixture.Home.Recordings().ShouldNotContain(f => f.Contains("user", StringComparison.Ordinal) || f.Contains("definst", StringComparison.Ordinal));
        fixture.Home.Recordings().Count(f => f.Contains("samplerec", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(1);
    }

    [Theory]
    [InlineData("../../escaped", "liverec/%2E%2E/%2E%2E/escaped.mp4")]
    [InlineData("..", "liverec/%2E%2E.mp4")]
    [InlineData("a\\..\\b", "liverec/a%5C..%5Cb.mp4")]
    [InlineData("grüße & kuß", "liverec/gr%C3%BC%C3%9Fe%20%26%20ku%C3%9F.mp4")]
    [InlineData("folder/inside", "liverec/folder/inside.mp4")]
    [InlineData("con", "liverec/%63on.mp4")]
    public async Task Whatever_the_name_the_file_stays_inside(string name, string recorded)
    {
        await using var encoder = await Encoder.PublishClipAsync(fixture.Host.Url("liverec"), name, await Clips.GetAsync("audio"));
        await Recorded.FinishedAsync(fixture.Home.Content(recorded));
        ShouldHoldNoStrayFiles();
    }

    [Fact]
    public async Task A_name_too_long_for_a_file_is_shortened_and_recorded()
    {
        var name = new string('n', 400);
        await using var encoder = await Encoder.PublishClipAsync(fixture.Host.Url("liverec"), name, await Clips.GetAsync("audio"));
        var file = fixture.Home.Recordings().Single(f => Path.GetFileName(f).StartsWith("nnnn", StringComparison.Ordinal));
        Path.GetFileName(file).Length.ShouldBeInRange(200, 255);
        await Probe.ShouldPassInspectionAsync(fixture.Home.Content(file));
    }

    /// <summary>Everything else in the home is the log.</summary>
    private void ShouldHoldNoStrayFiles()
    {
        Directory.EnumerateFileSystemEntries(fixture.Home.Root).Select(Path.GetFileName).ShouldBeSubsetOf(["content", "logs", "data"]);
        Directory.EnumerateFileSystemEntries(fixture.Home.Content("")).Select(Path.GetFileName).ShouldBe(["liverec"]);
        fixture.Home.Recordings().ShouldAllBe(f => f.EndsWith(".mp4", StringComparison.Ordinal) || f.EndsWith(".flv", StringComparison.Ordinal));
    }

    private async Task<string> PublishAsync(string published, string recorded, string clip)
    {
        await Ffmpeg.PublishFastAsync(await Clips.GetAsync(clip), fixture.Host.Url(published));
        var file = fixture.Home.Content(recorded);
        await Recorded.FinishedAsync(file);
        return file;
    }
}
