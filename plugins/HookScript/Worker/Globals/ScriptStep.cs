using System.Diagnostics.CodeAnalysis;
using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts;

/// <summary>The step that runs the script. A step is done at least once: after a crash the script runs again with the same <see cref="Id"/>.</summary>
public sealed class ScriptStep
{
    private readonly StepFacts _facts;

    internal ScriptStep(StepFacts facts)
    {
        _facts = facts;
        Options = new Dictionary<string, string>(facts.Options, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Idempotency key: the same for every attempt of this step, unique for ever.</summary>
    public Guid Id => _facts.Id;

    /// <summary>What it waited for, such as <c>FileClosed</c>.</summary>
    public string Event => _facts.Event;

    /// <summary>1 for the first attempt.</summary>
    public int Attempt => _facts.Attempt;

    /// <summary>When the event was (UTC).</summary>
    public DateTimeOffset At => _facts.At;

    /// <summary>What the application's list says beside the script's name; keys without case.</summary>
    public IReadOnlyDictionary<string, string> Options { get; }

    /// <summary>Kind of the step that this one follows, such as <c>s3-upload</c>; null unless it waits for <c>StepDone</c> or <c>StepFailed</c>.</summary>
    public string? CauseKind => _facts.Cause?.Kind;

    /// <summary>What that step told: where the upload is, or why it failed.</summary>
    public string? CauseDetail => _facts.Cause?.Detail;

    /// <summary>Ends the script: trying again would end the same way, so the step waits for a person among the failed ones.</summary>
    /// <param name="reason">What is wrong and the remedy.</param>
    [DoesNotReturn]
    public void GiveUp(string reason) => throw new StepGivenUpException(reason);
}

/// <summary>Something that the script asked for cannot be done; the message names the remedy. Not caught, the step is tried again.</summary>
public class ScriptException(string message) : Exception(message);

/// <summary>The script gave the step up.</summary>
internal sealed class StepGivenUpException(string reason) : ScriptException(reason);
