namespace Tapedeck.EndToEnd.Tests;

/// <summary>Files that may not grow beyond a size: a limit of the process stands for that of a file system.</summary>
public sealed class FullDiskTests
{
    private const int Kilobytes = 60;

    [Fact]
    public async Task A_recording_goes_on_in_a_new_file_when_one_can_grow_no_more_and_nobody_else_notices()
    {
        using var home = new TestHome();
        await using var host = await HostProcess.StartLimitedAsync(home, Kilobytes);
        var clip = await Clips.GetAsync("bframes");
        await using var encoder = await Encoder.ConnectAsync(host.Url("liverec"));
        await encoder.PublishAsync("large");
        await using var small = await Encoder.ConnectAsync(host.Url("liverec"));
        await small.PublishAsync("small");
        var song = Recorded.Tags(await Clips.GetAsync("audio"));
        await Task.WhenAll(encoder.SendAsync(Recorded.Tags(clip), inRealTime: true), small.SendAsync(song, inRealTime: true));
        await small.UnpublishAsync();
        await small.StatusAsync("NetStream.Record.Stop");

        // Encoders give up when they get an error: what they get is a warning.
        encoder.Statuses.ShouldAllBe(s => s.Level != "error");
        var reason = await host.LogLineAsync("Recording of liverec/_definst_/large gives up");
        reason.ShouldContain("large.mp4");
        (await host.StopAsync()).ShouldBe(0);
        var file = home.Content("liverec/large.mp4");
        Recorded.Length(file).ShouldBeGreaterThan(500);
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(home.Content("liverec/small.mp4"));
    }
}
