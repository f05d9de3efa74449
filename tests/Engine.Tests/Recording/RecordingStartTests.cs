using Tapedeck.Engine.Recording;
using Tapedeck.Media;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class RecordingStartTests : IDisposable
{
    private readonly TestStream _stream = new();
    private readonly CountingReader _reader;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<TimeSpan> _said = [];

    public RecordingStartTests() => _reader = new CountingReader(_stream.Recorder(maximumLag: 4_000_000));

    public void Dispose()
    {
        _reader.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Starts_at_once_when_video_and_audio_are_there()
    {
        _stream.Video(0, key: true);
        _stream.Audio(0);
        (await SeekAsync()).ShouldBeTrue();
        First().ShouldBe(0);
    }

    [Fact]
    public async Task Starts_at_the_key_frame()
    {
        _stream.Append(_stream.VideoTrack, 0, key: false, kind: FrameKind.Configuration);
        _stream.Audio(0);
        _stream.Video(0);
        var key = _stream.Video(40, key: true);
        _stream.Audio(40);
        (await SeekAsync()).ShouldBeTrue();
        First().ShouldBe(key);
    }

    [Fact]
    public async Task Starts_at_any_sample_when_no_key_frame_is_asked_for()
    {
        _stream.Append(_stream.VideoTrack, 0, key: false, kind: FrameKind.Configuration);
        var first = _stream.Video(0);
        _stream.Audio(0);
        (await SeekAsync(new RecordingOptions { StartOnKeyFrame = false })).ShouldBeTrue();
        First().ShouldBe(first);
    }

    [Fact]
    public async Task Without_metadata_waits_a_second_of_media_for_the_other_track()
    {
        var seek = SeekAsync();
        _stream.Video(0, key: true);
        for (var time = 40; time < 960; time += 40)
            _stream.Video(time);
        seek.IsCompleted.ShouldBeFalse();
        for (var time = 960; time <= 1400; time += 40)
            _stream.Video(time);
        (await seek).ShouldBeTrue();
        First().ShouldBe(0);
    }

    [Fact]
    public async Task A_recording_that_begins_with_its_stream_keeps_the_sound_in_front_of_the_first_picture()
    {
        var seek = SeekAsync();
        for (var time = 0; time < 2000; time += 20)
        {
            _stream.Audio(time);
            if (time >= 500)
                _stream.Video(time, key: time == 500);
        }

        (await seek).ShouldBeTrue();
        First().ShouldBe(0);
    }

    [Fact]
    public async Task Sound_gives_way_to_the_key_frame_in_a_recording_that_begins_in_mid_stream()
    {
        _stream.Audio(0);
        _reader.TryRead(1);
        _reader.Advance(1);
        var seek = SeekAsync();
        for (var time = 20; time < 500; time += 20)
            _stream.Audio(time);
        var key = _stream.Video(500, key: true);
        for (var time = 500; time < 2000; time += 20)
            _stream.Audio(time);
        (await seek).ShouldBeTrue();
        First().ShouldBe(key);
    }

    [Fact]
    public async Task The_end_of_the_stream_ends_the_wait()
    {
        var seek = SeekAsync();
        _stream.Video(0, key: true);
        _stream.End();
        (await seek).ShouldBeTrue();
        First().ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_key_frame_there_is_nothing_to_record()
    {
        var seek = SeekAsync();
        _stream.Video(0);
        _stream.End();
        (await seek).ShouldBeFalse();
    }

    [Fact]
    public async Task Stopped_without_a_frame_there_is_nothing_to_record()
    {
        var seek = SeekAsync();
        await _stop.CancelAsync();
        (await seek).ShouldBeFalse();
    }

    [Fact]
    public async Task Stopped_while_waiting_for_tracks_what_is_there_is_recorded()
    {
        var seek = SeekAsync();
        _stream.Video(0);
        _stream.Video(40, key: true);
        _stream.Video(80);
        await _stop.CancelAsync();
        (await seek).ShouldBeTrue();
        First().ShouldBe(1);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_during_the_wait_does_not_make_it_spin()
    {
        _stream.Video(100_000, key: true);
        for (var time = 0; time < 5000; time += 40)
            _stream.Video(time);
        (await SeekAsync()).ShouldBeTrue();
        First().ShouldBe(0);
        _reader.Waits.ShouldBeLessThan(50);
    }

    [Fact]
    public async Task Much_media_in_no_time_does_not_make_it_spin()
    {
        _stream.Video(0, key: true);
        for (var i = 0; i < 2000; i++)
            _stream.Video(0, length: 1000);
        (await SeekAsync()).ShouldBeTrue();
        First().ShouldBe(0);
        _reader.Waits.ShouldBeLessThan(50);
    }

    [Fact]
    public async Task A_long_wait_for_a_key_frame_is_said_once()
    {
        for (var time = 0; time <= 20_000; time += 40)
            _stream.Video(time);
        var seek = SeekAsync();
        _stream.Video(20_040, key: true);
        for (var time = 20_080; time < 22_000; time += 40)
            _stream.Video(time);
        (await seek).ShouldBeTrue();
        _said.ShouldHaveSingleItem().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5));
    }

    private Task<bool> SeekAsync(RecordingOptions? options = null) =>
        new RecordingStart(_reader, options ?? new RecordingOptions(), new RecordingSettings(), _said.Add).SeekAsync(_stop.Token).AsTask();

    private long First()
    {
        _reader.TryRead(1).ShouldBeTrue();
        return _reader.Frames.Span[0].Position;
    }

    /// <summary>Passes on, and gives up on a caller that asks again and again.</summary>
    private sealed class CountingReader(IStreamReader inner) : IStreamReader
    {
        public int Waits { get; private set; }

        public ILiveStream Stream => inner.Stream;

        public ReadOnlyMemory<MediaFrame> Frames => inner.Frames;

        public long LostFrames => inner.LostFrames;

        public bool HasEnded => inner.HasEnded;

        public ValueTask<bool> WaitAsync(TimeSpan atLeast, int maximumFrames, CancellationToken cancellationToken) => ++Waits > 1000
            ? throw new InvalidOperationException("The caller spins.")
            : inner.WaitAsync(atLeast, maximumFrames, cancellationToken);

        public bool TryRead(int maximumFrames) => inner.TryRead(maximumFrames);

        public void Advance(int count) => inner.Advance(count);

        public void Dispose() => inner.Dispose();
    }
}
