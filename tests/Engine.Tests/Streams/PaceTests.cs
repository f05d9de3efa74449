namespace Tapedeck.Engine.Tests.Streams;

/// <summary>How long readers can do without more, and when a source that runs ahead of its clock is held for a recorder.</summary>
public sealed class PaceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Fragment = TimeSpan.FromMilliseconds(850);

    private readonly TestStream _stream = new();

    [Fact]
    public void Nobody_needs_anything_when_nobody_waits()
    {
        _stream.Publisher.Slack.ShouldBe(TimeSpan.MaxValue);
        using var busy = _stream.Recorder();
        _stream.Run(10);
        _stream.Publisher.Slack.ShouldBe(TimeSpan.MaxValue);
    }

    [Fact]
    public async Task A_recorder_needs_nothing_until_its_fragment_is_full()
    {
        using var recorder = _stream.Recorder();
        _stream.Video(0, key: true);
        var wait = recorder.WaitAsync(Fragment);
        _stream.Publisher.Slack.ShouldBe(Fragment);
        _stream.Video(400);
        _stream.Publisher.Slack.ShouldBe(TimeSpan.FromMilliseconds(450));
        using var other = _stream.Recorder();
        var soon = other.WaitAsync(TimeSpan.FromMilliseconds(175));
        _stream.Publisher.Slack.ShouldBe(TimeSpan.FromMilliseconds(175));
        _stream.Video(575);
        (await soon).ShouldBeTrue();
        _stream.Publisher.Slack.ShouldBe(TimeSpan.FromMilliseconds(275));
        _stream.Video(900);
        (await wait).ShouldBeTrue();
    }

    [Fact]
    public async Task A_reader_of_every_frame_needs_it_at_once()
    {
        using var recorder = _stream.Recorder();
        _stream.Video(0, key: true);
        var fragment = recorder.WaitAsync(Fragment);
        using (_stream.Viewer())
            _stream.Publisher.Slack.ShouldBe(TimeSpan.Zero);
        _stream.Publisher.Slack.ShouldBe(Fragment);
        using var eager = _stream.Recorder();
        var next = eager.WaitAsync();
        _stream.Publisher.Slack.ShouldBe(TimeSpan.Zero);
        _stream.Video(1000);
        (await next).ShouldBeTrue();
        (await fragment).ShouldBeTrue();
    }

    [Fact]
    public async Task A_source_ahead_of_its_clock_is_held_until_the_recorder_has_caught_up()
    {
        using var recorder = _stream.Recorder();
        Flood(20);
        recorder.TryRead(1000).ShouldBeTrue();
        Flood(80);
        var held = _stream.Publisher.PaceAsync().AsTask();
        held.IsCompleted.ShouldBeFalse();
        recorder.Advance(recorder.Frames.Length);
        recorder.TryRead(1000).ShouldBeTrue();
        recorder.Advance(recorder.Frames.Length);
        await held.WaitAsync(Patience);
        recorder.LostFrames.ShouldBe(0);
    }

    [Fact]
    public void A_recorder_that_waits_for_more_holds_nobody()
    {
        using var recorder = _stream.Recorder(maximumLag: 1L << 30);
        _stream.Video(0, key: true);
        _ = recorder.WaitAsync(TimeSpan.FromHours(1));
        Flood(100);
        _stream.Publisher.PaceAsync().IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public void Viewers_hold_nobody()
    {
        using var viewer = _stream.Viewer();
        Flood(100);
        _stream.Publisher.PaceAsync().IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public void A_source_in_real_time_is_never_held_not_even_after_a_burst_or_a_stall()
    {
        using var stuck = _stream.Recorder();
        RealTime(200);
        _stream.Time.Advance(TimeSpan.FromSeconds(2.5));
        Flood(62); // 2.5 s are made up for
        _stream.Publisher.PaceAsync().IsCompleted.ShouldBeTrue();
        RealTime(400);
        stuck.LostFrames.ShouldBe(0);
    }

    [Fact]
    public async Task Nobody_is_held_for_long()
    {
        using var stuck = _stream.Recorder();
        Flood(500);
        var held = _stream.Publisher.PaceAsync().AsTask();
        held.IsCompleted.ShouldBeFalse();
        _stream.Time.Advance(TimeSpan.FromSeconds(4));
        await held.WaitAsync(Patience);
    }

    [Fact]
    public async Task The_end_lets_go()
    {
        using var stuck = _stream.Recorder();
        Flood(100);
        var held = _stream.Publisher.PaceAsync().AsTask();
        held.IsCompleted.ShouldBeFalse();
        _stream.End();
        await held.WaitAsync(Patience);
    }

    /// <summary>25 frames are a second of media; the clock stands still.</summary>
    private void Flood(int frames) => _stream.Run(frames, length: 50_000);

    private void RealTime(int frames)
    {
        for (var i = 0; i < frames; i++)
        {
            _stream.Time.Advance(TimeSpan.FromMilliseconds(40));
            _stream.Run(1, length: 50_000);
            _stream.Publisher.PaceAsync().IsCompleted.ShouldBeTrue();
        }
    }
}
