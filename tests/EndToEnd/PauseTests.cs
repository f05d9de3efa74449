using System.Globalization;
using Tapedeck.Containers.Flv;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Recordings that are steered: by the encoder's commands, and by what the application says about names and limits.</summary>
public sealed class PauseTests
{
    [Fact]
    public async Task Pause_and_resume_leave_one_file_without_the_time_between()
    {
        await using var host = await HostProcess.StartAsync();
        var tags = await TwiceAsync();
        await using var encoder = await Encoder.ConnectAsync(host.Url("live"));
        await encoder.PublishAsync("cam");
        var path = (string)(await encoder.CallAsync("startRecording", "cam"))[^1]!;
        var sending = encoder.SendAsync(tags, inRealTime: true);
        await Wait.UntilAsync(() => encoder.Sent >= 1500, "some is sent");
        await encoder.CallAsync("pauseRecording", "cam");
        await Wait.UntilAsync(() => encoder.Sent >= 5000, "more is sent");
        await encoder.CallAsync("resumeRecording", "cam");
        await sending;
        await encoder.CallAsync("stopRecording", "cam");

        path.ShouldBe(host.Home.Content("live/cam.mp4"));
        host.Home.Recordings().ShouldBe(["live/cam.mp4"]);
        await host.LogLineAsync(": paused");
        await Probe.ShouldPassInspectionAsync(path);
        await Probe.ShouldDecodeSilentlyAsync(path);
        var recorded = Recorded.Packets(path).Of("video");
        var source = tags.Where(t => t.IsVideo && !t.IsConfiguration && t.Body[1] == 1).ToArray();
        recorded.Length.ShouldBeInRange(50, source.Length - 40); // of 200 pictures, those of about three seconds are out
        // Where it was cut, pictures that are shown later than the last one was decoded have their time.
        recorded.Zip(recorded.Skip(1)).ShouldAllBe(p => p.Second.Dts - p.First.Dts > 0 && p.Second.Dts - p.First.Dts < 250);
        recorded.Select(p => p.Pts).ShouldBeUnique();
        recorded[0].IsKey.ShouldBeTrue();
    }

    [Fact]
    public async Task Split_goes_on_in_a_new_file_without_losing_a_frame()
    {
        await using var host = await HostProcess.StartAsync();
        var clip = await Clips.GetAsync("bframes");
        await using var encoder = await Encoder.ConnectAsync(host.Url("live"));
        await encoder.PublishAsync("cam");
        await encoder.CallAsync("startRecording", "cam");
        var tags = Recorded.Tags(clip).Where(t => t.Type != FlvTagType.Script).ToArray();
        var first = host.Home.Content("live/cam.mp4");
        // Of the second half nothing is on its way before the first lies on disk and the split was taken.
        await encoder.SendAsync(tags.Where(t => t.Time < 2500));
        await Wait.UntilAsync(() => Recorded.Length(first) > 500, "it records");
        await encoder.CallAsync("splitRecording", "cam");
        await encoder.SendAsync(tags.Where(t => t.Time >= 2500));
        await encoder.CallAsync("stopRecording", "cam");

        host.Home.Recordings().ShouldBe(["live/cam.mp4", "live/cam_1.mp4"]);
        string[] files = [first, host.Home.Content("live/cam_1.mp4")];
        var source = Recorded.Packets(clip);
        foreach (var track in new[] { "video", "audio" })
            files.SelectMany(f => Recorded.Packets(f).Of(track)).Select(p => p.Hash).ShouldBe(source.Of(track).Select(p => p.Hash), track);
        foreach (var file in files)
        {
            Recorded.Packets(file).First(p => p.IsVideo).IsKey.ShouldBeTrue();
            await Probe.ShouldPassInspectionAsync(file);
            await Probe.ShouldDecodeSilentlyAsync(file);
        }
    }

    [Fact]
    public async Task Steering_what_is_not_recorded_is_refused_with_the_remedy()
    {
        await using var host = await HostProcess.StartAsync();
        await using var encoder = await Encoder.ConnectAsync(host.Url("live"));
        await encoder.PublishAsync("cam");
        foreach (var command in new[] { "pauseRecording", "resumeRecording", "splitRecording" })
        {
            var refusal = await Should.ThrowAsync<Protocols.Rtmp.RtmpCallException>(() => encoder.CallAsync(command, "cam"));
            refusal.Message.ShouldContain("send startRecording first");
        }
    }

    [Fact]
    public async Task A_template_names_files_and_their_folders()
    {
        using var home = new TestHome();
        home.Write("applications/days/Application.yaml", "streamType: live-record\nproperties:\n  recordingName: '{startTime:yyyy/MM/dd}/{stream}'\n");
        await using var host = await HostProcess.StartOnAsync(home);
        var before = Day();
        await using (await Encoder.PublishClipAsync(host.Url("days"), "cam", await Clips.GetAsync("plain"))) { }
        await using (await Encoder.PublishClipAsync(host.Url("days"), "hall/cam", await Clips.GetAsync("plain"))) { }
        await using (await Encoder.PublishClipAsync(host.Url("days"), "cam", await Clips.GetAsync("plain"))) { }

        var found = home.Recordings();
        found.Length.ShouldBe(3, string.Join(", ", found));
        string[] days = [before, Day()]; // midnight may pass meanwhile
        found.Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["cam.mp4", "cam.mp4", "cam_1.mp4"]);
        found.ShouldAllBe(f => days.Any(d => f == $"days/{d}/cam.mp4" || f == $"days/{d}/cam_1.mp4" || f == $"days/{d}/hall/cam.mp4"));
        foreach (var file in found)
            await Probe.ShouldPassInspectionAsync(home.Content(file));
    }

    [Fact]
    public async Task A_recording_ends_at_its_limit_while_its_stream_goes_on()
    {
        using var home = new TestHome();
        home.Write("applications/short/Application.yaml", "streamType: live-record\nproperties:\n  recordingMaxDuration: 2s\n");
        await using var host = await HostProcess.StartOnAsync(home);
        var tags = await TwiceAsync();
        await using var encoder = await Encoder.ConnectAsync(host.Url("short"));
        await encoder.PublishAsync("cam");
        await encoder.SendAsync(tags.Where(t => t.Time < 4000));
        var file = home.Content("short/cam.mp4");
        await Recorded.FinishedAsync(file);
        await encoder.SendAsync(tags.Where(t => t.Time >= 4000));
        await encoder.UnpublishAsync();
        await encoder.StatusAsync("NetStream.Unpublish.Success");

        home.Recordings().ShouldBe(["short/cam.mp4"]);
        (await Probe.DurationAsync(file)).ShouldBe(2, 0.1);
        await Probe.ShouldPassInspectionAsync(file);
        await Probe.ShouldDecodeSilentlyAsync(file);
    }

    private static string Day() => DateTime.UtcNow.ToString("yyyy/MM/dd", CultureInfo.InvariantCulture);

    /// <summary>The clip and once more the clip.</summary>
    private static async Task<Tag[]> TwiceAsync()
    {
        var tags = Recorded.Tags(await Clips.GetAsync("bframes")).Where(t => t.Type != FlvTagType.Script).ToArray();
        // The second time without the configuration, as an encoder that goes on.
        return [.. tags, .. tags.Where(t => !t.IsConfiguration && t.Body.Length > 0 && !IsEndOfSequence(t)).Select(t => t with { Time = t.Time + (Clips.Seconds * 1000) })];
    }

    private static bool IsEndOfSequence(Tag tag) => tag.IsVideo && tag.Body[1] == 2;
}
