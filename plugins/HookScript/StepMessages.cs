using Tapedeck.HookScript.Protocol;
using Tapedeck.Steps;

namespace Tapedeck.HookScript;

/// <summary>Between the contract of steps and the messages of a worker.</summary>
internal static class StepMessages
{
    public static RunMessage Run(ScriptPlace script, ScriptImage? lastGood, StepCall step) => new(script, lastGood, Step(step), Recording(step.Recording), File(step.File));

    /// <summary>Does what the script asks for.</summary>
    public static async Task<AnswerMessage> AnswerAsync(AskMessage ask, StepCall step, CancellationToken cancellationToken)
    {
        try
        {
            switch (ask.Kind)
            {
                case AskKind.MoveFile:
                    await step.MoveFileAsync(ask.Value!, cancellationToken);
                    return new AnswerMessage(ask.Number, null, File: File(step.File));
                case AskKind.CopyFile:
                    return new AnswerMessage(ask.Number, null, await step.CopyFileAsync(ask.Value!, cancellationToken));
                case AskKind.DeleteFile:
                    await step.DeleteFileAsync(cancellationToken);
                    return new AnswerMessage(ask.Number, null, File: File(step.File));
                case AskKind.SetLabel:
                    await step.SetLabelAsync(ask.Key!, ask.Value, cancellationToken);
                    return new AnswerMessage(ask.Number, null);
                case AskKind.Ledger:
                    var ledger = await step.GetLedgerAsync(cancellationToken);
                    return new AnswerMessage(ask.Number, null, Ledger: [.. ledger.Select(d => new LedgerFacts(d.Cause.ToString(), d.MediaTime, d.WallTime, d.Length, d.Detail))]);
                default:
                    return new AnswerMessage(ask.Number, $"the host does not know {ask.Kind}; install the plugin again, its parts differ");
            }
        }
        catch (StepException e)
        {
            return new AnswerMessage(ask.Number, e.Message);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new AnswerMessage(ask.Number, $"{e.GetType().Name}: {e.Message}");
        }
    }

    private static StepFacts Step(StepCall step) => new(
        step.Id, step.Definition.ToString(), step.Definition.On.ToString(), step.Attempt, step.At, step.Definition.Options,
        step.Cause is { } cause ? new CauseFacts(cause.Step, cause.Kind, cause.Argument, cause.Detail) : null);

    private static RecordingFacts Recording(StepRecording recording) => new(
        recording.Id, recording.Application, recording.Instance, recording.Stream, recording.RequestedAt, recording.StartedAt, recording.EndedAt,
        recording.EndReason?.ToString(), recording.Error, recording.Labels);

    private static FileFacts? File(StepFile? file) =>
        file is null ? null : new FileFacts(file.Id, file.Sequence, file.Path, file.Format, file.Bytes, file.Duration, file.StartedAt);
}
