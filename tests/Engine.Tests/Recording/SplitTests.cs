using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>Splits, limits, selection and pauses: frames of 20 ms, picture and sound in turn, a key frame each second (every 50 frames).</summary>
public sealed class SplitTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly RecordingBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_begin_with_a_key_frame_and_no_frame_is_lost_or_doubled(bool needsLookahead)
    {
        _bench.Container = new TestContainer { NeedsLookahead = needsLookahead };
        var recording = await RecordAsync(500, new SplitOptions { Duration = 1.5 * Second });
        recording.Files.Count.ShouldBe(5);
        for (var n = 0; n < 5; n++)
        {
            File(n).Positions.ShouldBe(ReaderExtensions.Range(n * 100, (n + 1) * 100));
            File(n).IsFinished.ShouldBeTrue();
        }

        _bench.Told.Count(t => t.StartsWith("started", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task By_size_too()
    {
        await RecordAsync(500, new SplitOptions { Bytes = 9000 }); // 100 bytes a frame
        for (var n = 0; n < 5; n++)
            File(n).Positions.ShouldBe(ReaderExtensions.Range(n * 100, (n + 1) * 100));
    }

    [Fact]
    public async Task At_once_where_nobody_waits_for_a_key_frame()
    {
        await RecordAsync(100, new SplitOptions { Duration = TimeSpan.FromMilliseconds(500), OnKeyFrame = false });
        for (var n = 0; n < 4; n++)
            File(n).Positions.ShouldBe(ReaderExtensions.Range(n * 25, (n + 1) * 25));
    }

    [Fact]
    public async Task On_command_with_the_next_key_frame()
    {
        var (recording, run) = await _bench.StartAsync(() => _bench.Publish(200));
        recording.Split();
        await PublishUntilAsync(() => recording.Files.Count == 1);
        _bench.Stream.End();
        await run;
        recording.Files.Count.ShouldBe(2);
        File(1).Positions[0].ShouldBe(File(0).Positions[^1] + 1);
        (File(1).Positions[0] % 50).ShouldBe(0, "a key frame is every fiftieth");
    }

    [Fact]
    public async Task Sound_alone_is_split_at_any_frame()
    {
        var options = new RecordingOptions { Tracks = TrackSelection.Audio, Split = new SplitOptions { Duration = Second } };
        var recording = await _bench.RecordAsync(() => _bench.Publish(200), options);
        recording.Files.Count.ShouldBe(4);
        Enumerable.Range(0, 4).SelectMany(n => File(n).Positions).ShouldBe(ReaderExtensions.Range(0, 200).Where(p => p % 2 == 1));
    }

    [Fact]
    public async Task A_recording_stops_at_its_limit()
    {
        var recording = await _bench.RecordAsync(() => _bench.Publish(500), new RecordingOptions { MaxDuration = 3 * Second });
        recording.EndReason.ShouldBe(RecordingEndReason.LimitReached);
        recording.State.ShouldBe(RecordingState.Closed);
        File(0).Positions.Count.ShouldBeInRange(145, 152);
        File(0).IsFinished.ShouldBeTrue();
    }

    [Fact]
    public async Task A_recording_stops_at_its_size()
    {
        var recording = await _bench.RecordAsync(() => _bench.Publish(5000), new RecordingOptions { MaxBytes = 20_000, Split = new SplitOptions { Duration = Second } });
        recording.EndReason.ShouldBe(RecordingEndReason.LimitReached);
        recording.Files.Sum(f => f.Bytes).ShouldBeInRange(20_000, 60_000);
    }

    [Fact]
    public async Task What_passes_in_a_pause_is_left_out_and_the_file_goes_on_with_a_key_frame()
    {
        var (recording, run) = await _bench.StartAsync(() => _bench.Publish(200));
        recording.Pause();
        await PublishUntilAsync(() => recording.State == RecordingState.Paused);
        _bench.Publish(500);
        recording.Resume();
        await PublishUntilAsync(() => recording.State == RecordingState.Writing);
        _bench.Publish(300);
        _bench.Stream.End();
        await run;

        recording.Files.Count.ShouldBe(1);
        var positions = File(0).Positions;
        var holes = positions.Zip(positions.Skip(1)).Where(p => p.Second != p.First + 1).ToArray();
        holes.Length.ShouldBe(1);
        (holes[0].Second % 50).ShouldBe(0, "a key frame is every fiftieth");
        (holes[0].Second - holes[0].First).ShouldBeGreaterThan(500);
        recording.Ledger.Where(entry => entry.Cause != DiscontinuityCause.Burst).ShouldHaveSingleItem().Cause.ShouldBe(DiscontinuityCause.Paused);
    }

    private Task<ActiveRecording> RecordAsync(int frames, SplitOptions split) =>
        _bench.RecordAsync(() => _bench.Publish(frames), new RecordingOptions { Split = split });

    /// <summary>Time passes for a recording only with media.</summary>
    private async Task PublishUntilAsync(Func<bool> reached)
    {
        for (var i = 0; !reached(); i++)
        {
            i.ShouldBeLessThan(100_000);
            _bench.Publish(50);
            await Task.Yield();
        }
    }

    private TestFile File(int version) => _bench.File(version == 0 ? "cam.test" : $"cam_{version}.test");
}
