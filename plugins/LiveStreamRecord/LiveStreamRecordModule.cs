using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Tapedeck.Connections;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.LiveStreamRecord;

/// <summary>
/// Lets an encoder record what it publishes, by the commands <c>startRecording</c> and <c>stopRecording</c> (and split, pause, resume), as Wowza's add-on of this name did.
/// A client reaches its own streams only. Recordings that the application makes on its own account are left alone.
/// </summary>
[ModuleAlias("com.wowza.wms.plugin.livestreamrecord.ModuleLiveStreamRecord")]
public sealed partial class LiveStreamRecordModule(IRecorder recorder, LiveStreamRecordOptions defaults, ILogger<LiveStreamRecordModule> logger) : IModuleOnRecording
{
    // Weak: what is known about a stream or a recording goes when it does. Streams that end need no word from anyone.
    private readonly ConditionalWeakTable<ILiveStream, StreamRecording> _streams = [];
    private readonly ConditionalWeakTable<IRecording, RecordingReport> _reports = [];
    private readonly StreamRequests _requests = new(recorder, defaults);

    /// <summary>Starts recording; an earlier recording of the stream by this command is stopped first. Answers with the path of the file.</summary>
    [Command("startRecording")]
    public ValueTask<CommandResult> StartRecordingAsync(CommandCall call, CancellationToken cancellationToken) =>
        AnswerAsync(call, StartAsync, cancellationToken);

    /// <summary>
    /// Stops what <c>startRecording</c> started. Answers, when the file is closed, with an object: <c>path</c> of the (last) file and its
    /// <c>duration</c> in seconds. Without a file to show for it the answer is an error: who stops a recording believes that there is one.
    /// </summary>
    [Command("stopRecording")]
    public ValueTask<CommandResult> StopRecordingAsync(CommandCall call, CancellationToken cancellationToken) =>
        AnswerAsync(call, StopAsync, cancellationToken);

    /// <summary>Goes on in a new file with the next key frame. Answers with the path of the present file.</summary>
    [Command("splitRecording")]
    public ValueTask<CommandResult> SplitRecordingAsync(CommandCall call, CancellationToken cancellationToken) =>
        AnswerAsync(call, (c, t) => SteerAsync(c, recorder.Split, t), cancellationToken);

    /// <summary>Lets media pass by until <c>resumeRecording</c>; the recording stays one.</summary>
    [Command("pauseRecording")]
    public ValueTask<CommandResult> PauseRecordingAsync(CommandCall call, CancellationToken cancellationToken) =>
        AnswerAsync(call, (c, t) => SteerAsync(c, recorder.Pause, t), cancellationToken);

    /// <summary>Goes on after <c>pauseRecording</c>, in the same file.</summary>
    [Command("resumeRecording")]
    public ValueTask<CommandResult> ResumeRecordingAsync(CommandCall call, CancellationToken cancellationToken) =>
        AnswerAsync(call, (c, t) => SteerAsync(c, recorder.Resume, t), cancellationToken);

    /// <summary>Sets labels of the recording: a stream name and an object with a text for each key; null takes one away. Answers with the path of the present file.</summary>
    [Command("labelRecording")]
    public ValueTask<CommandResult> LabelRecordingAsync(CommandCall call, CancellationToken cancellationToken) =>
        AnswerAsync(call, (c, t) => SteerAsync(c, r => Label(r, CommandInput.Read(c)), t), cancellationToken);

    /// <inheritdoc />
    public ValueTask OnRecordingStartedAsync(IRecording recording, CancellationToken cancellationToken)
    {
        if (!_reports.TryGetValue(recording, out _) && _requests.Knows(recording))
            Follow(recording);
        if (_reports.TryGetValue(recording, out var report))
            report.Started(); // whatever its state has become by now
        return default;
    }

    /// <inheritdoc />
    public ValueTask OnFileClosedAsync(IRecording recording, RecordedFile file, CancellationToken cancellationToken)
    {
        if (_reports.TryGetValue(recording, out var report))
            report.FileClosed(file);
        return default;
    }

    /// <inheritdoc />
    public ValueTask OnRecordingEndedAsync(IRecording recording, CancellationToken cancellationToken)
    {
        if (_reports.TryGetValue(recording, out var report))
            report.Ended();
        return default;
    }

    private async ValueTask<CommandResult> AnswerAsync(
        CommandCall call, Func<CommandCall, CancellationToken, Task<CommandResult>> command, CancellationToken cancellationToken)
    {
        try
        {
            return await command(call, cancellationToken);
        }
        catch (CommandException e)
        {
            return Refuse(call, e.Code, e.Message);
        }
        catch (RecordingException e)
        {
            var code = e.Refusal is RecordingRefusal.NoAccess or RecordingRefusal.FileInUse ? StatusCode.NoAccess : StatusCode.Failed;
            return Refuse(call, code, e.Message);
        }
    }

    private async Task<CommandResult> StartAsync(CommandCall call, CancellationToken cancellationToken)
    {
        // Everything that can be wrong with the command is looked for before a running recording is stopped for it.
        var input = CommandInput.Read(call);
        var requested = new RequestedOptions(input, defaults, recorder.Defaults);
        var terms = requested.ReadTerms();
        var options = requested.Read();
        if (requested.Ignored.Count > 0)
            LogIgnored(logger, call.Client.Id, Quote.Several(requested.Ignored));
        if (terms is not null)
            return await _requests.StartAsync(input, options, terms, cancellationToken);

        var stream = PublishedStream.Find(call.Client, input.Stream);
        var state = _streams.GetOrCreateValue(stream);
        await state.Gate.WaitAsync(cancellationToken);
        try
        {
            if (state.Latest is null && Returned(stream) is { } returned && IsSameWish(options, returned.Options))
            {
                // An encoder that came back within the grace window and asks again: its recording goes on already.
                state.Latest = returned;
                return CommandResult.Ok(returned.Path);
            }

            if ((state.Latest ?? Returned(stream)) is { } earlier)
            {
                await StopAsync(earlier, cancellationToken);
                state.Latest = null;
            }

            var recording = await recorder.StartAsync(stream, options, cancellationToken);
            state.Latest = recording;
            Follow(recording);
            return CommandResult.Ok(recording.Path);
        }
        finally
        {
            state.Gate.Release();
        }
    }

