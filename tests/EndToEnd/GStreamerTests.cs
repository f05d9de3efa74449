namespace Tapedeck.EndToEnd.Tests;

public sealed class GStreamerTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private const int Frames = 75;

    /// <summary>rtmp2sink speaks RTMP itself, rtmpsink through librtmp.</summary>
    [Theory]
    [InlineData("rtmp2sink")]
    [InlineData("rtmpsink")]
    public async Task Publishes_and_every_picture_is_recorded(string sink)
    {
        await using var encoder = ChildProcess.Start("gst-launch-1.0", Pipeline(sink, fixture.Host.Url($"liverec/{sink}")));
        await encoder.SucceedAsync();
        var file = fixture.Home.Content($"liverec/{sink}.mp4");
        await Recorded.FinishedAsync(file);

        var packets = await Probe.PacketsAsync(file);
        packets.Count(p => p.IsVideo).ShouldBe(Frames);
        packets.First(p => p.IsVideo).IsKey.ShouldBeTrue();
        packets.Count(p => !p.IsVideo).ShouldBeGreaterThan(100);
        (await Probe.DurationAsync(file)).ShouldBe(3, 0.2);
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(file);
    }

    private static string[] Pipeline(string sink, string url) =>
        ($"-q videotestsrc num-buffers={Frames} ! video/x-raw,width=192,height=108,framerate=25/1 ! x264enc speed-preset=ultrafast key-int-max=25 bframes=0 ! h264parse"
        + $" ! flvmux name=mux streamable=true ! {sink} location={url}"
        + " audiotestsrc num-buffers=129 ! audio/x-raw,rate=44100,channels=1 ! audioconvert ! avenc_aac ! aacparse ! mux.").Split(' ');
}
