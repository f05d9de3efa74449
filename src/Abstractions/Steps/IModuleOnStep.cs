using Tapedeck.Modules;

namespace Tapedeck.Steps;

/// <summary>
/// Carries out steps: durable work after an event. Unlike a notice a step is a row of the catalog: it survives crashes, is tried again, and is done at
/// least once. A module that does it twice recognizes it by <see cref="StepCall.Id"/>.
/// </summary>
public interface IModuleOnStep : IModule
{
    /// <summary>The kinds that it carries out. Asked once, at start.</summary>
    IReadOnlyList<StepKind> StepKinds { get; }

    /// <summary>
    /// Steps that the application gets though it lists none of this module's kinds, behind those that it lists. Asked once, at start.
    /// </summary>
    IReadOnlyList<StepDefinition> DefaultSteps => [];

    /// <summary>What is wrong with a step that the application lists, and the remedy; null when nothing is. Asked at start; such a step still gets its rows, which wait.</summary>
    string? CheckStep(StepDefinition definition) => null;

    /// <summary>Carries out one attempt. Several run at a time, as <see cref="StepKind.Concurrency"/> says. It must end soon after it is cancelled.</summary>
    ValueTask<StepResult> RunStepAsync(StepCall step, CancellationToken cancellationToken);
}