    private async Task<CommandResult> StopAsync(CommandCall call, CancellationToken cancellationToken)
    {
        var input = CommandInput.Read(call);
        var name = input.Stream?.Name ?? (call.Client.PublishedStreams is [var only] ? only.Name : null);
        if (name is not null && await _requests.CancelAsync(name, cancellationToken) is { Requests: > 0 } cancelled)
        {
            return cancelled.Stopped is { } stopped
                ? Answer(stopped)
                : CommandResult.Ok(new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["streamName"] = name, ["cancelled"] = true });
        }

        if (!call.Client.PublishedStreams.Any(s => name is null || s.Name == name) && Abandoned(call.Client, name) is { } abandoned)
        {
            await StopAsync(abandoned, cancellationToken);
            return Answer(abandoned);
        }

        var stream = PublishedStream.Find(call.Client, input.Stream);
        var state = _streams.GetOrCreateValue(stream);
        await state.Gate.WaitAsync(cancellationToken);
        try
        {
            var recording = state.Latest ?? Returned(stream) ?? throw new CommandException(StatusCode.Failed, NothingToStop(stream));
            await StopAsync(recording, cancellationToken);
            state.Latest = null;
            return Answer(recording);
        }
        finally
        {
            state.Gate.Release();
        }
    }

    private async Task<CommandResult> SteerAsync(CommandCall call, Action<IRecording> steer, CancellationToken cancellationToken)
    {
        var stream = PublishedStream.Find(call.Client, CommandInput.Read(call).Stream);
        var state = _streams.GetOrCreateValue(stream);
        await state.Gate.WaitAsync(cancellationToken);
        try
        {
            if ((state.Latest ?? Returned(stream)) is not { EndReason: null } recording)
                throw new CommandException(StatusCode.Failed, NothingToStop(stream));
            steer(recording);
            return CommandResult.Ok(recording.Path);
        }
        finally
        {
            state.Gate.Release();
        }
    }

    /// <summary>A recording by command that goes on with this stream after its publisher came back.</summary>
    private IRecording? Returned(ILiveStream stream) =>
        recorder.Active.FirstOrDefault(r => ReferenceEquals(r.Stream, stream) && (_reports.TryGetValue(r, out _) || _requests.Knows(r)));

    /// <summary>A recording by command that outlasts a stream which this client has ended itself: it waits, within the grace window, or for its disk.</summary>
    private IRecording? Abandoned(IClientConnection client, string? name) =>
        recorder.Active.FirstOrDefault(r => r.State is RecordingState.AwaitingReturn or RecordingState.Suspended && r.Stream.Ended.IsCompleted && ReferenceEquals(r.Stream.Publisher, client)
            && (name is null || r.Stream.Name == name) && _reports.TryGetValue(r, out _));

    /// <summary>What the command leaves out was filled in by the recorder.</summary>
    private static bool IsSameWish(RecordingOptions wish, RecordingOptions present) =>
        wish with { Format = wish.Format ?? present.Format, Grace = present.Grace, Labels = present.Labels } == present
        && wish.Labels.Count == present.Labels.Count && wish.Labels.All(l => present.Labels.GetValueOrDefault(l.Key) == l.Value);

    private void Follow(IRecording recording)
    {
        var report = new RecordingReport(recording);
        if (_reports.TryAdd(recording, report))
            report.CatchUp();
    }

    private void Label(IRecording recording, CommandInput input)
    {
        // All are looked at before the first is set.
        foreach (var (key, value) in RequestedLabels.Read(input.Options).ToArray())
            recorder.SetLabel(recording, key, value);
    }

    private async Task StopAsync(IRecording recording, CancellationToken cancellationToken)
    {
        if (_reports.TryGetValue(recording, out var report))
            report.StopWanted();
        await recorder.StopAsync(recording, cancellationToken);
    }

    private static CommandResult Answer(IRecording recording)
    {
        if (RecordingReport.Failure(recording) is { } failure)
            throw new CommandException(StatusCode.Failed, failure);
        if (recording.Files is not [.., var last])
            throw new CommandException(StatusCode.Failed, RecordingReport.Outcome(recording));
        return CommandResult.Ok(new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["path"] = last.Path,
            ["duration"] = last.Duration.TotalSeconds,
        });
    }

    private string NothingToStop(ILiveStream stream)
    {
        var name = Quote.One(stream.Name);
        var other = recorder.Active.FirstOrDefault(r => ReferenceEquals(r.Stream, stream));
        return other is null
            ? $"{name} is not being recorded; send startRecording first."
            : $"{name} is being recorded to {other.Path}, but not by startRecording; that recording ends with the stream.";
    }

    private CommandResult Refuse(CommandCall call, string code, string message)
    {
        LogRefused(logger, call.Name, call.Client.Id, message);
        return CommandResult.Error(code, message);
    }

    [LoggerMessage(LogLevel.Warning, "{Command} of {Client} refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, string command, string client, string reason);

    [LoggerMessage(LogLevel.Information, "startRecording of {Client}: these options mean nothing here: {Options}")]
    private static partial void LogIgnored(ILogger logger, string client, string options);
}
