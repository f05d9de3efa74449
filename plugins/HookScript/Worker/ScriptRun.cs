using Tapedeck.HookScript.Protocol;
using Tapedeck.Scripts.Compiling;

namespace Tapedeck.Scripts;

/// <summary>One run of a script.</summary>
internal static class ScriptRun
{
    public static async Task<EndedMessage> RunAsync(LoadedScript script, RunMessage run, HostQuestions questions, CancellationToken cancellationToken)
    {
        try
        {
            using var globals = new ScriptGlobals(run, questions, cancellationToken);
            var result = await script.Start(globals);
            // What it returns may be a task.
            if (result is Task pending)
                await pending;
            return new EndedMessage(RunOutcome.Done, result is Task ? null : Text(result));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new EndedMessage(RunOutcome.Cancelled, null);
        }
        catch (StepGivenUpException e)
        {
            return new EndedMessage(RunOutcome.GivenUp, e.Message);
        }
        catch (Exception e)
        {
            return new EndedMessage(RunOutcome.Retry, ScriptPlaces.Describe(e));
        }
        finally
        {
            LineWriter.FlushAll();
        }
    }

    private static string? Text(object? result)
    {
        const int Longest = 2000;
        var text = result?.ToString();
        return text?.Length > Longest ? text[..Longest] + "…" : text;
    }
}
