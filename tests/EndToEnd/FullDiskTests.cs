namespace Tapedeck.EndToEnd.Tests;

/// <summary>A disk that takes no more: a limit on the size of files stands for it.</summary>
public sealed class FullDiskTests
{
    private const int Kilobytes = 60;

    [Fact]
    public async Task What_was_written_before_the_disk_was_full_plays_and_the_publisher_is_told()
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
        await encoder.StatusAsync("NetStream.Record.Failed");
        await small.UnpublishAsync();
        await small.StatusAsync("NetStream.Record.Stop");

        // The stream itself goes on; encoders give up when they get an error.
        encoder.Statuses.ShouldAllBe(s => s.Level != "error");
        var reason = await host.LogLineAsync("Recording of liverec/_definst_/large failed");
        reason.ShouldContain("large.mp4");
        var file = home.Content("liverec/large.mp4");
        Recorded.Length(file).ShouldBeGreaterThan(500);
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(home.Content("liverec/small.mp4"));
    }
}
