namespace Tapedeck.EndToEnd.Tests;

public sealed class TlsTests
{
    [Fact]
    public async Task Rtmps_records_what_ffmpeg_publishes_over_TLS()
    {
        var home = new TestHome();
        var (certificate, key) = (home["certificate.pem"], home["key.pem"]);
        await ChildProcess.SucceedAsync(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate);
        await using var host = await HostProcess.StartAsync(
            home, "rtmp.listenTls=127.0.0.1:0", $"rtmp.certificateFile={certificate}", $"rtmp.certificateKeyFile={key}");
        var clip = await Clips.GetAsync("bframes");
        await using var encoder = Ffmpeg.Publish(clip, $"{await host.AddressAsync("rtmps")}/liverec/secret", "-tls_verify", "0");
        await encoder.SucceedAsync();

        var file = home.Content("liverec/secret.mp4");
        await Recorded.FinishedAsync(file);
        (await Probe.PacketsAsync(file)).ShouldBeRecordingOf(await Probe.PacketsAsync(clip), "secret");
        await Probe.ShouldDecodeSilentlyAsync(file);
    }
}
