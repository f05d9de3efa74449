using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests.Streams;

public sealed class WaitTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TestStream _stream = new();

    [Fact]
    public async Task Without_a_span_one_frame_is_enough()
    {
        using var reader = _stream.Recorder();
        var wait = reader.WaitAsync();
        wait.IsCompleted.ShouldBeFalse();
        _stream.Video(0, key: true);
        (await wait).ShouldBeTrue();
        reader.Frames.Length.ShouldBe(1);
    }

    [Fact]
    public async Task What_lies_ahead_already_is_not_waited_for()
    {
        using var reader = _stream.Recorder();
        _stream.Run(30);
        var wait = reader.WaitAsync(Second);
        wait.IsCompleted.ShouldBeTrue();
        (await wait).ShouldBeTrue();
        reader.Frames.Length.ShouldBe(30);
    }

    [Fact]
    public async Task A_span_of_media_time_is_waited_for()
    {
        using var reader = _stream.Recorder();
        _stream.Video(0, key: true);
        var wait = reader.WaitAsync(Second);
        for (var time = 40; time < 1000; time += 40)
            _stream.Video(time);
        wait.IsCompleted.ShouldBeFalse();
        _stream.Video(1000);
        wait.IsCompleted.ShouldBeTrue();
        (await wait).ShouldBeTrue();
        reader.Frames.Length.ShouldBe(26);
    }

    [Fact]
    public async Task Media_whose_clock_stands_still_is_delivered_by_the_wall_clock()
    {
        using var reader = _stream.Recorder();
        _stream.Video(0, key: true);
        var wait = reader.WaitAsync(Second);
        for (var i = 0; i < 30; i++)
        {
            _stream.Time.Advance(TimeSpan.FromMilliseconds(90));
            _stream.Video(0);
        }

        wait.IsCompleted.ShouldBeFalse();
        _stream.Time.Advance(TimeSpan.FromMilliseconds(400));
        _stream.Video(0);
        wait.IsCompleted.ShouldBeTrue();
        (await wait).ShouldBeTrue();
        reader.Frames.Length.ShouldBe(32);
    }

    [Fact]
    public async Task The_span_counts_from_the_position_not_from_the_call()
    {
        using var reader = _stream.Recorder();
        _stream.Run(20); // 0 to 760 ms
        reader.TryRead(10);
        reader.Advance(10); // the next is at 400 ms
        var wait = reader.WaitAsync(Second);
        while (_stream.Next * 40 < 1400)
            _stream.Video(_stream.Next * 40);
        wait.IsCompleted.ShouldBeFalse();
        _stream.Video(1400);
        (await wait).ShouldBeTrue();
        reader.Frames.Span[0].Position.ShouldBe(10);
    }

    [Fact]
    public async Task A_quarter_of_the_allowed_lag_ends_the_wait()
    {
        using var reader = _stream.Recorder(maximumLag: 400_000);
        var wait = reader.WaitAsync(TimeSpan.FromHours(1));
        _stream.Run(99);
        wait.IsCompleted.ShouldBeFalse();
        _stream.Run(10);
        (await wait).ShouldBeTrue();
        var again = reader.WaitAsync(TimeSpan.FromHours(1));
        again.IsCompleted.ShouldBeTrue();
        (await again).ShouldBeTrue();
    }

    [Fact]
    public async Task The_end_ends_the_wait()
    {
        using var reader = _stream.Recorder();
        _stream.Run(2);
        var wait = reader.WaitAsync(Second);
        _stream.End();
        (await wait).ShouldBeTrue();
        reader.Frames.Length.ShouldBe(2);
        reader.Advance(2);
        (await reader.WaitAsync(Second)).ShouldBeFalse();
    }

    [Fact]
    public async Task The_end_of_an_empty_stream_ends_the_wait()
    {
        using var reader = _stream.Viewer();
        var wait = reader.WaitAsync();
        _stream.End();
        (await wait).ShouldBeFalse();
    }

    [Fact]
    public async Task The_end_shows_what_was_appended_and_not_committed()
    {
        using var reader = _stream.Recorder();
        _stream.Append(_stream.VideoTrack, 0, key: true);
        _stream.End();
        (await reader.WaitAsync()).ShouldBeTrue();
        reader.Drain().ShouldBe([0]);
    }

    [Fact]
    public async Task At_most_the_wanted_number_is_delivered()
    {
        using var reader = _stream.Recorder();
        _stream.Run(10);
        (await reader.WaitAsync(maximumFrames: 4)).ShouldBeTrue();
        reader.Frames.Length.ShouldBe(4);
        reader.Advance(4);
        var wait = reader.WaitAsync(Second, maximumFrames: 3);
        _stream.Run(30);
        (await wait).ShouldBeTrue();
        reader.Frames.Length.ShouldBe(3);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await reader.WaitAsync(maximumFrames: 0));
    }

    [Fact]
    public async Task A_cancelled_wait_throws_and_the_reader_goes_on()
    {
        using var reader = _stream.Recorder();
        using var cancel = new CancellationTokenSource();
        _stream.Run(1);
        var wait = reader.WaitAsync(Second, cancellationToken: cancel.Token).AsTask();
        await cancel.CancelAsync();
        (await Should.ThrowAsync<OperationCanceledException>(wait)).CancellationToken.ShouldBe(cancel.Token);
        reader.Drain().ShouldBe([0]);
        var next = reader.WaitAsync();
        _stream.Run(1);
        (await next).ShouldBeTrue();
    }

    [Fact]
    public async Task A_token_cancelled_before_throws_at_once()
    {
        using var reader = _stream.Recorder();
        _stream.Run(1);
        await Should.ThrowAsync<OperationCanceledException>(async () => await reader.WaitAsync(cancellationToken: new CancellationToken(true)));
    }

    [Fact]
    public void A_token_that_is_cancelled_while_the_wait_begins_ends_it()
    {
        // After both calls have returned the wait must be over, whichever came first.
        using var reader = _stream.Recorder();
        var source = new CancellationTokenSource();
        var (started, done) = (0, 0);
        var canceller = new Thread(() =>
        {
            for (var i = 1; i <= Rounds; i++)
            {
                while (Volatile.Read(ref started) < i)
                    Thread.SpinWait(1);
                for (var spin = i % 100; spin > 0; spin--)
                    Volatile.Read(ref done);
                Volatile.Read(ref source).Cancel();
                Volatile.Write(ref done, i);
            }
        });
        canceller.Start();
        var missed = 0;
        for (var i = 1; i <= Rounds; i++)
        {
            var token = source.Token;
            Volatile.Write(ref started, i);
            var wait = Begin(reader, token);
            while (Volatile.Read(ref done) < i)
                Thread.SpinWait(1);
            if (wait is { IsCompleted: false })
            {
                missed++;
                _stream.Run(1); // ends the wait that hangs
            }

            if (wait is { } begun)
                Finish(begun, reader);
            source.Dispose();
            Volatile.Write(ref source, new CancellationTokenSource());
        }

        canceller.Join();
        source.Dispose();
        missed.ShouldBe(0);
    }

    private static ValueTask<bool>? Begin(IStreamReader reader, CancellationToken token)
    {
        try
        {
            return reader.WaitAsync(cancellationToken: token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private const int Rounds = 5_000;

    private static void Finish(ValueTask<bool> wait, IStreamReader reader)
    {
        try
        {
            _ = wait.GetAwaiter().GetResult();
            reader.Advance(reader.Frames.Length);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
