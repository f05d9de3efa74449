namespace Tapedeck.Engine.Tests.Streams;

/// <summary>Encoders' clocks jump. A reader that waits for media time must wake up all the same.</summary>
public sealed class TimeJumpTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TestStream _stream = new();

    [Theory]
    [InlineData(3_600_000)]
    [InlineData(11_000)]
    [InlineData(-5_000)]
    [InlineData(-1_000)]
    [InlineData(-1_000_000_000)]
    public async Task After_one_jump_a_waiting_reader_wakes_within_seconds_of_media(long jump)
    {
        using var reader = _stream.Recorder();
        var time = 1_000_000L;
        _stream.Video(time, key: true);
        var wait = reader.WaitAsync(Second);
        _stream.Video(time += 40);
        time += jump;
        for (var i = 0; i < 100 && !wait.IsCompleted; i++)
            _stream.Video(time += 40);
        wait.IsCompleted.ShouldBeTrue();
        (await wait).ShouldBeTrue();
    }

    [Theory]
    [InlineData(60_000)]
    [InlineData(-60_000)]
    [InlineData(-3_000)]
    public async Task With_a_jump_at_every_frame_a_waiting_reader_wakes(long jump)
    {
        using var reader = _stream.Recorder();
        var time = 100_000_000L;
        _stream.Video(time, key: true);
        var wait = reader.WaitAsync(Second);
        for (var i = 0; i < 100 && !wait.IsCompleted; i++)
            _stream.Video(time += jump);
        wait.IsCompleted.ShouldBeTrue();
        (await wait).ShouldBeTrue();
    }

    [Fact]
    public void Time_that_goes_back_and_forth_passes_once()
    {
        // B-frame order and interleaving: small steps back are no jumps.
        using var reader = _stream.Recorder();
        _stream.Video(0, key: true);
        var wait = reader.WaitAsync(Second);
        for (var i = 0; i < 20; i++)
        {
            _stream.Video(400);
            _stream.Audio(100);
        }

        wait.IsCompleted.ShouldBeFalse();
        _stream.End();
    }

    [Fact]
    public void Tracks_that_are_far_apart_do_not_make_time_run()
    {
        using var reader = _stream.Recorder();
        _stream.Video(0, key: true);
        _stream.Audio(5_000);
        reader.Drain();
        _stream.Video(40);
        var wait = reader.WaitAsync(Second);
        for (var time = 80; time < 1000; time += 40)
        {
            _stream.Video(time);
            _stream.Audio(time + 5_000);
        }

        wait.IsCompleted.ShouldBeFalse();
        _stream.Video(1_100);
        wait.IsCompleted.ShouldBeTrue();
    }
}
