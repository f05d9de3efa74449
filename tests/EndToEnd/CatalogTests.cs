namespace Tapedeck.EndToEnd.Tests;

/// <summary>What the host knows of its recordings, held against the disk, after good ends and bad ones.</summary>
public sealed class CatalogTests
{
    private static readonly string[] Formats = ["mp4", "ts", "flv", "mkv"];

    [Fact]
    public async Task After_recordings_that_ended_well_there_is_nothing_to_find()
    {
        using var home = new TestHome();
        await RecordAsync(home);
        await ShouldBeInOrderAsync(home, Formats.Length);
        await ShouldBeInOrderAsync(home, Formats.Length, "--deep");
    }

    [Fact]
    public async Task A_running_host_is_no_hindrance_to_a_check()
    {
        using var home = new TestHome();
        await using var host = await HostProcess.StartOnAsync(home);
        await using var encoder = Ffmpeg.PublishForever(await Clips.GetAsync("bframes"), host.Url("liverec/cam"));
        await Wait.UntilAsync(() => Recorded.Length(home.Content("liverec/cam.mp4")) > 500, "it records");
        await ShouldBeInOrderAsync(home, 1, "--deep");
        encoder.HasExited.ShouldBeFalse();
        (await host.StopAsync()).ShouldBe(0);
        await ShouldBeInOrderAsync(home, 1, "--deep");
    }

    [Fact]
    public async Task What_a_killed_host_left_is_recovered_by_the_next_one()
    {
        using var home = new TestHome();
        await KilledHost.LeaveAsync(home, [.. Formats, "fmp4"]);
        await using var next = await HostProcess.StartOnAsync(home);
        var clip = await Clips.GetAsync("bframes");
        foreach (var format in Formats.Append("fmp4"))
        {
            var file = KilledHost.File(home, format);
            await next.LogLineAsync($"Recovered {file}: ");
            await Probe.ShouldPassInspectionAsync(file);
            await Probe.ShouldDecodeSilentlyAsync(file);
            Recorded.Length(file).ShouldBeGreaterThan(1500, file);
        }

        await ShouldBeInOrderAsync(home, 5);

        // It records as ever, and leaves what was recovered alone.
        var before = await File.ReadAllBytesAsync(KilledHost.File(home, "mp4"));
        await using (await Encoder.PublishClipAsync(next.Url("mp4"), KilledHost.Stream, clip)) { }
        (await next.StopAsync()).ShouldBe(0);
        (await File.ReadAllBytesAsync(KilledHost.File(home, "mp4"))).ShouldBe(before);
        await Probe.ShouldPassInspectionAsync(home.Content("mp4/cut_1.mp4"));
        await ShouldBeInOrderAsync(home, 6, "--deep");

        // What was recovered once is not recovered again.
        await using var third = await HostProcess.StartOnAsync(home);
        (await third.StopAsync()).ShouldBe(0);
        third.LogText.ShouldNotContain("Recovered");
    }

    [Fact]
    public async Task A_missing_file_a_shorter_one_and_an_unknown_one_are_reported()
    {
        using var home = new TestHome();
        await RecordAsync(home);
        var (missing, shorter, unknown) = (home.Content("ts/cam.ts"), home.Content("flv/cam.flv"), home.Content("mkv/stranger.mkv"));
        File.Delete(missing);
        await using (var file = File.OpenWrite(shorter))
            file.SetLength(file.Length - 1);
        File.Copy(home.Content("mkv/cam.mkv"), unknown);

        await using var check = await HostProcess.CommandAsync("check", "--home", home.Root);
        check.ExitCode.ShouldBe(1, check.Text);
        check.Errors.ShouldContain($"{missing}: is not there");
        check.Errors.ShouldContain(l => l.StartsWith($"{shorter}: has ", StringComparison.Ordinal));
        check.Errors.ShouldContain($"{unknown}: the catalog does not know it");
        check.Output.ShouldContain("4 files, 3 problems");
    }

    [Fact]
    public async Task Damage_within_a_file_is_found_by_a_deep_check()
    {
        using var home = new TestHome();
        await RecordAsync(home);
        var file = home.Content("mp4/cam.mp4");
        var bytes = await File.ReadAllBytesAsync(file);
        var movie = bytes.AsSpan().LastIndexOf("moov"u8);
        var index = movie + bytes.AsSpan(movie).IndexOf("stsz"u8); // of the first track: that of messages comes last, and is short
        bytes.AsSpan(index + 16, 64).Fill(0x7F);
        await File.WriteAllBytesAsync(file, bytes);

        await ShouldBeInOrderAsync(home, Formats.Length);
        await using var check = await HostProcess.CommandAsync("check", "--deep", "--home", home.Root);
        check.ExitCode.ShouldBe(1, check.Text);
        check.Errors.ShouldContain(l => l.StartsWith(file, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_home_where_nothing_was_recorded_has_nothing_to_check()
    {
        using var home = new TestHome();
        await using var check = await HostProcess.CommandAsync("check", "--home", home.Root);
        check.ExitCode.ShouldBe(1);
        check.Text.ShouldContain("There is no catalog");
        check.Text.ShouldContain("--home");
    }

    [Fact]
    public async Task A_second_host_on_a_home_is_refused_and_the_first_goes_on()
    {
        using var home = new TestHome();
        await using var host = await HostProcess.StartOnAsync(home);
        await using var second = await HostProcess.CommandAsync(HostProcess.Arguments(home));
        second.ExitCode.ShouldBe(3, second.Text);
        second.Errors[^1].ShouldContain($"Another tapedeck serves {home.Root}");
        second.Errors[^1].ShouldContain("--home");
        second.Output.ShouldNotContain("tapedeck ready");
        second.Text.ShouldNotContain("   at ");

        await Ffmpeg.PublishFastAsync(await Clips.GetAsync("plain"), host.Url("liverec/cam"));
        await Recorded.FinishedAsync(home.Content("liverec/cam.mp4"));

        // Killed, it leaves no lock behind.
        await host.KillAsync();
        await using var next = await HostProcess.StartOnAsync(home);
        (await next.StopAsync()).ShouldBe(0);
    }

    private static async Task RecordAsync(TestHome home)
    {
        foreach (var format in Formats)
            home.Write($"applications/{format}/Application.yaml", $"streamType: live-record\nrecordingFormat: {format}\n");
        await using var host = await HostProcess.StartOnAsync(home);
        var clip = await Clips.GetAsync("bframes");
        foreach (var format in Formats)
            await using (await Encoder.PublishClipAsync(host.Url(format), "cam", clip)) { }
        (await host.StopAsync()).ShouldBe(0, host.LogText);
    }

    private static async Task ShouldBeInOrderAsync(TestHome home, int files, params string[] options)
    {
        await using var check = await HostProcess.CommandAsync(["check", "--home", home.Root, .. options]);
        check.ExitCode.ShouldBe(0, check.Text);
        check.Output.ShouldContain($"{files} files, 0 problems");
    }
}
