using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Streams;
using Tapedeck.Media;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>A publisher that leaves and comes back within the grace window. Frames of 20 ms, picture and sound in turn, a key frame each second.</summary>
public sealed class ReturnTests : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly RecordingOptions Patient = new() { Grace = Minute };

    private readonly RecordingBench _bench = new();
    private readonly ManualTime _time = new();
    private readonly SlabPool _pool = new();
    private readonly AwaitedLog _log = new();
    private readonly StreamRegistry _registry;
    private Task _run = Task.CompletedTask;

    public ReturnTests() => _registry = new StreamRegistry("live", "_definst_", _pool, new StreamOptions(), _time);

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task The_same_file_goes_on_and_the_time_away_is_kept()
    {
        var first = Publish(100, from: 3000);
        var recording = Start(first, Patient);
        await LeaveAsync(first);
        recording.State.ShouldBe(RecordingState.AwaitingReturn);
        recording.EndReason.ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(30));

        var second = Stream();
        recording.TryReturn(second.Stream).ShouldBeTrue();
        Publish(second, 100, from: 700_000); // its clock has nothing to do with the one before
        second.End();
        await _log.LineAsync("is back");
        await _log.LineAsync("waits up to", 2);
        recording.Stop(RecordingEndReason.Stopped);
        await _run;

        recording.Files.Count.ShouldBe(1);
        var file = _bench.File();
        file.IsFinished.ShouldBeTrue();
        file.Positions.ShouldBe([.. ReaderExtensions.Range(0, 100), .. ReaderExtensions.Range(0, 100)]);
        file.Times[99].ShouldBe(3000 + (99 * 20));
        (file.Times[100] - file.Times[99]).ShouldBe(30_000, "it arrived so much later");
        (file.Times[199] - file.Times[100]).ShouldBe(99 * 20);
        var entry = recording.Ledger.Where(e => e.Cause == DiscontinuityCause.Reconnected).ShouldHaveSingleItem();
        entry.MediaTime.TotalSeconds.ShouldBe(2, 0.05);
        entry.Length.TotalSeconds.ShouldBe(30, 0.1);
        entry.WallTime.ShouldBe(_time.GetUtcNow());
        entry.Detail.ShouldContain("Disconnected");
        recording.Stream.ShouldBeSameAs(second.Stream);
        _pool.LentBytes.ShouldBe(0);
    }

    [Fact]
    public async Task While_it_waits_all_that_came_is_in_the_file_and_no_memory_is_held()
    {
        var first = Publish(333);
        var recording = Start(first, Patient);
        await LeaveAsync(first);
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 333));
        _pool.LentBytes.ShouldBe(0);
        recording.Files.ShouldBeEmpty();
        recording.Stop(RecordingEndReason.Shutdown);
        await _run;
        recording.EndReason.ShouldBe(RecordingEndReason.Shutdown);
        _bench.File().IsFinished.ShouldBeTrue();
    }

    [Fact]
    public async Task After_the_window_it_ends_with_its_stream_and_takes_nobody_in()
    {
        var first = Publish(100);
        var recording = Start(first, Patient);
        await LeaveAsync(first);
        _time.Advance(Minute);
        await _run;
        recording.State.ShouldBe(RecordingState.Closed);
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        recording.Ledger.ShouldBeEmpty();
        _bench.File().IsFinished.ShouldBeTrue();
        recording.TryReturn(Stream().Stream).ShouldBeFalse();
        _bench.Claims.TryTake(_bench.Folder["cam.test"]).ShouldBeTrue();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public async Task Without_a_window_it_ends_at_once(int? seconds)
    {
        var first = Publish(100);
        var recording = Start(first, new RecordingOptions { Grace = seconds is { } s ? TimeSpan.FromSeconds(s) : null });
        first.End();
        await _run;
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        recording.TryReturn(Stream().Stream).ShouldBeFalse();
    }

    [Fact]
    public async Task The_maximum_duration_passes_while_it_waits()
    {
        var first = Publish(100);
        var recording = Start(first, Patient with { MaxDuration = TimeSpan.FromSeconds(12) });
        await LeaveAsync(first);
        _time.Advance(TimeSpan.FromSeconds(9));
        recording.EndReason.ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(1.1));
        await _run;
        recording.EndReason.ShouldBe(RecordingEndReason.LimitReached);
    }

    [Fact]
    public async Task Another_codec_after_the_return_is_the_next_file_of_the_same_recording()
    {
        var first = Publish(100);
        var recording = Start(first, Patient);
        await LeaveAsync(first);
        _time.Advance(TimeSpan.FromSeconds(5));
        var second = Stream();
        second.VideoTrack = TestTracks.Video(codec: Codec.Hevc);
        recording.TryReturn(second.Stream).ShouldBeTrue();
        Publish(second, 100);
        second.End();
        await _log.LineAsync("waits up to", 2);
        recording.Stop(RecordingEndReason.Stopped);
        await _run;
        recording.Files.Count.ShouldBe(2);
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 100));
        _bench.File("cam_1.test").Positions.ShouldBe(ReaderExtensions.Range(0, 100));
        recording.Ledger.Select(e => e.Cause).ShouldBe([DiscontinuityCause.TrackChanged, DiscontinuityCause.Reconnected]);
        recording.Files[1].StartedAt.ShouldBe(_time.GetUtcNow());
    }

    [Fact]
    public async Task What_came_before_the_first_key_frame_of_the_return_is_passed_over()
    {
        var first = Publish(100);
        var recording = Start(first, Patient);
        await LeaveAsync(first);
        var second = Stream();
        recording.TryReturn(second.Stream).ShouldBeTrue();
        second.Video(0);
        second.Audio(20);
        second.End(StreamEndReason.Idle); // and gone again, without a key frame
        await _log.LineAsync("waits up to", 2);
        var third = Stream();
        recording.TryReturn(third.Stream).ShouldBeTrue();
        third.Video(0);
        Publish(third, 50, from: 20);
        third.End();
        await _log.LineAsync("waits up to", 3);
        recording.Stop(RecordingEndReason.Stopped);
        await _run;
        _bench.File().Positions.ShouldBe([.. ReaderExtensions.Range(0, 100), .. ReaderExtensions.Range(1, 51)]);
    }

    [Fact]
    public async Task A_return_that_the_task_has_not_seen_yet_is_recorded_before_a_stop()
    {
        var first = Publish(100);
        var recording = Prepare(first, Patient);
        first.End();
        var second = Stream();
        recording.TryReturn(second.Stream).ShouldBeTrue();
        Publish(second, 77);
        recording.Stop(RecordingEndReason.Stopped);
        await recording.RunAsync();
        recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
        _bench.File().Positions.ShouldBe([.. ReaderExtensions.Range(0, 100), .. ReaderExtensions.Range(0, 77)]);
    }

    [Fact]
    public async Task Before_its_first_frame_it_waits_too()
    {
        var first = Stream();
        var recording = Start(first, Patient);
        await LeaveAsync(first);
        var second = Stream();
        recording.TryReturn(second.Stream).ShouldBeTrue();
        Publish(second, 60, from: 5000);
        second.End();
        await _log.LineAsync("waits up to", 2);
        recording.Stop(RecordingEndReason.Stopped);
        await _run;
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 60));
        recording.Ledger.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pause_outlasts_the_absence()
    {
        var first = Publish(100);
        var recording = Start(first, Patient);
        await _log.LineAsync("Recording live");
        recording.Pause();
        await LeaveAsync(first);
        recording.State.ShouldBe(RecordingState.AwaitingReturn);
        var second = Stream();
        recording.TryReturn(second.Stream).ShouldBeTrue();
        await _log.LineAsync("is back");
        recording.State.ShouldBe(RecordingState.Paused);
        Publish(second, 100);
        second.End();
        await _log.LineAsync("waits up to", 2);
        recording.Stop(RecordingEndReason.Stopped);
        await _run;
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 100));
    }

    [Fact]
    public async Task A_pause_that_begins_in_the_absence_tells_of_all_the_time_until_its_end()
    {
        var first = Publish(100);
        var recording = Start(first, Patient);
        await LeaveAsync(first);
        recording.Pause();
        _time.Advance(TimeSpan.FromSeconds(30));
        var second = Stream();
        recording.TryReturn(second.Stream).ShouldBeTrue();
        second.End(); // nothing of it was wanted
        await _log.LineAsync("waits up to", 2);
        recording.Resume();
        _time.Advance(TimeSpan.FromSeconds(5));
        var third = Stream();
        recording.TryReturn(third.Stream).ShouldBeTrue();
        Publish(third, 100);
        third.End();
        await _log.LineAsync("waits up to", 3);
        recording.Stop(RecordingEndReason.Stopped);
        await _run;
        var entry = recording.Ledger.ShouldHaveSingleItem();
        entry.Cause.ShouldBe(DiscontinuityCause.Paused);
        entry.Length.TotalSeconds.ShouldBe(35, 0.1);
        _bench.File().Positions.Count.ShouldBe(200);
    }

    [Fact]
    public async Task Streams_of_other_names_are_not_its_return()
    {
        var first = Publish(100);
        var recording = Start(first, Patient);
        await LeaveAsync(first);
        recording.TryReturn(new TestStream(pool: _pool, name: "other", registry: _registry).Stream).ShouldBeFalse();
        recording.TryReturn(first.Stream).ShouldBeFalse();
        recording.Stop(RecordingEndReason.Stopped);
        await _run;
    }

    [Fact]
    public async Task Only_so_many_recordings_wait_at_a_time()
    {
        _bench.Settings = new RecordingSettings { MaximumAwaitingReturn = 0 };
        var first = Publish(100);
        var recording = Start(first, Patient);
        first.End();
        await _run;
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        _log.Lines.ShouldContain(l => l.Contains("maximumAwaitingReturn", StringComparison.Ordinal));
    }

    private TestStream Stream() => new(pool: _pool, registry: _registry);

    private TestStream Publish(int frames, long from = 0)
    {
        var stream = Stream();
        _prepared = stream.Stream.OpenReader(ActiveRecording.ReaderOptionsFor(_bench.Settings));
        Publish(stream, frames, from);
        return stream;
    }

    private IStreamReader? _prepared; // opened before the frames, as by the application that records everything

    private static void Publish(TestStream stream, int frames, long from = 0)
    {
        for (var i = 0; i < frames; i++)
        {
            if (i % 2 == 0)
                stream.Video(from + (i * 20), key: i % 50 == 0);
            else
                stream.Audio(from + (i * 20));
        }
    }

    private ActiveRecording Prepare(TestStream stream, RecordingOptions options)
    {
        var reader = _prepared ?? stream.Stream.OpenReader(ActiveRecording.ReaderOptionsFor(_bench.Settings));
        _prepared = null;
        var target = FileTarget.Claim(_bench.Claims, new FileNames(_bench.Folder.Path, stream.Stream.Name, ".test"), ExistingFile.Version);
        var environment = new RecordingEnvironment(_bench.Settings, _time, _log, _bench, _ => { });
        return new ActiveRecording(reader, options, target, _bench.Container.Format, _bench.Volume, environment);
    }

    private ActiveRecording Start(TestStream stream, RecordingOptions options)
    {
        var recording = Prepare(stream, options);
        _run = recording.RunAsync();
        return recording;
    }

    private async Task LeaveAsync(TestStream stream)
    {
        stream.End(StreamEndReason.Disconnected);
        await _log.LineAsync("waits up to");
    }
}
