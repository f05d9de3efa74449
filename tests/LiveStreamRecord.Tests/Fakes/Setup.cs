using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord.Tests.Fakes;

/// <summary>A module of an application instance, and a client connected to it.</summary>
internal sealed class Setup
{
    public Setup(params string[] streamNames)
    {
        Client = new FakeClient(streamNames);
        Module = new LiveStreamRecordModule(Recorder, Defaults, NullLogger<LiveStreamRecordModule>.Instance);
    }

    public FakeClient Client { get; }

    public FakeRecorder Recorder { get; } = new();

    public LiveStreamRecordOptions Defaults { get; } = new();

    public LiveStreamRecordModule Module { get; }

    /// <summary>The only recording that was started.</summary>
    public FakeRecording Recording => Recorder.Started.ShouldHaveSingleItem();

    public Task<CommandResult> StartAsync(params object?[] arguments) => StartWithCommandObjectAsync(null, arguments);

    public Task<CommandResult> StartWithCommandObjectAsync(object? commandObject, params object?[] arguments) =>
        Module.StartRecordingAsync(new CommandCall("startRecording", Client, commandObject, new CommandArguments(arguments)), default).AsTask();

    public Task<CommandResult> StopAsync(params object?[] arguments) => StopWithCommandObjectAsync(null, arguments);

    public Task<CommandResult> StopWithCommandObjectAsync(object? commandObject, params object?[] arguments) =>
        Module.StopRecordingAsync(new CommandCall("stopRecording", Client, commandObject, new CommandArguments(arguments)), default).AsTask();

    public async Task<RecordingOptions> OptionsOfStartAsync(params object?[] arguments)
    {
        var result = await StartAsync(arguments);
        result.ErrorDescription.ShouldBeNull();
        return Recording.Options;
    }

    public async Task NoticeStartedAsync(FakeRecording recording)
    {
        recording.Write();
        await Module.OnRecordingStartedAsync(recording, default);
    }

    public async Task NoticeFileClosedAsync(FakeRecording recording, double seconds = 12.34) =>
        await Module.OnFileClosedAsync(recording, recording.CloseFile(seconds), default);

    public async Task NoticeEndedAsync(FakeRecording recording, RecordingEndReason reason, string? error = null)
    {
        recording.End(reason, error);
        await Module.OnRecordingEndedAsync(recording, default);
    }
}
