using Tapedeck.Engine.Recording;
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
        var recording = await _bench.RecordAsync(() => Publish(500));
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
        var started = new TaskCompletionSource();
        _bench.OnTold = _ => started.TrySetResult();
        var recording = _bench.Prepare();
        var run = recording.RunAsync();
        Publish(200);
        await started.Task;
        recording.State.ShouldBe(RecordingState.Writing);
        Publish(2000);
        _bench.Stream.End();
        await run;
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 2200));
    }

    [Fact]
    public async Task The_observer_is_told_in_order()
    {
        await _bench.RecordAsync(() => Publish(100));
        _bench.Told.ShouldBe(["started Writing", "closed cam.test", "ended StreamEnded"]);
    }

    [Fact]
    public async Task What_comes_before_the_request_is_not_recorded()
    {
        Publish(50);
        await _bench.RecordAsync(() => Publish(100), new RecordingOptions { StartOnKeyFrame = false });
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
        Publish(333);
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
        Publish(20);
        recording.Stop(RecordingEndReason.Stopped);
        await recording.RunAsync();
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(2, 22));
    }

    [Fact]
    public async Task More_than_one_read_can_take_is_drained_too()
    {
        var recording = _bench.Prepare();
        Publish(40_000, length: 20);
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
        Prepare().Path.ShouldBe(_bench.Folder["cam.test"]); // the name is free
    }

    [Fact]
    public async Task A_track_that_comes_within_the_wait_is_in_the_header()
    {
        await _bench.RecordAsync(() =>
        {
            _bench.Stream.Video(0, key: true);
            for (var time = 40; time < 800; time += 40)
                _bench.Stream.Video(time);
            for (var time = 800; time < 3000; time += 40)
            {
                _bench.Stream.Video(time);
                _bench.Stream.Audio(time);
            }
        });
        _bench.Folder.Files.ShouldBe(["cam.test"]);
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, _bench.Stream.Next));
    }

    [Fact]
    public async Task A_track_that_comes_after_the_header_starts_a_new_file()
    {
        var told = new TaskCompletionSource();
        _bench.OnTold = _ => told.TrySetResult();
        var recording = _bench.Prepare();
        var run = recording.RunAsync();
        _bench.Stream.Run(100, gop: 25);
        await told.Task;
        Publish(100, from: 4000);
        _bench.Stream.End();
        await run;
        AllIn("cam.test", "cam_1.test");
        recording.Files.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(25)]
    public async Task A_codec_change_starts_a_new_file_and_no_frame_is_lost_or_doubled(int gop)
    {
        var recording = await _bench.RecordAsync(() =>
        {
            Publish(500, gop: gop);
            _bench.Stream.VideoTrack = TestTracks.Video(codec: Codec.Hevc);
            Publish(500, from: 10_000, gop: gop);
        });
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        AllIn("cam.test", "cam_1.test");
        _bench.File("cam_1.test").Positions[0].ShouldBe(500);
        _bench.Told.ShouldBe(["started Writing", "closed cam.test", "closed cam_1.test", "ended StreamEnded"]);
    }

    [Fact]
    public async Task A_codec_change_in_the_last_frames_of_a_fragment_makes_one_new_file_with_all_tracks()
    {
        var told = new TaskCompletionSource();
        _bench.OnTold = _ => told.TrySetResult();
        var recording = _bench.Prepare();
        Publish(100, gop: 1);
        _bench.Stream.VideoTrack = TestTracks.Video(codec: Codec.Hevc);
        _bench.Stream.Video(2000, key: true);
        _bench.Stream.Video(2040, key: true);
        var run = recording.RunAsync();
        await told.Task;
        Publish(100, from: 2080, gop: 1);
        _bench.Stream.End();
        await run;
        AllIn("cam.test", "cam_1.test");
    }

    [Fact]
    public async Task An_encoder_that_changes_all_the_time_does_not_fill_the_disk_with_files()
    {
        var recording = await _bench.RecordAsync(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                _bench.Stream.VideoTrack = TestTracks.Video(width: i);
                Publish(50, from: i * 2000);
            }
        });
        recording.EndReason.ShouldBe(RecordingEndReason.UnsupportedMedia);
        _bench.Folder.Files.Length.ShouldBeLessThan(13);
    }

    [Fact]
    public async Task A_track_the_container_cannot_carry_is_said_and_the_others_are_recorded()
    {
        _bench.Container = new TestContainer { Carries = t => t.Codec != Codec.Speex };
        _bench.Stream.AudioTrack = TestTracks.Audio(codec: Codec.Speex);
        var recording = await _bench.RecordAsync(() => Publish(100));
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        _bench.File().Tracks.ShouldAllBe(id => id == 1);
        _bench.File().Tracks.Count.ShouldBe(50);
        var warning = _bench.Told.Where(t => t.StartsWith("warning", StringComparison.Ordinal)).ShouldHaveSingleItem();
        warning.ShouldContain("Speex");
    }

    [Fact]
    public async Task When_the_container_can_carry_nothing_the_recording_fails_and_says_why()
    {
        _bench.Container = new TestContainer { Carries = _ => false };
        var recording = await _bench.RecordAsync(() => Publish(100));
        recording.State.ShouldBe(RecordingState.Failed);
        recording.EndReason.ShouldBe(RecordingEndReason.UnsupportedMedia);
        recording.Error.ShouldNotBeNull().ShouldContain("H264");
        _bench.Folder.Files.ShouldBeEmpty();
        _bench.Told.ShouldBe(["ended UnsupportedMedia"]);
    }

    [Fact]
    public async Task What_came_before_unsupported_media_is_closed_as_a_whole_file()
    {
        _bench.Container = new TestContainer { Carries = t => t.Codec == Codec.H264 };
        var recording = await _bench.RecordAsync(() =>
        {
            _bench.Stream.Run(100, gop: 25);
            _bench.Stream.VideoTrack = TestTracks.Video(codec: Codec.Vvc);
            _bench.Stream.Run(100, gop: 25);
        });
        recording.EndReason.ShouldBe(RecordingEndReason.UnsupportedMedia);
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 100));
        _bench.File().IsFinished.ShouldBeTrue();
        _bench.Told.ShouldBe(["started Writing", "closed cam.test", "ended UnsupportedMedia"]);
    }

    [Fact]
    public async Task Two_recordings_of_one_stream_get_different_files()
    {
        var first = _bench.Prepare();
        var second = _bench.Prepare();
        Publish(100);
        _bench.Stream.End();
        await Task.WhenAll(first.RunAsync(), second.RunAsync());
        _bench.File("cam.test").Positions.ShouldBe(ReaderExtensions.Range(0, 100));
        _bench.File("cam_1.test").Positions.ShouldBe(ReaderExtensions.Range(0, 100));
    }

    [Fact]
    public async Task After_its_end_a_recording_holds_nothing()
    {
        await _bench.RecordAsync(() => Publish(3000));
        _bench.Stream.Pool.LentBytes.ShouldBe(0);
        _bench.Claims.TryTake(_bench.Folder["cam.test"]).ShouldBeTrue();
    }

    [Fact]
    public async Task An_observer_that_throws_harms_no_recording()
    {
        _bench.OnTold = _ => throw new InvalidOperationException("observer");
        var recording = await _bench.RecordAsync(() => Publish(300));
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        recording.Completion.IsCompletedSuccessfully.ShouldBeTrue();
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 300));
    }

    private ActiveRecording Prepare() => _bench.Prepare();

    /// <summary>Video and audio in turn, 25 of each a second.</summary>
    private void Publish(int frames, int length = 100, long from = -1, int gop = 25)
    {
        var start = from < 0 ? _bench.Stream.Next * 20 : from;
        for (var i = 0; i < frames; i++)
        {
            var time = start + (i * 20);
            if (i % 2 == 0)
                _bench.Stream.Video(time, key: i / 2 % gop == 0, length);
            else
                _bench.Stream.Audio(time, length);
        }
    }

    /// <summary>The files together hold every frame of the stream once, in order, and there is no other file.</summary>
    private void AllIn(params string[] names)
    {
        _bench.Folder.Files.ShouldBe(names);
        names.SelectMany(n => _bench.File(n).Positions).ToList().ShouldBe(ReaderExtensions.Range(0, _bench.Stream.Next));
        names.ShouldAllBe(n => _bench.File(n).IsFinished);
    }
}
