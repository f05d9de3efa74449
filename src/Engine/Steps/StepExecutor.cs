using Tapedeck.Engine.Catalog;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Steps;

/// <summary>Who carries out a kind of step for an application instance.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="RunAsync">Carries out one attempt; what it throws is a reason to try again.</param>
/// <param name="Plan">What the instance lists, for steps that follow the end of this one.</param>
public sealed record StepExecutor(StepKind Kind, Func<StepCall, CancellationToken, ValueTask<StepResult>> RunAsync, StepPlan Plan)
{
    /// <summary>Absolute folders into which a step may move or copy files.</summary>
    public IReadOnlyList<string> Directories { get; init; } = [];

    /// <summary>Sets a label of a recording, whether it still runs or not; null takes it away.</summary>
    public required Func<Guid, string, string?, CancellationToken, ValueTask> SetLabelAsync { get; init; }
}

/// <summary>Finds who carries out steps. Safe for use by any thread.</summary>
public interface IStepExecutors
{
    /// <summary>Who carries it out; an instance that does not run is started.</summary>
    /// <exception cref="StepException">Nobody does now; the message says why and what to do.</exception>
    ValueTask<StepExecutor> FindAsync(StepLane lane, CancellationToken cancellationToken);
}
