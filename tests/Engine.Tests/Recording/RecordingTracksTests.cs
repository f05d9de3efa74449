using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>Tracks that come late, change, or do not fit the container.</summary>
public sealed class RecordingTracksTests : IDisposable
{
    private readonly RecordingBench _bench = new();

    public void Dispose() => _bench.Dispose();

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
        var (recording, run) = await _bench.StartAsync(() => _bench.Stream.Run(100, gop: 25));
        _bench.Publish(100, from: 4000);
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
            _bench.Publish(500, gop: gop);
            _bench.Stream.VideoTrack = TestTracks.Video(codec: Codec.Hevc);
            _bench.Publish(500, from: 10_000, gop: gop);
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
        _bench.Publish(100, gop: 1);
        _bench.Stream.VideoTrack = TestTracks.Video(codec: Codec.Hevc);
        _bench.Stream.Video(2000, key: true);
        _bench.Stream.Video(2040, key: true);
        var run = recording.RunAsync();
        await told.Task;
        _bench.Publish(100, from: 2080, gop: 1);
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
                _bench.Publish(50, from: i * 2000);
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
        var recording = await _bench.RecordAsync(() => _bench.Publish(100));
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
        var recording = await _bench.RecordAsync(() => _bench.Publish(100));
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

    /// <summary>The files together hold every frame of the stream once, in order, and there is no other file.</summary>
    private void AllIn(params string[] names)
    {
        _bench.Folder.Files.ShouldBe(names);
        names.SelectMany(n => _bench.File(n).Positions).ToList().ShouldBe(ReaderExtensions.Range(0, _bench.Stream.Next));
        names.ShouldAllBe(n => _bench.File(n).IsFinished);
    }
}
