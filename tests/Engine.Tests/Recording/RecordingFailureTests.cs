using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>Disks fail. The recording says so, keeps what it has, and nobody else notices.</summary>
public sealed class RecordingFailureTests : IDisposable
{
    private readonly RecordingBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_folder_in_the_place_of_the_file_fails_the_recording_and_names_it()
    {
        var recording = _bench.Prepare(new RecordingOptions { ExistingFile = ExistingFile.Overwrite });
        Directory.CreateDirectory(recording.Path);
        await RunAsync(recording);
        Failed(recording).ShouldContain(recording.Path);
    }

    [Fact]
    public async Task A_folder_that_vanished_fails_the_recording()
    {
        var recording = _bench.Prepare(new RecordingOptions { FileName = "a/b" });
        Directory.Delete(_bench.Folder["a"], recursive: true);
        await RunAsync(recording);
        Failed(recording).ShouldContain(recording.Path);
    }

    [Fact]
    public async Task A_write_that_fails_keeps_what_was_written_whole()
    {
        _bench.Container = new TestContainer { BeforeCut = n => Fail(n == 1) };
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
        var file = _bench.File();
        file.Positions.ShouldNotBeEmpty();
        file.Positions.ShouldBe(ReaderExtensions.Range(0, file.Positions.Count));
        _bench.Stream.Pool.LentBytes.ShouldBe(0);
        _bench.Told[^1].ShouldBe("ended WriteFailed");
    }

    [Fact]
    public async Task When_the_first_write_fails_no_file_is_left()
    {
        _bench.Container = new TestContainer { BeforeCut = _ => Fail(true) };
        var recording = _bench.Prepare();
        await RunAsync(recording);
        Failed(recording);
        _bench.Folder.Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_index_that_cannot_be_written_fails_the_recording_and_leaves_the_media()
    {
        _bench.Container = new TestContainer { BeforeFinish = () => Fail(true) };
        var recording = _bench.Prepare();
        await RunAsync(recording);
        Failed(recording);
        _bench.File().Positions.Count.ShouldBe(100);
        _bench.File().IsFinished.ShouldBeFalse();
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
    public async Task A_volume_that_takes_nothing_any_more_ends_the_recording()
    {
        var started = new TaskCompletionSource();
        _bench.OnTold = _ => started.TrySetResult();
        var recording = _bench.Prepare();
        var run = recording.RunAsync();
        _bench.Stream.Run(100, gop: 25);
        await started.Task;
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
            throw new IOException("No space left on device");
    }
}
