namespace Tapedeck.EndToEnd.Tests;

/// <summary>Publishers that drop and come back within the grace window.</summary>
public sealed class ReturnTests
{
    [Theory]
    [InlineData("mp4")]
    [InlineData("ts")]
    [InlineData("flv")]
    [InlineData("mkv")]
    public async Task A_publisher_that_drops_and_returns_is_one_recording_in_one_file(string format)
    {
        using var home = new TestHome();
        home.Write("applications/app/Application.yaml", $"streamType: live-record\nrecordingFormat: {format}\nproperties:\n  recordingGrace: 10min\n");
        await using var host = await HostProcess.StartOnAsync(home);
        var clip = await Clips.GetAsync("bframes");
        var file = home.Content($"app/cam.{format}");
        await using (var encoder = Ffmpeg.Publish(clip, host.Url("app/cam")))
        {
            await Wait.UntilAsync(() => Recorded.Length(file) > 1000, "it records");
            encoder.Kill();
            await encoder.ExitAsync();
        }

        await host.LogLineAsync("waits up to 600 s for its return");
        var before = Recorded.Packets(file); // playable while nobody is there
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Ffmpeg.PublishFastAsync(clip, host.Url("app/cam"));
        await Wait.UntilAsync(() => host.Log.Count(l => l.Contains("waits up to", StringComparison.Ordinal)) == 2, "it is gone again");
        (await host.StopAsync()).ShouldBe(0);

        home.Recordings().ShouldBe([$"app/cam.{format}"]);
        var source = Recorded.Packets(clip);
        var recorded = Recorded.Packets(file);
        foreach (var track in new[] { "video", "audio" })
        {
            var packets = recorded.Of(track);
            var first = before.Of(track);
            packets.Select(p => p.Hash).ShouldBe([.. first.Select(p => p.Hash), .. source.Of(track).Select(p => p.Hash)], track);
            packets.Zip(packets.Skip(1)).ShouldAllBe(p => p.Second.Dts > p.First.Dts);
            (packets[first.Length..].Min(p => p.Pts) - first.Max(p => p.Pts)).ShouldBeGreaterThan(100, "the time away is kept");
        }

        // Picture and sound of the second part are as far apart as in the source.
        Offset(recorded.Of("video")[before.Of("video").Length], recorded.Of("audio")[before.Of("audio").Length])
            .ShouldBe(Offset(source.Of("video")[0], source.Of("audio")[0]), 30);
        (await Probe.PacketsAsync(file)).Count(p => p.IsVideo).ShouldBe(recorded.Of("video").Length);
        await Probe.ShouldPassInspectionAsync(file);
        await Probe.ShouldDecodeSilentlyAsync(file);
        host.LogText.ShouldContain("the publisher left");
        await using var check = await HostProcess.CommandAsync("check", "--home", home.Root, "--deep");
        check.ExitCode.ShouldBe(0, check.Text);
    }

    private static double Offset(Packet video, Packet audio) => video.Pts - audio.Pts;
}
