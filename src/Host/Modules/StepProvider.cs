using Tapedeck.Host.Settings;
using Tapedeck.Steps;

namespace Tapedeck.Host.Modules;

/// <summary>What a running module told of its durable work.</summary>
/// <param name="module">Which.</param>
/// <param name="kinds">Kinds it carries out.</param>
/// <param name="defaults">Steps an application gets without listing them.</param>
internal sealed class StepProvider(RunningModule module, IReadOnlyList<StepKind> kinds, IReadOnlyList<StepDefinition> defaults)
{
    public IReadOnlyList<StepKind> Kinds => kinds;

    public IReadOnlyList<StepDefinition> Defaults => defaults;

    /// <summary>Where the module is listed.</summary>
    public SourceLocation Location => module.Entry.Location;

    /// <summary>Asks the module once.</summary>
    public static StepProvider Of(RunningModule module, IModuleOnStep worker) => new(module, [.. worker.StepKinds], [.. worker.DefaultSteps]);

    public string? Check(StepDefinition definition) => (module.Module as IModuleOnStep)?.CheckStep(definition);

    public ValueTask<StepResult> RunAsync(StepCall step, CancellationToken cancellationToken) => module.Module is IModuleOnStep worker
        ? worker.RunStepAsync(step, cancellationToken)
        : new(StepResult.Retry($"Module {module.Name} is not running."));
}
