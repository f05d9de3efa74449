using Tapedeck.Engine.Streams;
using Tapedeck.Media;

namespace Tapedeck.Engine.Tests.Streams;

/// <summary>What streams cost in memory: bounded while they live, nothing afterwards.</summary>
public sealed class MemoryTests
{
    private static readonly StreamOptions SmallCache = new() { GopCacheBytes = 1_000_000, ViewerLagBytes = 1_000_000 };

    private readonly TestStream _stream = new(SmallCache);

    [Fact]
    public void After_the_end_and_the_last_reader_nothing_is_lent()
    {
        var viewer = _stream.Viewer();
        var recorder = _stream.Recorder();
        _stream.Run(5000, gop: 50);
        viewer.TryRead();
        _stream.End();
        _stream.Pool.LentBytes.ShouldBeGreaterThan(0);
        viewer.Dispose();
        _stream.Pool.LentBytes.ShouldBeGreaterThan(0);
        recorder.Drain();
        recorder.Dispose();
        _stream.Pool.LentBytes.ShouldBe(0);
    }

    [Fact]
    public void Without_readers_the_end_returns_everything()
    {
        _stream.Run(5000, gop: 50);
        var viewer = _stream.Viewer();
        viewer.Dispose();
        _stream.End();
        _stream.Pool.LentBytes.ShouldBe(0);
    }

    [Fact]
    public void A_loan_that_is_open_at_the_end_is_returned_too()
    {
        _stream.Run(10);
        var lent = _stream.Publisher.Lend(1000);
        _stream.End();
        _stream.Publisher.Return(lent);
        _stream.Pool.LentBytes.ShouldBe(0);
    }

    [Fact]
    public async Task A_reader_that_comes_after_the_end_sees_no_memory_of_others()
    {
        _stream.Run(100, gop: 10);
        _stream.End();
        using var late = _stream.Viewer();
        late.TryRead().ShouldBeFalse();
        (await late.WaitAsync()).ShouldBeFalse();
        _stream.Pool.LentBytes.ShouldBe(0);
    }

    [Fact]
    public void A_reader_that_comes_after_the_end_shares_what_others_still_read()
    {
        using var recorder = _stream.Recorder();
        _stream.Run(15, gop: 10);
        _stream.End();
        using var late = _stream.Viewer();
        late.Drain().ShouldBe([10, 11, 12, 13, 14]);
    }

    [Fact]
    public void Without_readers_a_stream_keeps_its_newest_group_of_pictures()
    {
        _stream.Run(20_000, gop: 50);
        _stream.Pool.LentBytes.ShouldBeLessThanOrEqualTo(3 * SlabPool.SlabBytes);
    }

    [Fact]
    public void A_group_of_pictures_without_end_is_kept_up_to_the_limit()
    {
        _stream.Run(20_000);
        _stream.Pool.LentBytes.ShouldBeLessThan(SmallCache.GopCacheBytes + (3 * SlabPool.SlabBytes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stuck_viewer_is_bounded(bool holdsFrames)
    {
        using var viewer = _stream.Viewer();
        _stream.Run(100, gop: 50);
        if (holdsFrames)
            viewer.TryRead();
        _stream.Run(50_000, gop: 50);
        _stream.Pool.LentBytes.ShouldBeLessThan(1_000_000 + (6 * SlabPool.SlabBytes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stuck_recorder_is_bounded(bool holdsFrames)
    {
        using var recorder = _stream.Recorder(maximumLag: 5_000_000);
        _stream.Run(100, gop: 50);
        if (holdsFrames)
            recorder.TryRead();
        _stream.Run(50_000, gop: 50);
        _stream.Pool.LentBytes.ShouldBeLessThan(5_000_000 + (6 * SlabPool.SlabBytes));
        if (holdsFrames)
            recorder.CheckFrames();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reader_that_is_stuck_for_hours_does_not_make_the_list_of_frames_grow(bool holdsFrames)
    {
        using var stuck = _stream.Recorder(maximumLag: 1_000_000);
        _stream.Run(1000, gop: 50);
        if (holdsFrames)
            stuck.TryRead(10);
        _stream.Run(10_000, gop: 50);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _stream.Run(100_000, gop: 50);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100_000);
        if (holdsFrames)
            stuck.CheckFrames();
    }

    [Fact]
    public void Frames_without_bytes_are_bounded_too()
    {
        using var stuck = _stream.Recorder(maximumLag: 1_000_000);
        var empty = new MediaFrame { Track = _stream.AudioTrack, DecodeTime = 0, Kind = FrameKind.Other };
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000_000; i++)
        {
            _stream.Publisher.Append(empty, default);
            _stream.Publisher.Commit();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000_000);
    }

    [Fact]
    public void In_steady_state_nothing_is_allocated()
    {
        using var viewer = _stream.Viewer();
        using var recorder = _stream.Recorder();
        Pass(5000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Pass(20_000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000); // less than one byte a frame: slabs come and go

        void Pass(int frames)
        {
            for (var i = 0; i < frames; i++)
            {
                _stream.Video(_stream.Next * 40, key: i % 50 == 0, length: 1000);
                if (i % 10 == 9)
                {
                    viewer.TryRead();
                    viewer.Advance(viewer.Frames.Length);
                    var wait = recorder.WaitAsync(TimeSpan.FromMilliseconds(20));
                    wait.IsCompleted.ShouldBeTrue();
                    _ = wait.GetAwaiter().GetResult();
                    recorder.Advance(recorder.Frames.Length);
                }
            }
        }
    }

    [Fact]
    public void Waiting_and_waking_allocate_nothing()
    {
        using var reader = _stream.Recorder();
        using var cancel = new CancellationTokenSource();
        Pass(5000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Pass(20_000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000);

        void Pass(int frames)
        {
            for (var i = 0; i < frames; i++)
            {
                var wait = reader.WaitAsync(default, 256, cancel.Token);
                _stream.Video(_stream.Next * 40, key: i % 50 == 0, length: 1000);
                _ = wait.GetAwaiter().GetResult(); // complete: the frame has been committed
                reader.Advance(1);
            }
        }
    }

    [Fact]
    public void Memory_that_is_lent_at_the_end_is_not_given_to_somebody_else()
    {
        var pool = new SlabPool();
        var stream = new TestStream(pool: pool);
        var lent = stream.Publisher.Lend(1000);
        stream.End();
        pool.LentBytes.ShouldBe(0);
        var next = new TestStream(pool: pool, name: "next").Publisher.Lend(1000);
        lent.Span.Fill(1);
        next.Span.Fill(2);
        lent.Span.ToArray().ShouldAllBe(b => b == 1);
    }
}
