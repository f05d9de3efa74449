using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Steps;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Modules;
using Tapedeck.Steps;

namespace Tapedeck.Host.Steps;

/// <summary>The steps of one application instance: what is to be done, and which of its modules, or the host itself, does it. Immutable.</summary>
internal sealed partial class InstanceSteps
{
    private readonly Dictionary<string, StepExecutor> _executors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _missing = new(StringComparer.Ordinal);

    /// <param name="model">Lists the steps.</param>
    /// <param name="modules">Started.</param>
    /// <param name="builtIn">What the host does itself.</param>
    /// <param name="directories">Where steps may put files.</param>
    /// <param name="setLabel">Sets a label of a recording of the instance.</param>
    /// <param name="logger">Gets a line for each step that cannot be carried out.</param>
    public InstanceSteps(
        ApplicationModel model,
        ModuleHost modules,
        BuiltInSteps builtIn,
        IReadOnlyList<string> directories,
        Func<Guid, string, string?, CancellationToken, ValueTask> setLabel,
        ILogger logger)
    {
        var providers = modules.Steps;
        var kinds = new Dictionary<string, (StepKind Kind, Func<StepDefinition, string?> Check, Func<StepCall, CancellationToken, ValueTask<StepResult>> Run)>(StringComparer.Ordinal);
        foreach (var (kind, check, run) in builtIn.All)
            kinds[kind.Name] = (kind, check, run);
        foreach (var provider in providers)
        {
            foreach (var kind in provider.Kinds)
                kinds[kind.Name] = (kind, provider.Check, provider.RunAsync);
        }

        List<StepEntry> steps = [.. model.Steps];
        foreach (var provider in providers.Where(p => !model.Steps.Any(s => p.Kinds.Any(k => k.Name == s.Definition.Kind))))
            steps.AddRange(provider.Defaults.Select(d => new StepEntry(d, provider.Location)));
        foreach (var step in steps)
        {
            if (!kinds.TryGetValue(step.Definition.Kind, out var known))
                LogUnknown(logger, step.Definition.ToString(), step.Location.ToString(), step.Definition.Kind, string.Join(", ", kinds.Keys.Order(StringComparer.Ordinal)));
            else if (known.Check(step.Definition) is { } problem)
                LogProblem(logger, step.Definition.ToString(), step.Location.ToString(), problem);
        }

        Plan = new StepPlan(steps.Select(s => (s.Definition, kinds.TryGetValue(s.Definition.Kind, out var known) && known.Kind.InOrder)));
        foreach (var (name, (kind, _, run)) in kinds)
            _executors[name] = new StepExecutor(kind, run, Plan) { Directories = directories, SetLabelAsync = setLabel };
        foreach (var (name, reason) in modules.MissingSteps)
        {
            _missing[name] = reason;
            LogMissing(logger, name, model.Name);
        }
    }

    /// <summary>What is to be done.</summary>
    public StepPlan Plan { get; }

    /// <summary>Who carries out a kind.</summary>
    /// <exception cref="StepException">Nobody does.</exception>
    public StepExecutor Find(string kind) => _executors.GetValueOrDefault(kind)
        ?? throw new StepException(_missing.Count > 0
            ? $"no running module carries them out; not running: {string.Join("; ", _missing.Select(m => $"{m.Key} ({m.Value})"))}. They go on after a start with that module."
            : "no module of the application carries them out; list the module that does, and start again, or cancel them (tapedeck steps cancel)");

    [LoggerMessage(LogLevel.Warning, "Module {Module} of {Application} is not running: what is recorded meanwhile gets none of the steps that it brings by itself; steps that the application lists ('steps') wait for it")]
    private static partial void LogMissing(ILogger logger, string module, string application);

    [LoggerMessage(LogLevel.Error, "Step {Step} ({Location}) will wait: no module of the application carries out '{Kind}'; there are {Kinds}")]
    private static partial void LogUnknown(ILogger logger, string step, string location, string kind, string kinds);

    [LoggerMessage(LogLevel.Error, "Step {Step} ({Location}) will fail: {Problem}")]
    private static partial void LogProblem(ILogger logger, string step, string location, string problem);
}

/// <summary>Kinds of step that the host carries out itself.</summary>
internal sealed class BuiltInSteps(TimeProvider time) : IDisposable
{
    private readonly WebhookStep _webhook = new(time);

    public IEnumerable<(StepKind Kind, Func<StepDefinition, string?> Check, Func<StepCall, CancellationToken, ValueTask<StepResult>> RunAsync)> All =>
    [
        (DeleteLocalStep.Kind, _ => null, DeleteLocalStep.RunAsync),
        (WebhookStep.Kind, WebhookStep.Check, _webhook.RunAsync),
    ];

    public void Dispose() => _webhook.Dispose();
}
