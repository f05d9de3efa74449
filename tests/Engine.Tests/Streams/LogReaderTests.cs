namespace Tapedeck.Engine.Tests.Streams;

public sealed class LogReaderTests
{
    private readonly TestStream _stream = new();

    [Fact]
    public void What_was_not_advanced_over_is_delivered_again()
    {
        using var reader = _stream.Recorder();
        _stream.Run(5);
        reader.TryRead(3).ShouldBeTrue();
        reader.Frames.Length.ShouldBe(3);
        reader.Advance(1);
        reader.Frames.Length.ShouldBe(0);
        reader.TryRead().ShouldBeTrue();
        reader.Frames.Span[0].Position.ShouldBe(1);
        reader.TryRead(1).ShouldBeTrue();
        reader.Frames.Span[0].Position.ShouldBe(1);
    }

    [Fact]
    public void Advancing_past_what_was_delivered_is_refused()
    {
        using var reader = _stream.Recorder();
        _stream.Run(5);
        reader.TryRead(3);
        Should.Throw<ArgumentOutOfRangeException>(() => reader.Advance(4));
        Should.Throw<ArgumentOutOfRangeException>(() => reader.Advance(-1));
        reader.Advance(3);
        Should.Throw<ArgumentOutOfRangeException>(() => reader.Advance(1));
    }

    [Fact]
    public void A_disposed_reader_refuses_to_read()
    {
        var reader = _stream.Recorder();
        reader.Dispose();
        reader.Dispose();
        Should.Throw<ObjectDisposedException>(() => reader.TryRead());
        _stream.Stream.Log.ReaderCount.ShouldBe(0);
    }

    [Fact]
    public void TryRead_tells_whether_there_is_something()
    {
        using var reader = _stream.Recorder();
        reader.TryRead().ShouldBeFalse();
        _stream.Run(1);
        reader.TryRead().ShouldBeTrue();
        reader.Advance(1);
        reader.TryRead().ShouldBeFalse();
        _stream.Run(1);
        _stream.End();
        reader.HasEnded.ShouldBeTrue();
        reader.TryRead().ShouldBeTrue();
        reader.Advance(1);
        reader.TryRead().ShouldBeFalse();
    }

    [Fact]
    public void A_reader_that_starts_with_the_next_frame_sees_nothing_older()
    {
        _stream.Run(10);
        using var reader = _stream.Recorder();
        reader.TryRead().ShouldBeFalse();
        _stream.Run(2);
        reader.Drain().ShouldBe([10, 11]);
    }

    [Fact]
    public void Frames_stay_valid_until_the_advance_however_far_the_publisher_runs_on()
    {
        using var viewer = _stream.Viewer(maximumLag: 100_000);
        using var recorder = _stream.Recorder(maximumLag: 100_000);
        _stream.Run(100, gop: 10);
        viewer.TryRead().ShouldBeTrue();
        recorder.TryRead(20).ShouldBeTrue();
        _stream.Run(20_000, gop: 10); // 20 MB: 150 slabs
        viewer.Frames.Length.ShouldBe(100);
        viewer.CheckFrames();
        recorder.Frames.Length.ShouldBe(20);
        recorder.CheckFrames();
        viewer.Advance(100);
        viewer.TryRead().ShouldBeTrue();
        viewer.CheckFrames();
        viewer.LostFrames.ShouldBeGreaterThan(19_000);
    }

    [Fact]
    public void Frames_stay_valid_after_the_end_of_the_stream()
    {
        var reader = _stream.Recorder();
        var other = new TestStream(pool: _stream.Pool);
        _stream.Run(500);
        reader.TryRead(500).ShouldBeTrue();
        _stream.End();
        other.Run(500);
        reader.CheckFrames();
        reader.Dispose();
        _stream.Pool.LentBytes.ShouldBe(other.Pool.LentBytes);
    }

    [Fact]
    public void A_lossless_reader_keeps_everything_up_to_its_limit()
    {
        using var reader = _stream.Recorder(maximumLag: 2_000_000);
        _stream.Run(1900, gop: 10);
        reader.Drain().ShouldBe(ReaderExtensions.Range(0, 1900));
        reader.LostFrames.ShouldBe(0);
    }

    [Fact]
    public void A_lossless_reader_counts_what_it_lost_beyond_its_limit()
    {
        using var reader = _stream.Recorder(maximumLag: 500_000);
        _stream.Run(3000, gop: 10);
        var read = reader.Drain();
        reader.LostFrames.ShouldBeGreaterThan(0);
        read.Count.ShouldBe(3000 - (int)reader.LostFrames);
        read.ShouldBe(ReaderExtensions.Range(reader.LostFrames, 3000));
    }

    [Fact]
    public void A_viewer_that_lags_goes_on_at_a_key_frame_and_counts_what_it_skipped()
    {
        using var viewer = _stream.Viewer(maximumLag: 100_000);
        _stream.Run(3005, gop: 10);
        viewer.TryRead().ShouldBeTrue();
        viewer.Frames.Span[0].IsKey.ShouldBeTrue();
        viewer.Frames.Span[0].Position.ShouldBe(3000);
        viewer.LostFrames.ShouldBe(3000);
    }

    [Fact]
    public void A_viewer_that_keeps_up_loses_nothing()
    {
        using var viewer = _stream.Viewer(maximumLag: 100_000);
        var seen = new List<long>();
        for (var i = 0; i < 300; i++)
        {
            _stream.Run(10, gop: 10);
            seen.AddRange(viewer.Drain());
        }

        seen.ShouldBe(ReaderExtensions.Range(0, 3000));
        viewer.LostFrames.ShouldBe(0);
    }

    [Fact]
    public void One_reader_that_lags_does_not_cost_another_anything()
    {
        using var stuck = _stream.Viewer(maximumLag: 100_000);
        using var recorder = _stream.Recorder(maximumLag: 10_000_000);
        _stream.Run(5000, gop: 10);
        recorder.Drain().ShouldBe(ReaderExtensions.Range(0, 5000));
        stuck.Drain()[0].ShouldBe(stuck.LostFrames);
    }
}
