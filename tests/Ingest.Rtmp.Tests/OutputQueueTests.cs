using System.Buffers;
using Tapedeck.Ingest.Rtmp.Tests.Kit;

namespace Tapedeck.Ingest.Rtmp.Tests;

public sealed class OutputQueueTests : IDisposable
{
    private readonly GatedStream _transport = new();
    private readonly List<string> _overflows = [];

    public void Dispose() => _transport.Dispose();

    [Fact]
    public async Task Everything_written_by_many_tasks_arrives_once_and_whole()
    {
        var queue = Queue();
        _transport.Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
                Write(queue, (byte)writer, 10);
        })));
        await queue.DrainAsync().WaitAsync(TestServer.Patience);
        var sent = _transport.Sent;
        sent.Length.ShouldBe(8 * 2000 * 10);
        for (var at = 0; at < sent.Length; at += 10)
            sent.AsSpan(at, 10).IndexOfAnyExcept(sent[at]).ShouldBe(-1);
        queue.BytesSent.ShouldBe(sent.Length);
        queue.IsSending.ShouldBeFalse();
        _overflows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Draining_waits_for_the_last_byte_and_not_when_there_is_none()
    {
        var queue = Queue();
        queue.DrainAsync().IsCompleted.ShouldBeTrue();
        Write(queue, 1, 10);
        var drained = queue.DrainAsync();
        await _transport.Entered();
        drained.IsCompleted.ShouldBeFalse();
        queue.IsSending.ShouldBeTrue();
        _transport.Open();
        await drained.WaitAsync(TestServer.Patience);
        _transport.Sent.Length.ShouldBe(10);
    }

    [Fact]
    public async Task Replies_that_nobody_takes_overflow_and_media_does_not()
    {
        var queue = Queue(100);
        Write(queue, 1, 10);
        await _transport.Entered();
        Write(queue, 2, 5000, isMedia: true);
        Write(queue, 3, 100);
        _overflows.ShouldBeEmpty();
        Write(queue, 4, 1);
        _overflows.ShouldHaveSingleItem().ShouldContain("more than 100 bytes (rtmp.maxPendingBytes)");
    }

    [Fact]
    public async Task Room_is_there_again_when_the_transport_has_taken_what_waited()
    {
        var queue = Queue();
        (await queue.WaitForRoomAsync(10)).ShouldBeTrue();
        Write(queue, 1, 1, isMedia: true);
        await _transport.Entered();
        Write(queue, 2, 50, isMedia: true);
        (await queue.WaitForRoomAsync(51)).ShouldBeTrue();
        var room = queue.WaitForRoomAsync(50).AsTask();
        var other = queue.WaitForRoomAsync(50).AsTask(); // two players of one connection
        room.IsCompleted.ShouldBeFalse();
        _transport.Open();
        (await room.WaitAsync(TestServer.Patience)).ShouldBeTrue();
        (await other.WaitAsync(TestServer.Patience)).ShouldBeTrue();
    }

    [Fact]
    public async Task Closing_releases_whoever_waits_and_takes_nothing_more()
    {
        var queue = Queue();
        Write(queue, 1, 1);
        await _transport.Entered();
        Write(queue, 2, 50);
        var room = queue.WaitForRoomAsync(10).AsTask();
        var drained = queue.DrainAsync();
        queue.Close();
        (await room.WaitAsync(TestServer.Patience)).ShouldBeFalse();
        await drained.WaitAsync(TestServer.Patience);
        Write(queue, 3, 1).ShouldBeFalse();
        (await queue.WaitForRoomAsync(1000)).ShouldBeFalse();
        queue.DrainAsync().IsCompleted.ShouldBeTrue();
        queue.IsSending.ShouldBeFalse();
        _transport.Open();
        await TestServer.WaitForAsync(() => _transport.Sent.Length == 1); // what the transport had been given
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(ObjectDisposedException))]
    [InlineData(typeof(NotSupportedException))]
    [InlineData(typeof(OperationCanceledException))]
    public async Task A_transport_that_fails_closes_the_queue_whatever_it_throws(Type type)
    {
        var queue = Queue();
        Write(queue, 1, 1);
        await _transport.Entered();
        Write(queue, 2, 50);
        var room = queue.WaitForRoomAsync(10).AsTask();
        var drained = queue.DrainAsync();
        _transport.Fail(type == typeof(ObjectDisposedException) ? new ObjectDisposedException("x") : (Exception)Activator.CreateInstance(type)!);
        (await room.WaitAsync(TestServer.Patience)).ShouldBeFalse();
        await drained.WaitAsync(TestServer.Patience);
        Write(queue, 3, 1).ShouldBeFalse();
    }

    [Fact]
    public async Task A_large_piece_goes_out_in_parts_that_are_seen()
    {
        var queue = Queue(1 << 30);
        Write(queue, 1, 300_000, isMedia: true);
        for (var part = 1; part <= 5; part++)
        {
            await _transport.Entered();
            queue.BytesSent.ShouldBe((part - 1) * 65_536);
            _transport.LetOne();
        }

        await queue.DrainAsync().WaitAsync(TestServer.Patience);
        queue.BytesSent.ShouldBe(300_000);
    }

    [Fact]
    public async Task No_wake_up_is_lost_between_writers_waiters_and_the_sending_loop()
    {
        var queue = Queue(1 << 30);
        _transport.Open();
        var players = Enumerable.Range(0, 4).Select(player => Task.Run(async () =>
        {
            for (var i = 0; i < 5000; i++)
            {
                Write(queue, (byte)player, 100, isMedia: true).ShouldBeTrue();
                (await queue.WaitForRoomAsync(50)).ShouldBeTrue();
            }
        })).ToArray();
        await Task.WhenAll(players).WaitAsync(TestServer.Patience);
        await queue.DrainAsync().WaitAsync(TestServer.Patience);
        queue.BytesSent.ShouldBe(4 * 5000 * 100);
    }

    private static bool Write(OutputQueue queue, byte value, int count, bool isMedia = false) => queue.Write((value, count), static (_, buffer, s) =>
    {
        buffer.GetSpan(s.count)[..s.count].Fill(s.value);
        buffer.Advance(s.count);
    }, isMedia);

    private OutputQueue Queue(int most = 1 << 20) => new(_transport, most, _overflows.Add);
}
