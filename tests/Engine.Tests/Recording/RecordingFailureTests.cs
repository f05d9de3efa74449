using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>Disks that stay ill until the stream has ended. The recording says so, keeps what it has, and nobody else notices.</summary>
public sealed class RecordingFailureTests : IDisposable
{
    private readonly RecordingBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_write_that_fails_keeps_what_was_written_whole()
    {
        var disk = _bench.UseMemory();
        var writes = 0;
        disk.Before = (call, _) => Fail(call == DiskCall.Write && writes++ > 0);
        var recording = _bench.Prepare();
        var run = recording.RunAsync();
        var told = new SemaphoreSlim(0);
        _bench.OnTold = _ => told.Release();
        _bench.Stream.Run(1000, gop: 25);
        await told.WaitAsync();
        _bench.Stream.Run(1000, gop: 25); // the publisher goes on, whatever the disk does
        _bench.Stream.End();
        await run;
        Failed(recording).ShouldContain("No space left");
        var file = TestFile.Parse(disk.Content(recording.Path));
        file.Positions.ShouldNotBeEmpty();
        file.Positions.ShouldBe(ReaderExtensions.Range(0, file.Positions.Count));
        _bench.Stream.Pool.LentBytes.ShouldBe(0);
        _bench.Told[^1].ShouldBe("ended WriteFailed");
        var rest = recording.Ledger.ShouldHaveSingleItem();
        rest.Cause.ShouldBe(DiscontinuityCause.VolumeFault);
        rest.Length.ShouldBe(TimeSpan.FromMilliseconds(40 * (1999 - file.Positions.Count)));
    }

    [Fact]
    public async Task When_the_first_write_fails_no_file_is_left()
    {
        var disk = _bench.UseMemory();
        disk.Before = (call, _) => Fail(call == DiskCall.Write);
        var recording = _bench.Prepare();
        await RunAsync(recording);
        Failed(recording);
        disk.Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_index_that_cannot_be_written_fails_the_recording_and_leaves_the_media()
    {
        var disk = _bench.UseMemory();
        var writes = 0;
        disk.Before = (call, _) => Fail(call == DiskCall.Write && _bench.Stream.Stream.Ended.IsCompleted && writes++ > 0);
        var recording = _bench.Prepare();
        await RunAsync(recording);
        Failed(recording);
        var file = TestFile.Parse(disk.Content(recording.Path));
        file.Positions.Count.ShouldBe(100);
        file.IsFinished.ShouldBeFalse();
    }

    [Fact]
    public async Task A_writer_with_a_bug_fails_the_recording_and_nothing_else()
    {
        _bench.Container = new TestContainer { BeforeCut = _ => throw new InvalidOperationException("bug") };
        var recording = _bench.Prepare();
        await RunAsync(recording);
        Failed(recording).ShouldContain("bug");
    }

    [Fact]
    public async Task An_error_of_the_writer_is_not_taken_for_one_of_the_disk()
    {
        _bench.Container = new TestContainer { BeforeCut = _ => throw new IOException("spilled") };
        var recording = _bench.Prepare();
        await RunAsync(recording);
        Failed(recording).ShouldContain("spilled");
    }

    [Fact]
    public async Task A_volume_that_takes_nothing_any_more_ends_the_recording()
    {
        var (recording, run) = await _bench.StartAsync(() => _bench.Stream.Run(100, gop: 25));
        _bench.Volume.Dispose();
        _bench.Stream.Run(1000, gop: 25);
        _bench.Stream.End();
        await run;
        recording.Completion.IsCompletedSuccessfully.ShouldBeTrue();
        Failed(recording);
    }

    private async Task RunAsync(ActiveRecording recording)
    {
        _bench.Stream.Run(100, gop: 25);
        _bench.Stream.End();
        await recording.RunAsync();
    }

    private static string Failed(ActiveRecording recording)
    {
        recording.State.ShouldBe(RecordingState.Failed);
        recording.EndReason.ShouldBe(RecordingEndReason.WriteFailed);
        return recording.Error.ShouldNotBeNull();
    }

    private static void Fail(bool now)
    {
        if (now)
            throw MemoryDisk.Full();
    }
}
