using Microsoft.Extensions.Logging;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Modules;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Sessions;

/// <summary>Clients that dawdle, and what they never do to others.</summary>
public sealed class TimeLimitTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static TheoryData<string, byte[]> Slow => new()
    {
        { "nothing", [] },
        { "half a handshake", [3, .. new byte[500]] },
        { "a handshake and no connect", [3, .. new byte[3072]] },
    };

    [Theory]
    [MemberData(nameof(Slow))]
    public async Task Who_does_not_connect_in_time_is_closed(string what, byte[] sent)
    {
        await using var server = new TestServer();
        var client = server.Open();
        if (sent.Length > 0)
            await client.SendAsync(sent);
        server.Time.Advance(10 * Second);
        client.Connection.CheckTimeouts();
        client.Session.IsCompleted.ShouldBeFalse(what);
        server.Time.Advance(Second);
        client.Connection.CheckTimeouts();
        await client.Session;
        server.Log.All.ShouldHaveSingleItem().Text.ShouldContain("no connect within 10 s (rtmp.handshakeTimeout)");
    }

    [Fact]
    public async Task A_publisher_that_falls_silent_ends_as_idle_and_others_go_on()
    {
        await using var server = new TestServer();
        var silent = await server.PublishAsync("silent");
        var other = await server.PublishAsync("other");
        var (first, second) = (server.Live.FindStream("silent")!, server.Live.FindStream("other")!);
        server.Time.Advance(29 * Second);
        await other.Ping(1).SendAsync();
        await other.ExpectAsync("pong 1");
        server.Time.Advance(2 * Second);
        silent.Connection.CheckTimeouts();
        other.Connection.CheckTimeouts();
        (await first.Ended.WaitAsync(TestServer.Patience)).ShouldBe(StreamEndReason.Idle);
        await silent.Session;
        server.Log.Closed.ShouldHaveSingleItem().ShouldContain("nothing received for 30 s (rtmp.idleTimeout)");
        second.Ended.IsCompleted.ShouldBeFalse();
        (await other.SyncAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_viewer_need_not_say_anything()
    {
        await using var server = new TestServer();
        var encoder = await server.PublishAsync();
        var viewer = await server.ConnectAsync();
        await viewer.Command("createStream", 2).On(1, "play", 0, "cam").SendAsync();
        await viewer.ExpectAsync("_result 2 1", "begin 1", "onStatus@1 NetStream.Play.Reset", "onStatus@1 NetStream.Play.Start");
        server.Time.Advance(100 * Second);
        viewer.Connection.CheckTimeouts();
        await encoder.Video(0, Flv.AvcHeader).Video(0, Flv.Key(1)).SendAsync();
        await viewer.ExpectAsync("Video@1 0", "Video@1 0");
        viewer.Session.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_publisher_that_also_plays_is_still_a_publisher()
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync();
        await client.Command("createStream", 2).On(2, "play", 0, "cam").SendAsync();
        await client.ExpectAsync("_result 2 2", "begin 2", "onStatus@2 NetStream.Play.Reset", "onStatus@2 NetStream.Play.Start");
        server.Time.Advance(31 * Second);
        client.Connection.CheckTimeouts();
        await client.Session;
        server.Log.Closed.ShouldHaveSingleItem().ShouldContain("rtmp.idleTimeout");
    }

    [Fact]
    public async Task A_client_that_takes_nothing_is_closed_after_the_send_timeout()
    {
        var hour = TimeSpan.FromHours(1);
        await using var server = new TestServer(new RtmpServerOptions { IdleTimeout = hour, HandshakeTimeout = hour });
        var client = server.Open(window: 2000, reads: false);
        await client.Handshake().Connect("live").SendAsync();
        await client.SeeOutputAsync();
        await TestServer.WaitForAsync(() => server.Live.Connected == 1);
        for (var i = 0; i <= 40 && server.Log.All.Count == 0; i++)
        {
            client.Connection.CheckTimeouts();
            server.Time.Advance(Second);
        }

        await client.Session;
        server.Log.All.ShouldHaveSingleItem().Text.ShouldContain("the client took nothing for 30 s (rtmp.sendTimeout)");
    }

    [Fact]
    public async Task A_client_that_reads_slowly_is_not_closed()
    {
        var hour = TimeSpan.FromHours(1);
        await using var server = new TestServer(new RtmpServerOptions { IdleTimeout = hour, SendTimeout = 30 * Second });
        server.Live.HasTaps = false;
        var encoder = await server.PublishAsync();
        await encoder.ChunkSize(500_000).Video(0, Flv.AvcHeader).Video(0, Flv.Key(1, 2_000_000)).SendAsync();
        await encoder.SyncAsync();
        var viewer = server.Open(window: 10_000, reads: false);
        await viewer.Handshake().Connect("live").Command("createStream", 2).On(1, "play", 0, "cam").SendAsync();
        long taken = 0;
        while (taken < 1_900_000)
        {
            taken += await viewer.TakeOutputAsync();
            viewer.Connection.CheckTimeouts();
            server.Time.Advance(20 * Second);
            viewer.Connection.CheckTimeouts();
        }

        viewer.Session.IsCompleted.ShouldBeFalse();
        server.Log.Closed.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_ping_flood_that_nobody_reads_closes_its_own_connection()
    {
        await using var server = new TestServer(new RtmpServerOptions { MaxPendingBytes = 16_384 });
        var other = await server.PublishAsync("other");
        var client = server.Open(window: 1000, reads: false);
        client.Handshake().Connect("live");
        for (var i = 0; i < 5000; i++)
            client.Ping((uint)i);
        await client.SendAsync();
        await TestServer.WaitForAsync(() => server.Time.TimersWaiting > 0); // its last words
        server.Time.Advance(3 * Second);
        await client.Session;
        server.Log.All.Where(l => l.Text.Contains(" closed: ", StringComparison.Ordinal)).ShouldHaveSingleItem()
            .Text.ShouldContain("the client does not read: more than 16384 bytes (rtmp.maxPendingBytes)");
        await other.Video(0, Flv.AvcHeader).SendAsync();
        (await server.Live.Tap("other").TakeAsync(1)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Closing_while_a_module_decides_about_the_client_ends_it_afterwards()
    {
        await using var server = new TestServer();
        var gate = new TaskCompletionSource<Decision>();
        server.Live.OnConnect = _ => new(gate.Task);
        var client = server.Open();
        await client.Handshake().Connect("live").SendAsync();
        await TestServer.WaitForAsync(() => server.Applications.Asked.Count == 1);
        client.Connection.Close("enough");
        client.Session.IsCompleted.ShouldBeFalse();
        gate.SetResult(Decision.Allow);
        await client.Session;
        server.Log.All.ShouldHaveSingleItem().Text.ShouldContain("closed: enough");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(3073)]
    public async Task Closing_during_the_handshake_ends_it(int sent)
    {
        await using var server = new TestServer();
        var client = server.Open();
        byte[] handshake = [3, .. new byte[3072]];
        if (sent > 0)
            await client.SendAsync(handshake.AsSpan(0, sent));
        client.Connection.Close("the host stops", StreamEndReason.Shutdown);
        await client.Session;
        client.Connection.Close("again");
        server.Log.All.ShouldHaveSingleItem().Text.ShouldContain("closed: the host stops");
    }

    [Theory]
    [InlineData(StreamEndReason.Shutdown)]
    [InlineData(StreamEndReason.TakenOver)]
    public async Task Close_with_a_reason_ends_all_streams_with_it(StreamEndReason reason)
    {
        await using var server = new TestServer();
        var client = await server.PublishAsync("one");
        await client.Command("createStream", 4).On(2, "publish", 0, "two").SendAsync();
        await client.SyncAsync();
        var streams = server.Live.Streams.ToList();
        client.Connection.Close("because", reason);
        await client.Session;
        foreach (var stream in streams)
            (await stream.Ended).ShouldBe(reason);
        server.Log.Closed.ShouldHaveSingleItem().ShouldContain("closed: because");
    }

    [Fact]
    public async Task Media_and_the_end_in_one_piece_are_both_received()
    {
        await using var server = new TestServer();
        for (var i = 0; i < 50; i++)
        {
            var client = await server.PublishAsync();
            await client.Video(0, Flv.AvcHeader).Video(0, Flv.Key(i)).SendAsync();
            await client.CloseAsync();
            (await server.Live.Tap("cam").RestAsync())[1].Packet.ShouldBe(Flv.Key(i));
        }

        server.Log.AtLeast(LogLevel.Warning).ShouldBeEmpty();
    }

    [Fact]
    public async Task Closing_from_many_threads_while_media_arrives_is_one_end()
    {
        await using var server = new TestServer();
        for (var i = 0; i < 30; i++)
        {
            var client = await server.PublishAsync();
            var sending = Task.Run(async () =>
            {
                for (var n = 0; n < 20; n++)
                    await client.Video((uint)n, Flv.Key(n, 3000)).SendAsync();
            });
            await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(() => client.Connection.Close($"closer {n}"))));
            await sending;
            await client.Session;
        }

        server.Log.Closed.ShouldAllBe(l => l.Contains("closed: closer", StringComparison.Ordinal));
    }
}
