using Tapedeck.Containers.Flv;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Recordings that are asked for before their stream is there, and recordings that begin in the past.</summary>
public sealed class RequestTests
{
    private const string Modules = "modules:\n  - class: Tapedeck.LiveStreamRecord.LiveStreamRecordModule\n";

    [Fact]
    public async Task A_request_outlives_a_restart_and_records_its_stream_from_the_first_frame_each_time()
    {
        using var home = new TestHome();
        home.Write("applications/app/Application.yaml", $"streamType: live\n{Modules}properties:\n  liveStreamRecordRequests: true\n");
        await using (var before = await HostProcess.StartOnAsync(home))
        {
            await using var client = await Encoder.ConnectAsync(before.Url("app"));
            await client.CallAsync("startRecording", "later", new AmfObject { { "waitForStream", true }, { "keepAlive", true }, { "persist", true } });
            (await before.StopAsync()).ShouldBe(0);
        }

        await using var host = await HostProcess.StartOnAsync(home);
        var clip = await Clips.GetAsync("bframes");
        var source = Recorded.Packets(clip);
        foreach (var file in new[] { "app/later.mp4", "app/later_1.mp4" })
        {
            await Ffmpeg.PublishFastAsync(clip, host.Url("app/later"));
            await Recorded.FinishedAsync(home.Content(file));
            Recorded.Packets(home.Content(file)).ShouldBeRecordingOf(source, file);
            await Probe.ShouldPassInspectionAsync(home.Content(file));
        }

        await using (var client = await Encoder.ConnectAsync(host.Url("app")))
            ((AmfObject)(await client.CallAsync("stopRecording", "later"))[^1]!)["cancelled"].ShouldBe(true);
        await Ffmpeg.PublishFastAsync(clip, host.Url("app/later"));
        (await host.StopAsync()).ShouldBe(0);
        home.Recordings().ShouldBe(["app/later.mp4", "app/later_1.mp4"]);
        await using var check = await HostProcess.CommandAsync("check", "--home", home.Root, "--deep");
        check.ExitCode.ShouldBe(0, check.Text);
    }

    [Fact]
    public async Task A_recording_begins_with_the_key_frame_before_the_point_that_was_asked_for()
    {
        using var home = new TestHome();
        home.Write("applications/app/Application.yaml", $"streamType: live\n{Modules}properties:\n  preroll: 10s\n");
        await using var host = await HostProcess.StartOnAsync(home);
        var clip = await Clips.GetAsync("plain"); // a key frame each second
        await using var encoder = await Encoder.ConnectAsync(host.Url("app"));
        await encoder.PublishAsync("cam");
        await encoder.SendAsync(Recorded.Tags(clip).Where(t => t.Type != FlvTagType.Script));
        await Should.ThrowAsync<RtmpCallException>(() => encoder.CallAsync("pauseRecording", "cam")); // answered after all that was sent
        await encoder.CallAsync("startRecording", "cam", new AmfObject { { "preroll", 2500.0 } });
        await encoder.CallAsync("stopRecording", "cam");

        var file = home.Content("app/cam.mp4");
        var expected = Recorded.Packets(clip).Of("video").Where(p => p.Dts >= 1000).ToArray();
        (await Probe.PacketsAsync(file)).Of("video").Length.ShouldBe(expected.Length);
        Recorded.Packets(file).Of("video").Select(p => p.Hash).ShouldBe(expected.Select(p => p.Hash));
        (await Probe.DurationAsync(file)).ShouldBe(3, 0.1);
        await Probe.ShouldPassInspectionAsync(file);
        await Probe.ShouldDecodeSilentlyAsync(file);
    }
}
