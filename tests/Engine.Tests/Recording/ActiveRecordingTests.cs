using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class ActiveRecordingTests : IDisposable
{
    private readonly RecordingBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_frames_are_recorded(bool needsLookahead)
    {
        _bench.Container = new TestContainer { NeedsLookahead = needsLookahead };
        var recording = await _bench.RecordAsync(() => _bench.Publish(500));
        recording.State.ShouldBe(RecordingState.Closed);
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        recording.Error.ShouldBeNull();
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 500));
        _bench.File().IsFinished.ShouldBeTrue();
        recording.Files.Count.ShouldBe(1);
        recording.Files[0].Path.ShouldBe(_bench.Folder["cam.test"]);
        recording.Files[0].Bytes.ShouldBe(new FileInfo(_bench.Folder["cam.test"]).Length);
        recording.Files[0].StartedAt.ShouldBe(_bench.Time.GetUtcNow());
    }

    [Fact]
    public async Task Live_frames_are_recorded_while_they_come()
    {
        var (recording, run) = await _bench.StartAsync(() => _bench.Publish(200));
        recording.State.ShouldBe(RecordingState.Writing);
        _bench.Publish(2000);
        _bench.Stream.End();
        await run;
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 2200));
    }

    [Fact]
    public async Task The_observer_is_told_in_order()
    {
        await _bench.RecordAsync(() => _bench.Publish(100));
        _bench.Told.ShouldBe(["started Writing", "closed cam.test", "ended StreamEnded"]);
    }

    [Fact]
    public async Task What_comes_before_the_request_is_not_recorded()
    {
        _bench.Publish(50);
        await _bench.RecordAsync(() => _bench.Publish(100), new RecordingOptions { StartOnKeyFrame = false });
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(50, 150));
    }

    [Fact]
    public async Task A_recording_begins_with_a_key_frame_when_asked()
    {
        await _bench.RecordAsync(() =>
        {
            _bench.Stream.Video(0);
            _bench.Stream.Audio(0);
            _bench.Stream.Video(40);
            _bench.Stream.Video(80, key: true);
            _bench.Stream.Audio(80);
        });
        _bench.File().Positions.ShouldBe([3, 4]);
    }

    [Fact]
    public async Task Stopping_drains_what_had_arrived()
    {
        var recording = _bench.Prepare();
        var run = recording.RunAsync();
        _bench.Publish(333);
        recording.Stop(RecordingEndReason.Stopped);
        await run;
        recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 333));
        _bench.File().IsFinished.ShouldBeTrue();
    }

    [Fact]
    public async Task Stopping_before_the_task_has_looked_records_from_the_key_frame_that_had_arrived()
    {
        var recording = _bench.Prepare();
        _bench.Stream.Append(_bench.Stream.VideoTrack, 0, key: false, kind: FrameKind.Configuration);
        _bench.Stream.Video(0);
        _bench.Publish(20);
        recording.Stop(RecordingEndReason.Stopped);
        await recording.RunAsync();
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(2, 22));
    }

    [Fact]
    public async Task More_than_one_read_can_take_is_drained_too()
    {
        var recording = _bench.Prepare();
        _bench.Publish(40_000, length: 20);
        recording.Stop(RecordingEndReason.Shutdown);
        await recording.RunAsync();
        recording.EndReason.ShouldBe(RecordingEndReason.Shutdown);
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 40_000));
    }

    [Fact]
    public async Task The_first_stop_counts()
    {
        var recording = _bench.Prepare();
        recording.Stop(RecordingEndReason.Stopped);
        recording.Stop(RecordingEndReason.Shutdown);
        await recording.RunAsync();
        recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
        recording.Stop(RecordingEndReason.Shutdown);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Without_a_frame_to_start_with_no_file_is_left(int frames)
    {
        var recording = await _bench.RecordAsync(() =>
        {
            for (var i = 0; i < frames; i++)
                _bench.Stream.Video(i * 40); // no key frame
        });
        recording.State.ShouldBe(RecordingState.Closed);
        recording.Files.ShouldBeEmpty();
        _bench.Folder.Files.ShouldBeEmpty();
        _bench.Told.ShouldBe(["ended StreamEnded"]);
        _bench.Prepare().Path.ShouldBe(_bench.Folder["cam.test"]); // the name is free
    }

    [Fact]
    public async Task Two_recordings_of_one_stream_get_different_files()
    {
        var first = _bench.Prepare();
        var second = _bench.Prepare();
        _bench.Publish(100);
        _bench.Stream.End();
        await Task.WhenAll(first.RunAsync(), second.RunAsync());
        _bench.File("cam.test").Positions.ShouldBe(ReaderExtensions.Range(0, 100));
        _bench.File("cam_1.test").Positions.ShouldBe(ReaderExtensions.Range(0, 100));
    }

    [Fact]
    public async Task After_its_end_a_recording_holds_nothing()
    {
        await _bench.RecordAsync(() => _bench.Publish(3000));
        _bench.Stream.Pool.LentBytes.ShouldBe(0);
        _bench.Claims.TryTake(_bench.Folder["cam.test"]).ShouldBeTrue();
    }

    [Fact]
    public async Task An_observer_that_throws_harms_no_recording()
    {
        _bench.OnTold = _ => throw new InvalidOperationException("observer");
        var recording = await _bench.RecordAsync(() => _bench.Publish(300));
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        recording.Completion.IsCompletedSuccessfully.ShouldBeTrue();
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 300));
    }
}
