using System.Net.Sockets;
using System.Text;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Bytes that are no RTMP, and a disk that cannot be written: publishers who do it right do not notice.</summary>
public sealed class BadInputTests
{
    private const int HandshakeBytes = 1 + 1536;

    [Fact]
    public async Task Garbage_harms_nobody_else_and_is_logged()
    {
        await using var host = await HostProcess.StartAsync(null, "rtmp.handshakeTimeout=1s");
        var clip = await Clips.GetAsync("bframes");
        await using var encoder = Ffmpeg.Publish(clip, host.Url("liverec/calm"));
        await host.LogLineAsync("publishes liverec/_definst_/calm");

        var random = new Random(1);
        var noise = new byte[100_000];
        random.NextBytes(noise);
        byte[][] attacks =
        [
            noise,
            Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, .. noise[..508]],
            [3],
            [3, .. noise[..700]],
            [3, .. new byte[HandshakeBytes - 1]],
            [.. Handshake(), .. noise[..5000]],
            // A message of 16 MB on a chunk stream, announced and never sent.
            [.. Handshake(), 0x03, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x14, 0, 0, 0, 0, 1, 2, 3],
            // Audio before connect.
            [.. Handshake(), 0x04, 0, 0, 0, 0, 0, 2, 0x08, 1, 0, 0, 0, 0xAF, 0x01],
            [],
        ];
        await Task.WhenAll(attacks.Select(a => AttackAsync(host.Port, a)));
        await encoder.SucceedAsync();

        var file = host.Home.Content("liverec/calm.mp4");
        await Recorded.FinishedAsync(file);
        (await Probe.PacketsAsync(file)).ShouldBeRecordingOf(await Probe.PacketsAsync(clip), "calm");
        host.Log.ShouldNotContain(l => l.Contains("internal error", StringComparison.Ordinal));
        host.Log.Count(l => l.Contains(" closed: ", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(attacks.Length);
        (await host.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_storage_that_cannot_be_written_is_told_to_the_publisher_and_the_log()
    {
        using var home = new TestHome();
        home.Write("applications/blocked/Application.yaml", "streamType: live-record\n");
        home.Write("applications/open/Application.yaml", "streamType: live-record\n");
        home.Write("content/blocked", "a file where a folder should be");
        await using var host = await HostProcess.StartOnAsync(home, "recording.refuseWithoutDisk=true");
        await using var encoder = await Encoder.ConnectAsync(host.Url("blocked"));

        var refusal = await Should.ThrowAsync<RtmpStatusException>(() => encoder.PublishAsync("stream"));
        refusal.Code.ShouldBe("NetStream.Record.NoAccess");
        await host.LogLineAsync("may not publish blocked/_definst_/stream");
        refusal.Description.ShouldContain(home.Content("blocked"));

        await using (await Encoder.PublishClipAsync(host.Url("open"), "stream", await Clips.GetAsync("plain"))) { }
        await Probe.ShouldPassInspectionAsync(home.Content("open/stream.mp4"));
        home.Recordings().ShouldBe(["blocked", "open/stream.mp4"]);
    }

    /// <summary>A whole simple handshake of the client: C0, C1 and any C2.</summary>
    private static byte[] Handshake() => [3, .. new byte[1536], .. new byte[1536]];

    /// <summary>Sends, then reads until the server closes.</summary>
    private static async Task AttackAsync(int port, byte[] bytes)
    {
        using var deadline = new CancellationTokenSource(Wait.Patience);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, deadline.Token);
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(bytes, deadline.Token);
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer, deadline.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset: closed as well.
        }
    }
}
