namespace Tapedeck.EndToEnd.Tests;

/// <summary>Applications of an operator's own, in a home.</summary>
public sealed class ApplicationTests
{
    [Fact]
    public async Task A_newcomer_takes_over_where_the_application_says_so()
    {
        using var home = new TestHome();
        home.Write("applications/relay/Application.yaml", "streamType: live-record\nduplicatePublish: takeover\n");
        await using var host = await HostProcess.StartOnAsync(home);
        var clip = await Clips.GetAsync("bframes");
        await using var first = Ffmpeg.PublishForever(clip, host.Url("relay/cam"));
        await Wait.UntilAsync(() => Recorded.Length(home.Content("relay/cam.mp4")) > 500, "the first records");
        await using var second = Ffmpeg.Publish(clip, host.Url("relay/cam"));
        await second.SucceedAsync();
        await first.ExitAsync();

        await Recorded.FinishedAsync(home.Content("relay/cam_1.mp4"));
        await Probe.ShouldPassInspectionAsync(home.Content("relay/cam.mp4"));
        await Probe.ShouldDecodeSilentlyAsync(home.Content("relay/cam.mp4"));
        (await Probe.PacketsAsync(home.Content("relay/cam_1.mp4"))).ShouldBeRecordingOf(await Probe.PacketsAsync(clip), "cam_1");
        await host.LogLineAsync("taken over");
    }

    [Fact]
    public async Task Format_and_storage_are_the_application_s_to_say()
    {
        using var home = new TestHome();
        home.Write("applications/archive/Application.yaml", "streamType: live-record\nrecordingFormat: flv\nstorageDir: ${Home}/tapes/${Application}/${Instance}\n");
        await using var host = await HostProcess.StartOnAsync(home);
        await Ffmpeg.PublishFastAsync(await Clips.GetAsync("plain"), host.Url("archive/north/cam"));
        await Ffmpeg.PublishFastAsync(await Clips.GetAsync("plain"), host.Url("archive/mp4:cam"));

        await Recorded.FinishedAsync(home["tapes", "archive", "north", "cam.flv"]);
        await Recorded.FinishedAsync(home["tapes", "archive", "_definst_", "cam.mp4"]);
        Directory.Exists(home["content"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Extra_arguments_of_connect_are_no_hindrance()
    {
        await using var host = await HostProcess.StartAsync();
        await using var encoder = Ffmpeg.Publish(
            await Clips.GetAsync("audio"), host.Url("liverec/extra"), "-rtmp_conn", "B:1 S:hello O:1 NN:a:5 O:0", "-rtmp_flashver", "Odd/1.0");
        await encoder.SucceedAsync();
        await Recorded.FinishedAsync(host.Home.Content("liverec/extra.mp4"));
        host.LogText.ShouldContain("Odd/1.0");
    }
}
