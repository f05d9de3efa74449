using System.Globalization;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Real disks that take nothing for a while, with a real encoder that must not notice.</summary>
public sealed class VolumeTests
{
    [Fact]
    public async Task A_recording_goes_on_by_itself_after_its_disk_was_full_and_the_log_tells_what_is_missing()
    {
        using var home = new TestHome();
        using var disk = new SmallDisk(home["disk"]);
        home.Write("applications/rec/Application.yaml", $"streamType: live-record\nstorageDir: {disk.Path}\n");
        home.Write("applications/other/Application.yaml", "streamType: live-record\n");
        await using var host = await HostProcess.StartOnAsync(home, "recording.freeSpaceBytes=0");
        var clip = await Clips.GetAsync("bframes");
        await using var encoder = Ffmpeg.PublishForever(clip, host.Url("rec/cam"));
        await using var neighbour = Ffmpeg.PublishForever(clip, host.Url("other/cam"));
        await host.LogLineAsync("Recording rec/_definst_/cam to");
        await host.LogLineAsync("Recording other/_definst_/cam to");

        disk.Break();
        var alarm = await host.LogLineAsync("Recording of rec/_definst_/cam is suspended");
        alarm.ShouldContain(disk.Path);
        disk.Mend();
        await host.LogLineAsync("Recording of rec/_definst_/cam goes on");
        encoder.HasExited.ShouldBeFalse();

        // Whether from the same file or a new one: it grows.
        var grown = Directory.GetFiles(disk.Path, "*.mp4").Sum(f => new FileInfo(f).Length);
        await Wait.UntilAsync(() => Directory.GetFiles(disk.Path, "*.mp4").Sum(f => new FileInfo(f).Length) > grown, "the recording grows");
        neighbour.HasExited.ShouldBeFalse();
        (await host.StopAsync()).ShouldBe(0, host.LogText);
        host.Log.ShouldNotContain(l => l.Contains("other/_definst_/cam is suspended", StringComparison.Ordinal));
        foreach (var file in Directory.GetFiles(disk.Path, "*.mp4"))
        {
            await Probe.ShouldDecodeSilentlyAsync(file);
            await Probe.ShouldPassInspectionAsync(file);
        }

        // What is in the files and what the ledger says is all there was.
        var lost = host.Log.Where(l => l.Contains("could not be written", StringComparison.Ordinal) && l.Contains("Recording rec/", StringComparison.Ordinal)).Sum(Seconds);
        if (disk.IsMounted)
            lost.ShouldBe(0, "memory bridges a second");
        else
            lost.ShouldBeGreaterThan(0, "the first file was taken away");
    }

    [Fact]
    public async Task A_folder_whose_disk_is_gone_is_not_written_to_and_remembered_over_a_restart()
    {
        using var home = new TestHome();
        using var disk = new SmallDisk(home["disk"]);
        // Without a file system of its own the operator's word stands for it.
        home.Write("applications/rec/Application.yaml", $"streamType: live-record\nstorageDir: {disk.Path}\n{(disk.IsMounted ? "" : $"properties:\n  storageMount: {disk.Path}\n")}");
        var clip = await Clips.GetAsync("bframes");
        if (disk.IsMounted)
        {
            await using var first = await HostProcess.StartOnAsync(home);
            await using (await Encoder.PublishClipAsync(first.Url("rec"), "cam", clip)) { }
            (await first.StopAsync()).ShouldBe(0);
            disk.Unmount();
        }

        await using var host = await HostProcess.StartOnAsync(home);
        await using var encoder = Ffmpeg.PublishForever(clip, host.Url("rec/cam"));
        await host.LogLineAsync($"nothing is mounted at {disk.Path}");
        await host.LogLineAsync("Recording of rec/_definst_/cam is suspended");
        encoder.HasExited.ShouldBeFalse();
        Directory.GetFileSystemEntries(disk.Path).ShouldBeEmpty();
        (await host.StopAsync()).ShouldBe(0);
        Directory.GetFileSystemEntries(disk.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_storage_that_cannot_be_written_yet_is_recorded_to_as_soon_as_it_can()
    {
        using var home = new TestHome();
        home.Write("applications/rec/Application.yaml", "streamType: live-record\n");
        home.Write("content/rec", "a file where a folder should be");
        await using var host = await HostProcess.StartOnAsync(home);
        await using var encoder = Ffmpeg.PublishForever(await Clips.GetAsync("bframes"), host.Url("rec/cam"));
        await host.LogLineAsync("Recording of rec/_definst_/cam is suspended");
        File.Delete(home.Content("rec"));
        await host.LogLineAsync("Recording of rec/_definst_/cam goes on");
        (await host.StopAsync()).ShouldBe(0);
        await Probe.ShouldDecodeSilentlyAsync(home.Content("rec/cam.mp4"));
        await Probe.ShouldPassInspectionAsync(home.Content("rec/cam.mp4"));
    }

    [Fact]
    public async Task Retention_removes_the_oldest_spares_the_protected_and_leaves_the_catalog_in_order()
    {
        using var home = new TestHome();
        home.Write("applications/rec/Application.yaml", "streamType: live-record\n");
        var clip = await Clips.GetAsync("plain");
        await using (var host = await HostProcess.StartOnAsync(home))
        {
            for (var i = 0; i < 4; i++)
                await using (await Encoder.PublishClipAsync(host.Url("rec"), "cam", clip)) { }
            (await host.StopAsync()).ShouldBe(0, host.LogText);
        }

        await CommandAsync(home, "retention", "--protect", home.Content("rec/cam.mp4"));
        var bytes = new FileInfo(home.Content("rec/cam.mp4")).Length;
        home.Write("applications/rec/Application.yaml", $"streamType: live-record\nproperties:\n  retentionQuota: {(bytes * 5) / 2}\n");
        var dry = await CommandAsync(home, "retention", "--dry-run", "--json");
        dry.Count(l => l.Contains("would be removed", StringComparison.Ordinal)).ShouldBe(2);
        home.Recordings().Length.ShouldBe(4);

        await using (var host = await HostProcess.StartOnAsync(home))
        {
            await host.LogLineAsync($"Removed {home.Content("rec/cam_1.mp4")}: ");
            await host.LogLineAsync($"Removed {home.Content("rec/cam_2.mp4")}: ");
            (await host.StopAsync()).ShouldBe(0);
        }

        home.Recordings().ShouldBe(["rec/cam.mp4", "rec/cam_3.mp4"]);
        (await CommandAsync(home, "check", "--deep")).ShouldContain("4 files, 0 problems");
        (await CommandAsync(home, "retention"))[^1].ShouldStartWith("0 files");
    }

    private static async Task<IReadOnlyList<string>> CommandAsync(TestHome home, string name, params string[] arguments)
    {
        await using var command = await HostProcess.CommandAsync([name, "--home", home.Root, .. arguments]);
        command.ExitCode.ShouldBe(0, command.Text);
        return command.Output;
    }

    /// <summary>Of <c>… 1.234 s could not be written</c>.</summary>
    private static double Seconds(string line) =>
        double.Parse(line[..line.IndexOf(" s could not", StringComparison.Ordinal)].Split(' ')[^1], CultureInfo.InvariantCulture);
}
