using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Viewers of a live stream. ffmpeg and rtmpdump verify the digest of the handshake when they play.</summary>
public sealed class PlayTests : IClassFixture<HostFixture>, IAsyncLifetime
{
    private readonly HostFixture _fixture;
    private readonly TestHome _files = new();
    private ChildProcess _encoder = null!;

    public PlayTests(HostFixture fixture) => _fixture = fixture;

    private string Url => _fixture.Host.Url("live/watched");

    public async Task InitializeAsync()
    {
        _encoder = Ffmpeg.PublishForever(await Clips.GetAsync("bframes"), Url);
        // The host's log tells of every publish; each test has one of its own.
        await Wait.UntilAsync(IsPlayable, "the stream can be played");
    }

    public async Task DisposeAsync()
    {
        await _encoder.DisposeAsync();
        await Wait.UntilAsync(() => !IsPlayable(), "the stream has ended");
        _files.Dispose();
    }

    [Fact]
    public async Task Ffmpeg_joins_late_at_a_key_frame_and_decodes()
    {
        var file = _files["played.flv"];
        await ChildProcess.SucceedAsync("ffmpeg", "-nostdin", "-v", "error", "-rtmp_live", "live", "-i", Url, "-t", "2", "-c", "copy", file);
        var packets = await Probe.PacketsAsync(file);
        packets.First(p => p.IsVideo).IsKey.ShouldBeTrue();
        packets.ShouldContain(p => !p.IsVideo);
        await Probe.ShouldDecodeSilentlyAsync(file);
    }

    [Fact]
    public async Task Ffprobe_gets_a_key_frame_first()
    {
        var flags = await ChildProcess.SucceedAsync(
            "ffprobe", "-v", "error", "-rtmp_live", "live", "-select_streams", "v", "-read_intervals", "%+#5", "-show_entries", "packet=flags", "-of", "csv=p=0", Url);
        flags.ShouldStartWith("K");
    }

    [Fact]
    public async Task Rtmpdump_plays()
    {
        var file = _files["dumped.flv"];
        await using var player = ChildProcess.Start("rtmpdump", "-V", "-v", "-r", Url, "-o", file);
        await Wait.UntilAsync(() => player.HasExited || (File.Exists(file) && new FileInfo(file).Length > 50_000), "rtmpdump has received some seconds");
        player.Terminate();
        await player.ExitAsync();
        player.Text.ShouldContain("NetStream.Play.Start");
        Recorded.Tags(file).First(t => t.IsVideo && !t.IsConfiguration).IsKeyFrame.ShouldBeTrue();
        await Probe.ShouldDecodeSilentlyAsync(file);
    }

    [Theory]
    [InlineData(HandshakeForm.DigestFirst)]
    [InlineData(HandshakeForm.DigestSecond)]
    public async Task The_digest_of_the_handshake_is_right(HandshakeForm form)
    {
        await using var client = await RtmpClient.ConnectAsync(_fixture.Host.Url("live"), new RtmpClientOptions { Handshake = form });
        client.IsServerVerified.ShouldBeTrue();
    }

    [Fact]
    public async Task A_player_of_what_nobody_publishes_is_told_so()
    {
        await using var client = await RtmpClient.ConnectAsync(_fixture.Host.Url("live"));
        var refusal = await Should.ThrowAsync<RtmpStatusException>(() => client.PlayAsync("missing"));
        refusal.Code.ShouldBe("NetStream.Play.StreamNotFound");
        refusal.Description.ShouldContain("missing");
    }

    private bool IsPlayable()
    {
        // Asked over a connection of its own, as a viewer would.
        return Task.Run(async () =>
        {
            await using var client = await RtmpClient.ConnectAsync(_fixture.Host.Url("live"));
            try
            {
                await client.PlayAsync("watched");
                return true;
            }
            catch (RtmpStatusException)
            {
                return false;
            }
        }).GetAwaiter().GetResult();
    }
}
