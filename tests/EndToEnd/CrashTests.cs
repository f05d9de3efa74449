using Tapedeck.Containers.Flv;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>What is left when host or encoder end without warning.</summary>
public sealed class CrashTests
{
    /// <summary>A fragment, and the frame that is held back to know its length.</summary>
    private const double MayLose = 1300;

    /// <summary>Streams that begin one after the other are cut at different points of their fragments by one kill.</summary>
    [Theory]
    [InlineData(1300)]
    [InlineData(2250)]
    [InlineData(3600)]
    public async Task A_killed_host_leaves_files_that_play_to_their_last_fragment(int moment)
    {
        const int Apart = 230;
        string[] names = ["cut", "flv:tags", "second", "third", "fourth"];
        using var home = new TestHome();
        await using var host = await HostProcess.StartOnAsync(home);
        var source = await Clips.GetAsync("bframes");
        var tags = Recorded.Tags(source);
        using var stop = new CancellationTokenSource();
        var encoders = new List<Encoder>();
        var sending = new List<Task>();
        foreach (var name in names)
        {
            var encoder = await Encoder.ConnectAsync(host.Url("liverec"));
            await encoder.PublishAsync(name);
            await Wait.UntilAsync(() => encoders.Count == 0 || encoders[^1].Sent >= Apart, $"the stream before {name} has begun");
            encoders.Add(encoder);
            sending.Add(encoder.SendAsync(tags, inRealTime: true, stop.Token));
        }

        await Wait.UntilAsync(() => encoders[0].Sent >= moment, $"{moment} ms are sent");
        var sent = encoders.Select(e => e.Sent).ToArray();
        await host.KillAsync();
        await stop.CancelAsync();
        await Task.WhenAll(sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext); // the connection is gone, or all was sent
        foreach (var encoder in encoders)
            await encoder.DisposeAsync();

        foreach (var (name, i) in names.Select((n, i) => (n, i)))
            await ShouldBeBeginningAsync(home.Content(name == "flv:tags" ? "liverec/tags.flv" : $"liverec/{name}.mp4"), source, sent[i] - MayLose);

        // The next host finishes the files in the background, and takes them for what they are: recordings, never to be overwritten.
        await using var next = await HostProcess.StartOnAsync(home);
        foreach (var file in home.Recordings()) // a stream that was killed before its first fragment has none
            await Recorded.FinishedAsync(home.Content(file));
        var before = await File.ReadAllBytesAsync(home.Content("liverec/cut.mp4"));
        await using (await Encoder.PublishClipAsync(next.Url("liverec"), "cut", source)) { }
        (await File.ReadAllBytesAsync(home.Content("liverec/cut.mp4"))).ShouldBe(before);
        await Recorded.FinishedAsync(home.Content("liverec/cut_1.mp4"));
    }

    [Fact]
    public async Task A_recording_can_be_read_at_any_moment_while_it_grows()
    {
        await using var host = await HostProcess.StartAsync();
        var source = await Clips.GetAsync("bframes");
        var expected = Recorded.Packets(source);
        await using var encoder = await Encoder.ConnectAsync(host.Url("liverec"));
        await encoder.PublishAsync("growing");
        var sending = encoder.SendAsync(Recorded.Tags(source), inRealTime: true);
        var file = host.Home.Content("liverec/growing.mp4");
        var lengths = new List<double>();
        while (!sending.IsCompleted)
        {
            await Wait.UntilAsync(() => sending.IsCompleted || Recorded.Length(file) > lengths.LastOrDefault(), "the file grows");
            if (sending.IsCompleted)
                break;
            lengths.Add(Recorded.Length(file));
            ShouldBegin(Recorded.Packets(file), expected, "while it grows");
        }

        await sending;
        lengths.Count.ShouldBeGreaterThanOrEqualTo(3);
        await encoder.UnpublishAsync();
        await Recorded.FinishedAsync(file);
        Recorded.Packets(file).ShouldBeRecordingOf(expected, "growing");
    }

    [Fact]
    public async Task SIGTERM_in_mid_recording_finishes_every_file()
    {
        using var home = new TestHome();
        await using var host = await HostProcess.StartOnAsync(home);
        var source = await Clips.GetAsync("bframes");
        await using var first = Ffmpeg.PublishForever(source, host.Url("liverec/ended"));
        await using var second = Ffmpeg.PublishForever(source, host.Url("liverec/flv:tags"));
        await using var third = await Encoder.ConnectAsync(host.Url("live"));
        await third.PublishAsync("ended");
        await third.CallAsync("startRecording", "ended");
        await third.SendAsync(Recorded.Tags(source).Where(t => t.Type != FlvTagType.Script));
        string[] files = [home.Content("liverec/ended.mp4"), home.Content("liverec/tags.flv"), home.Content("live/ended.mp4")];
        await Wait.UntilAsync(() => files.All(f => Recorded.Length(f) > 500), "all three record");

        (await host.StopAsync()).ShouldBe(0, host.LogText);

        foreach (var file in files)
        {
            await Probe.ShouldPassInspectionAsync(file);
            await Probe.ShouldDecodeSilentlyAsync(file);
        }
    }

    [Fact]
    public async Task An_encoder_that_is_killed_leaves_finished_files()
    {
        await using var host = await HostProcess.StartAsync();
        var source = await Clips.GetAsync("bframes");
        await using var first = Ffmpeg.PublishForever(source, host.Url("liverec/lost"));
        await using var second = Ffmpeg.PublishForever(source, host.Url("liverec/flv:tags"));
        string[] files = [host.Home.Content("liverec/lost.mp4"), host.Home.Content("liverec/tags.flv")];
        await Wait.UntilAsync(() => files.All(f => Recorded.Length(f) > 500), "both record");
        first.Kill();
        second.Kill();

        foreach (var file in files)
        {
            await Recorded.FinishedAsync(file);
            await Probe.ShouldPassInspectionAsync(file);
            await Probe.ShouldDecodeSilentlyAsync(file);
            ShouldBegin(Recorded.Packets(file), Recorded.Packets(source), file);
        }
    }

    private static async Task ShouldBeBeginningAsync(string file, string source, double atLeast)
    {
        // A file comes into being with its first fragment.
        if (atLeast < 0 && !File.Exists(file))
            return;
        File.Exists(file).ShouldBeTrue(file);
        Recorded.Length(file).ShouldBeGreaterThan(atLeast, file);
        ShouldBegin(Recorded.Packets(file), Recorded.Packets(source), file);
        await Probe.ShouldDecodeSilentlyAsync(file);
        // The independent reader finds as much as ours.
        (await Probe.PacketsAsync(file)).Count.ShouldBe(Recorded.Packets(file).Count, file);
    }

    /// <summary>Each track holds the beginning of the source, frame by frame.</summary>
    private static void ShouldBegin(List<Packet> recorded, List<Packet> source, string name)
    {
        foreach (var track in source.Select(p => p.Track).Distinct())
        {
            var expected = source.Of(track);
            var actual = recorded.Of(track);
            // A source that is sent again and again goes on behind its end.
            var count = Math.Min(actual.Length, expected.Length);
            actual.Take(count).Select(p => p.Hash).ShouldBe(expected.Take(count).Select(p => p.Hash), $"{name}: {track}");
        }

        recorded.ShouldHaveTimesOf(source, name);
    }
}
