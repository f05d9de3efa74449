using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Recording;
using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class RecorderTests : IDisposable
{
    private readonly RecordingBench _bench = new();
    private readonly VolumeSet _volumes = new(new RecordingSettings());
    private readonly Recorder _recorder;

    public RecorderTests() => _recorder = new Recorder(
        _bench.Folder.Path, RecordingFormat.Mp4, _bench.Settings, _bench.Claims, _volumes, _bench, NullLogger.Instance, _bench.Time);

    public void Dispose()
    {
        _volumes.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task A_module_may_refuse_and_its_reason_is_passed_on()
    {
        _bench.Decision = Decision.Refuse("not today");
        var refused = await Should.ThrowAsync<RecordingException>(async () => await _recorder.StartAsync(_bench.Stream.Stream, new RecordingOptions(), default));
        refused.Refusal.ShouldBe(RecordingRefusal.ByModule);
        refused.Message.ShouldBe("not today");
        _recorder.Active.ShouldBeEmpty();
        _bench.Folder.Files.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stream_that_has_ended_is_refused()
    {
        _bench.Stream.End();
        var refused = await Should.ThrowAsync<RecordingException>(async () => await _recorder.StartAsync(_bench.Stream.Stream, new RecordingOptions(), default));
        refused.Refusal.ShouldBe(RecordingRefusal.NoSuchStream);
    }

    [Fact]
    public async Task Stopping_what_has_ended_changes_nothing()
    {
        var recording = await _bench.RecordAsync(() => _bench.Stream.Run(50, gop: 25));
        await _recorder.StopAsync(recording, default);
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
    }

    [Fact]
    public async Task Stopping_everything_with_nothing_active_returns() => await _recorder.StopAllAsync();
}
