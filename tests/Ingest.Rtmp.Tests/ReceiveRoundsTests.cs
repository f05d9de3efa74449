using Tapedeck.Engine.Streams;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
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
        _server = new RtmpServer(new RtmpServerOptions { Listen = ["127.0.0.1:0"], ReceiveInterval = Interval, IdleTimeout = TimeSpan.FromDays(1000), SendTimeout = TimeSpan.FromDays(1000) }, _applications, _time, _log);
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
    public async Task A_publisher_is_read_at_once_in_its_first_second()
    {
        var stream = await PublishAsync();
        for (var i = 0; i < 10; i++)
        {
            await SendAsync(stream, i);
            (await _live.Tap("cam").TakeAsync(2)).Count.ShouldBe(2); // the clock stands still
        }
    }

    [Fact]
    public async Task Then_nothing_is_read_before_the_clock_strikes_and_then_all_of_it()
    {
        var stream = await PublishInRoundsAsync();
        await using var other = await RtmpClient.ConnectAsync(_server.Addresses[0] + "/live");
        var waited = false;
        for (var i = 1; i < 20 && !waited; i++)
        {
            var before = Received;
            await SendAsync(stream, i);
            // What arrives just as the connection begins to wait may be read at once.
            for (var turn = 0; turn < 50; turn++)
                await other.CallAsync("_checkbw");
            waited = Received == before;
            await SendAsync(stream, 100 + i);
            (await PumpAsync(_live.Tap("cam").TakeAsync(4))).Count.ShouldBe(4);
        }

        waited.ShouldBeTrue();
    }

    [Fact]
    public async Task What_fills_the_window_is_read_without_a_stroke()
    {
        var stream = await PublishInRoundsAsync();
        for (var i = 0; i < 30; i++)
        {
            await stream.SendAsync(MessageType.Video, (uint)i * 40, Flv.Key(i, 200_000));
            await _clients[0].FlushAsync();
        }

        // The last 32 KiB, less than is urgent, may lie there until the clock strikes.
        var frames = await _live.Tap("cam").TakeAsync(29);
        frames.Select(f => f.Packet.Length).ShouldAllBe(l => l == Flv.Key(0, 200_000).Length);
        (await PumpAsync(_live.Tap("cam").TakeAsync(1)))[0].Packet.ShouldBe(Flv.Key(29, 200_000));
    }

    [Fact]
    public async Task With_a_viewer_everything_is_read_at_once()
    {
        var stream = await PublishInRoundsAsync();
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
    public async Task What_no_recording_needs_yet_stays_where_it_is_for_some_strokes()
    {
        var stream = await PublishInRoundsAsync();
        _live.Tap("cam").Dispose(); // wants each frame
        using var recorder = _live.FindStream("cam")!.OpenReader(new ReaderOptions { Start = ReaderStart.Next, Lossless = true });
        var (most, frame) = (0, 0);
        for (var i = 0; i < 20; i++)
        {
            // Long fragments: read at every fourth stroke. A fragment that the next frames fill: at the first.
            var isDue = i % 2 == 0;
            var fragment = recorder.WaitAsync(isDue ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(3));
            var before = Received;
            await SendAsync(stream, ++frame);
            var strokes = 0;
            await PumpAsync(() => Received != before || ++strokes > 1000);
            if (isDue)
                strokes.ShouldBeLessThanOrEqualTo(3); // one, unless the bytes came between two
            else
                await SendAsync(stream, frame += 125);
            most = Math.Max(most, strokes);
            await PumpAsync(fragment.AsTask());
            recorder.Advance(recorder.Frames.Length);
        }

        most.ShouldBeInRange(4, 8);
    }

    [Fact]
    public async Task Who_sends_ahead_of_his_clock_waits_for_a_recorder_and_nothing_is_lost()
    {
        var stream = await PublishAsync();
        _live.Tap("cam").Dispose();
        using var recorder = _live.FindStream("cam")!.OpenReader(new ReaderOptions { Start = ReaderStart.Next, Lossless = true, MaxLagBytes = 8 * 1024 * 1024 });
        const int Frames = 200;
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < Frames; i++)
            {
                await stream.SendAsync(MessageType.Video, (uint)i * 40, Flv.Key(i, 200_000));
                await _clients[0].FlushAsync();
            }
        });
        await TestServer.WaitForAsync(() => Received > 2 * 1024 * 1024);
        var read = 0;
        await TestServer.WaitForAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(1)); // held, he is looked at again so often
            if (recorder.TryRead())
            {
                read += recorder.Frames.Length;
                recorder.Advance(recorder.Frames.Length);
            }

            return read == Frames;
        });
        await sending;
        recorder.LostFrames.ShouldBe(0);
    }

    [Fact]
    public async Task A_command_behind_media_is_answered_in_order_and_reading_in_rounds_goes_on()
    {
        var stream = await PublishInRoundsAsync();
        for (var i = 0; i < 3; i++)
        {
            await SendAsync(stream, i);
            (await PumpAsync(_clients[0].CallAsync("_checkbw"))).ShouldNotBeNull();
            (await _live.Tap("cam").TakeAsync(2)).Count.ShouldBe(2); // what came before it was there before the answer
        }
    }

    [Fact]
    public async Task An_encoder_that_goes_is_seen_without_a_stroke()
    {
        var stream = await PublishInRoundsAsync();
        await SendAsync(stream, 0);
        await _clients[0].DisposeAsync();
        await _live.Tap("cam").TakeAsync(2);
        await TestServer.WaitForAsync(() => _log.Closed.Count == 1);
        _log.Closed.ShouldHaveSingleItem().ShouldContain("live/_definst_");
        _live.FindStream("cam").ShouldBeNull();
    }

    [Fact]
    public async Task Broken_chunks_end_the_connection_and_what_came_before_them_counts()
    {
        var stream = await PublishInRoundsAsync();
        await SendAsync(stream, 0);
        await _clients[0].SendAsync(99, MessageType.Video, 0, Flv.Key(1)); // a message stream that was never made
        await _clients[0].FlushAsync();
        await PumpAsync(_live.Tap("cam").TakeAsync(2));
        await PumpAsync(() => _log.Closed.Count == 1);
        _log.Closed.ShouldHaveSingleItem().ShouldContain("99");
        (await _live.Tap("cam").RestAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Stopping_the_host_does_not_wait_for_a_round()
    {
        await PublishInRoundsAsync();
        var published = _live.FindStream("cam")!;
        await _server.StopAsync(CancellationToken.None).AsTask().WaitAsync(TestServer.Patience);
        (await published.Ended).ShouldBe(StreamEndReason.Shutdown);
    }

    private long Received => _live.FindStream("cam")!.BytesReceived;

    private async Task<RtmpClientStream> PublishAsync()
    {
        await _server.StartAsync(CancellationToken.None);
        var client = await RtmpClient.ConnectAsync(_server.Addresses[0] + "/live");
        _clients.Add(client);
        return await client.PublishAsync("cam");
    }

    /// <summary>A publisher whose first second is over.</summary>
    private async Task<RtmpClientStream> PublishInRoundsAsync()
    {
        var stream = await PublishAsync();
        await SendAsync(stream, 0);
        await _live.Tap("cam").TakeAsync(2);
        _time.Advance(TimeSpan.FromSeconds(1));
        await SendAsync(stream, 0);
        await PumpAsync(_live.Tap("cam").TakeAsync(2)); // the second message may come after the server has begun to wait
        await TestServer.WaitForAsync(() => _time.TimersWaiting == 2); // that of the rounds beside the server's own
        return stream;
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
