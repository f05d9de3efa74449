using Tapedeck.Engine.Streams;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Plugins;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests;

/// <summary>Publishers that nobody watches are read in rounds. Real sockets, and a clock that the test moves: between two of its steps nobody reads.</summary>
public sealed class ReceiveRoundsTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly ManualTime _time = new();
    private readonly LogLines _log = new();
    private readonly FakeApplications _applications = new();
    private readonly FakeInstance _live;
    private readonly List<RtmpClient> _clients = [];
    private readonly RtmpServer _server;

    public ReceiveRoundsTests()
    {
        _live = new FakeInstance("live", new SlabPool(), _time);
        _applications.Known["live"] = _live;
        _server = new RtmpServer(new RtmpServerOptions { Listen = ["127.0.0.1:0"], ReceiveInterval = Interval, IdleTimeout = TimeSpan.FromDays(1000) }, _applications, _time, _log);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        await PumpAsync(_server.StopAsync(CancellationToken.None).AsTask());
        await _server.DisposeAsync();
        _live.Dispose();
        _live.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task All_that_has_arrived_is_read_at_once_when_the_clock_strikes()
    {
        var stream = await PublishAsync();
        await stream.SendAsync(MessageType.Video, 0, Flv.AvcHeader);
        for (var i = 0; i < 50; i++)
            await stream.SendAsync(MessageType.Video, (uint)i * 40, i % 25 == 0 ? Flv.Key(i, 30_000) : Flv.Inter(i, 3000));
        await _clients[0].FlushAsync();
        var frames = await PumpAsync(_live.Tap("cam").TakeAsync(51));
        frames.Skip(1).Select(f => f.Packet.Length).Sum().ShouldBe(Enumerable.Range(0, 50).Sum(i => i % 25 == 0 ? Flv.Key(i, 30_000).Length : Flv.Inter(i, 3000).Length));
        frames[50].Packet.ShouldBe(Flv.Inter(49, 3000));
        frames[50].Time.ShouldBe(49 * 40);
    }

    [Fact]
    public async Task With_a_viewer_everything_is_read_at_once()
    {
        var stream = await PublishAsync();
        await SendAsync(stream, 0);
        await PumpAsync(_live.Tap("cam").TakeAsync(2));
        using var viewer = _live.FindStream("cam")!.OpenReader(new ReaderOptions { Start = ReaderStart.Next });
        await SendAsync(stream, 1);
        await PumpAsync(_live.Tap("cam").TakeAsync(2)); // the round that saw the viewer
        await TestServer.WaitForAsync(() => viewer.TryRead() && viewer.Frames.Length >= 2);
        viewer.Advance(viewer.Frames.Length);
        for (var i = 2; i < 20; i++)
        {
            await SendAsync(stream, i);
            (await _live.Tap("cam").TakeAsync(2)).Count.ShouldBe(2); // the clock stands still
        }
    }

    [Fact]
    public async Task A_command_behind_media_is_answered_in_order_and_reading_in_rounds_goes_on()
    {
        var stream = await PublishAsync();
        for (var i = 0; i < 3; i++)
        {
            await SendAsync(stream, i);
            (await PumpAsync(_clients[0].CallAsync("_checkbw"))).ShouldNotBeNull();
            (await _live.Tap("cam").TakeAsync(2)).Count.ShouldBe(2); // what came before it was there before the answer
        }
    }

    [Fact]
    public async Task An_encoder_that_goes_is_seen_with_the_next_round()
    {
        var stream = await PublishAsync();
        await SendAsync(stream, 0);
        await _clients[0].DisposeAsync();
        await PumpAsync(_live.Tap("cam").TakeAsync(2));
        await PumpAsync(() => _log.Closed.Count == 1);
        _log.Closed.ShouldHaveSingleItem().ShouldContain("live/_definst_");
        _live.FindStream("cam").ShouldBeNull();
    }

    [Fact]
    public async Task Broken_chunks_end_the_connection_and_what_came_before_them_counts()
    {
        var stream = await PublishAsync();
        await SendAsync(stream, 0);
        await _clients[0].SendAsync(99, MessageType.Video, 0, Flv.Key(1)); // a message stream that was never made
        await _clients[0].FlushAsync();
        await PumpAsync(_live.Tap("cam").TakeAsync(2));
        await PumpAsync(() => _log.Closed.Count == 1);
        _log.Closed.ShouldHaveSingleItem().ShouldContain("99");
        (await _live.Tap("cam").RestAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_flood_is_read_as_it_comes_and_in_rounds_again_when_it_is_over()
    {
        var stream = await PublishAsync();
        var sent = 0;
        // Two rounds' worth can never lie in the socket's buffers together with what the client holds: somebody has to read while the clock stands still.
        var flood = Task.Run(async () =>
        {
            for (; sent < 400; sent++)
                await stream.SendAsync(MessageType.Video, (uint)sent, Flv.Key(sent, 100_000));
            await _clients[0].FlushAsync();
        });
        var frames = PumpAsync(_live.Tap("cam").TakeAsync(400));
        await PumpAsync(flood);
        (await frames).Select(f => f.Packet.Length).ShouldAllBe(l => l == Flv.Key(0, 100_000).Length);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await SendAsync(stream, 1000 + i);
            await PumpAsync(_live.Tap("cam").TakeAsync(2));
        }
    }

    [Fact]
    public async Task Stopping_the_host_does_not_wait_for_a_round()
    {
        var stream = await PublishAsync();
        await SendAsync(stream, 0);
        await PumpAsync(_live.Tap("cam").TakeAsync(2));
        var published = _live.FindStream("cam")!;
        await _server.StopAsync(CancellationToken.None).AsTask().WaitAsync(TestServer.Patience);
        (await published.Ended).ShouldBe(StreamEndReason.Shutdown);
    }

    private async Task<RtmpClientStream> PublishAsync()
    {
        ((IServer)_server).Addresses.ShouldBeEmpty();
        await _server.StartAsync(CancellationToken.None);
        var client = await RtmpClient.ConnectAsync(_server.Addresses[0] + "/live");
        _clients.Add(client);
        return await client.PublishAsync("cam");
    }

    private async Task SendAsync(RtmpClientStream stream, int i)
    {
        await stream.SendAsync(MessageType.Video, (uint)i * 40, Flv.Key(i));
        await stream.SendAsync(MessageType.Audio, (uint)i * 40, Flv.Aac(i));
        await _clients[0].FlushAsync();
    }

    /// <summary>Lets the clock strike until it is done.</summary>
    private async Task<T> PumpAsync<T>(Task<T> task)
    {
        await PumpAsync((Task)task);
        return await task;
    }

    private async Task PumpAsync(Task task)
    {
        await PumpAsync(() => task.IsCompleted);
        await task;
    }

    private Task PumpAsync(Func<bool> condition) => TestServer.WaitForAsync(() =>
    {
        if (condition())
            return true;
        _time.Advance(Interval);
        return false;
    });
}
