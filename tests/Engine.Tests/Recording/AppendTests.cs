using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>Going on at the end of a file that is there already. Whatever goes wrong, the old content stays.</summary>
public sealed class AppendTests : IDisposable
{
    private static readonly RecordingOptions Append = new() { ExistingFile = ExistingFile.Append };

    private readonly RecordingBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_second_recording_goes_on_at_the_end()
    {
        var first = _bench.Prepare(Append);
        var run = first.RunAsync();
        _bench.Stream.Run(50, gop: 25);
        first.Stop(RecordingEndReason.Stopped);
        await run;
        await _bench.RecordAsync(() => _bench.Stream.Run(50, gop: 25), Append);
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 100));
        _bench.File().IsFinished.ShouldBeTrue();
        _bench.Folder.Files.ShouldBe(["cam.test"]);
    }

    [Fact]
    public async Task A_file_that_cannot_be_continued_stays_as_it_is()
    {
        await File.WriteAllTextAsync(_bench.Folder["cam.test"], "something precious");
        var recording = await _bench.RecordAsync(() => _bench.Stream.Run(50, gop: 25), Append);
        recording.State.ShouldBe(RecordingState.Failed);
        (await File.ReadAllTextAsync(_bench.Folder["cam.test"])).ShouldBe("something precious");
    }

    [Fact]
    public async Task When_the_first_write_fails_the_old_content_stays()
    {
        var first = _bench.Prepare(Append);
        _bench.Stream.Run(50, gop: 25);
        first.Stop(RecordingEndReason.Stopped);
        await first.RunAsync();
        _bench.Container = new TestContainer { BeforeCut = _ => throw new IOException("No space left on device") };
        var second = await _bench.RecordAsync(() => _bench.Stream.Run(50, gop: 25), Append);
        second.State.ShouldBe(RecordingState.Failed);
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 50));
    }

    [Fact]
    public async Task Media_that_cannot_be_carried_leaves_the_old_content()
    {
        var first = _bench.Prepare(Append);
        _bench.Stream.Run(50, gop: 25);
        first.Stop(RecordingEndReason.Stopped);
        await first.RunAsync();
        _bench.Container = new TestContainer { Carries = _ => false };
        var second = await _bench.RecordAsync(() => _bench.Stream.Run(50, gop: 25), Append);
        second.EndReason.ShouldBe(RecordingEndReason.UnsupportedMedia);
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 50));
        _bench.File().IsFinished.ShouldBeTrue();
    }

    [Fact]
    public async Task An_empty_file_is_begun_as_a_new_one()
    {
        await File.WriteAllBytesAsync(_bench.Folder["cam.test"], []);
        var recording = await _bench.RecordAsync(() => _bench.Stream.Run(50, gop: 25), Append);
        recording.Error.ShouldBeNull();
        _bench.File().Positions.ShouldBe(ReaderExtensions.Range(0, 50));
    }

    [Fact]
    public async Task A_link_is_not_followed()
    {
        var elsewhere = Path.Combine(_bench.Folder.Path, "elsewhere");
        await File.WriteAllTextAsync(elsewhere, "TEST____");
        File.CreateSymbolicLink(_bench.Folder["cam.test"], elsewhere);
        var recording = await _bench.RecordAsync(() => _bench.Stream.Run(50, gop: 25), Append);
        recording.State.ShouldBe(RecordingState.Failed);
        (await File.ReadAllTextAsync(elsewhere)).ShouldBe("TEST____");
    }
}
