namespace Tapedeck.EndToEnd.Tests;

public sealed class GStreamerTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private const int Frames = 75;

    [Fact]
    public async Task Rtmp2sink_publishes_and_every_picture_is_recorded()
    {
        await using var encoder = ChildProcess.Start("gst-launch-1.0", Pipeline(fixture.Host.Url("liverec/gst")));
        await encoder.SucceedAsync();
        var file = fixture.Home.Content("liverec/gst.mp4");
        await Recorded.FinishedAsync(file);

        var packets = await Probe.PacketsAsync(file);
        packets.Count(p => p.IsVideo).ShouldBe(Frames);
        packets.First(p => p.IsVideo).IsKey.ShouldBeTrue();
        packets.Count(p => !p.IsVideo).ShouldBeGreaterThan(100);
        (await Probe.DurationAsync(file)).ShouldBe(3, 0.2);
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(file);
    }

    private static string[] Pipeline(string url) =>
        ($"-q videotestsrc num-buffers={Frames} ! video/x-raw,width=192,height=108,framerate=25/1 ! x264enc speed-preset=ultrafast key-int-max=25 bframes=0 ! h264parse"
        + $" ! flvmux name=mux streamable=true ! rtmp2sink location={url}"
        + " audiotestsrc num-buffers=129 ! audio/x-raw,rate=44100,channels=1 ! audioconvert ! avenc_aac ! aacparse ! mux.").Split(' ');
}
