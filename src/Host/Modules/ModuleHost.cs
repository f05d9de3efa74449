using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Tapedeck.Connections;
using Tapedeck.Host.Settings;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Host.Modules;

/// <summary>
/// The modules of one application instance. Decisions ask in the order of the list, the first refusal wins; commands go to the last
/// that defines them; notices go to each module's own queue. A module's failure ends here. Safe for use by any thread once started.
/// </summary>
internal sealed class ModuleHost
{
    private readonly RunningModule[] _modules;
    private readonly string _place;
    private readonly ModulesOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile Table _table = Table.Closed;

    /// <param name="modules">What <see cref="ModuleFactory"/> made of the application's list.</param>
    /// <param name="place">Application and instance, for the log.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock of the limits.</param>
    /// <param name="logger">Where failures are told.</param>
    public ModuleHost(IEnumerable<LoadedModule> modules, string place, ModulesOptions options, TimeProvider time, ILogger logger)
    {
        _place = place;
        _options = options;
        _time = time;
        _logger = logger;
        _modules = [.. modules.Select(m => new RunningModule(m, place, options, time, logger))];
    }

    /// <summary>How each module of the list fares.</summary>
    public IReadOnlyList<ModuleStatus> Modules => [.. _modules.Select(m => m.Status)];

    /// <summary>Who carries out steps, in order of the list.</summary>
    public IReadOnlyList<StepProvider> Steps => [.. _modules.Select(m => m.Steps).OfType<StepProvider>()];

    /// <summary>Modules that do not run, any of which might carry out steps, and why.</summary>
    public IEnumerable<(string Module, string Reason)> MissingSteps => _modules.Where(m => m.State == ModuleState.Faulted).Select(m => (m.Name, m.Reason ?? ""));

    /// <summary>Starts the modules in order of the list. One that fails is left out; the others go on.</summary>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        foreach (var module in _modules) await module.StartAsync(cancellationToken);
        _table = new Table(_modules, Decision.Allow);
    }

    /// <summary>Tells the modules what is left to tell, stops, disposes and unloads them. Call when every connection and recording has ended.</summary>
    public async ValueTask StopAsync(CancellationToken cancellationToken)
    {
        _table = Table.Closed;
        await Task.WhenAll(_modules.Select(m => m.StopAsync(cancellationToken)));
        foreach (var module in _modules) module.Dispose();
    }

    public ValueTask<Decision> DecideConnectAsync(IClientConnection client, CancellationToken cancellationToken) =>
        _table.Connecting is { Length: > 0 } asked
            ? DecideAsync(asked, "the connection", client, static (m, a, t) => ((IModuleOnConnect)m).OnConnectingAsync(a, t), cancellationToken)
            : new(_table.WhenNobodyIsAsked);

    public ValueTask<Decision> DecidePublishAsync(PublishRequest request, CancellationToken cancellationToken) =>
        _table.Publishing is { Length: > 0 } asked
            ? DecideAsync(asked, "publishing", request, static (m, a, t) => ((IModuleOnStream)m).OnPublishingAsync(a, t), cancellationToken)
            : new(_table.WhenNobodyIsAsked);

    public ValueTask<Decision> DecidePlayAsync(PlayRequest request, CancellationToken cancellationToken) =>
        _table.Playing is { Length: > 0 } asked
            ? DecideAsync(asked, "playing", request, static (m, a, t) => ((IModuleOnStream)m).OnPlayingAsync(a, t), cancellationToken)
            : new(_table.WhenNobodyIsAsked);

    public ValueTask<Decision> DecideRecordingAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken) =>
        _table.RecordingStarting is { Length: > 0 } asked
            ? DecideAsync(asked, "the recording", (stream, options), static (m, a, t) => ((IModuleOnRecording)m).OnRecordingStartingAsync(a.stream, a.options, t), cancellationToken)
            : new(_table.WhenNobodyIsAsked);

    /// <summary>The answer of the modules; what none of them answers is passed up to the call's own previous.</summary>
    public ValueTask<CommandResult> CallAsync(CommandCall call, CancellationToken cancellationToken)
    {
        var table = _table;
        var steps = table.Commands.GetValueOrDefault(call.Name) ?? table.AnyCommand;
        return steps.Length == 0 ? call.PassUpAsync(cancellationToken) : RunAsync(new CallChain(call, steps, _logger), call.Name, cancellationToken);
    }

    public void NotifyConnected(IClientConnection client) => Notify(new(ModuleAbilities.Connected, client));

    public void NotifyDisconnected(IClientConnection client) => Notify(new(ModuleAbilities.Disconnected, client));

    public void NotifyStreamStarted(ILiveStream stream) => Notify(new(ModuleAbilities.StreamStarted, stream));

    public void NotifyStreamEnded(ILiveStream stream, StreamEndReason reason) => Notify(new(ModuleAbilities.StreamEnded, stream, Reason: reason));

    public void NotifyRecordingStarted(IRecording recording) => Notify(new(ModuleAbilities.RecordingStarted, recording));

    public void NotifyFileClosed(IRecording recording, RecordedFile file) => Notify(new(ModuleAbilities.FileClosed, recording, file));

    public void NotifyRecordingEnded(IRecording recording) => Notify(new(ModuleAbilities.RecordingEnded, recording));

    private void Notify(in Notice notice)
    {
        foreach (var module in _modules) module.Notify(notice);
    }

    private async ValueTask<Decision> DecideAsync<T>(RunningModule[] asked, string what, T about, Func<IModule, T, CancellationToken, ValueTask<Decision>> ask, CancellationToken cancellationToken)
    {
        foreach (var running in asked)
        {
            if (running.Module is not { } module)
            {
                _logger.LogWarning("Module {Module} of {Place} is missing, so {What} is refused: {Reason}", running.Name, _place, what, running.Reason);
                return Decision.Refuse($"Module {running.Name}, which decides about this, is not running; the server's log tells why.");
            }

            try
            {
                var decision = await ModuleGuard.RunAsync(t => ask(module, about, t), _options.DecideTimeout, _time, cancellationToken);
                if (decision.IsAllowed) continue;
                _logger.LogInformation("Module {Module} of {Place} refuses {What}: {Reason}", running.Name, _place, what, decision.Reason);
                return decision;
            }
            catch (ModuleTimeoutException e)
            {
                _logger.LogError("Module {Module} of {Place} did not decide about {What} within {Limit}, so it is refused", running.Name, _place, what, ValueText.Duration(e.Limit));
                return Decision.Refuse($"Module {running.Name} did not answer in time.");
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                _logger.LogError(e, "Module {Module} of {Place} failed to decide about {What}, so it is refused", running.Name, _place, what);
                return Decision.Refuse($"Module {running.Name} failed; the server's log tells why.");
            }
        }
        return Decision.Allow;
    }

    private async ValueTask<CommandResult> RunAsync(CallChain chain, string command, CancellationToken cancellationToken)
    {
        try
        {
            return await ModuleGuard.RunAsync(chain.RunAsync, _options.CallTimeout, _time, cancellationToken);
        }
        catch (ModuleTimeoutException e)
        {
            var name = chain.Current?.Name ?? "?";
            _logger.LogError("Module {Module} of {Place} did not answer the command {Command} within {Limit}", name, _place, ValueText.Quoted(command), ValueText.Duration(e.Limit));
            return CommandResult.Error(CallChain.FailedCode, $"Module {name} did not answer in time.");
        }
    }

    /// <summary>Who is asked for what; made once when the modules have started.</summary>
    private sealed class Table(IReadOnlyCollection<RunningModule> modules, Decision whenNobodyIsAsked)
    {
        /// <summary>Before the start and after the stop nobody could be asked, so nothing is allowed.</summary>
        public static readonly Table Closed = new([], Decision.Refuse("The application is not running."));

        public Decision WhenNobodyIsAsked { get; } = whenNobodyIsAsked;

        public RunningModule[] Connecting { get; } = WhoCan(modules, ModuleAbilities.Connecting);

        public RunningModule[] Publishing { get; } = WhoCan(modules, ModuleAbilities.Publishing);

        public RunningModule[] Playing { get; } = WhoCan(modules, ModuleAbilities.Playing);

        public RunningModule[] RecordingStarting { get; } = WhoCan(modules, ModuleAbilities.RecordingStarting);

        /// <summary>Those who answer commands that no module defines, last to first.</summary>
        public CallStep[] AnyCommand { get; } = AnyCommandSteps(modules);

        /// <summary>Those who define a command, last to first, then those who answer any.</summary>
        public FrozenDictionary<string, CallStep[]> Commands { get; } = modules
            .Reverse()
            .SelectMany(m => m.Commands.Select(c => (c.Key, Step: new CallStep(m, c.Value))))
            .GroupBy(c => c.Key, c => c.Step, StringComparer.Ordinal)
            .ToFrozenDictionary(g => g.Key, g => (CallStep[])[.. g, .. AnyCommandSteps(modules)], StringComparer.Ordinal);

        private static RunningModule[] WhoCan(IReadOnlyCollection<RunningModule> modules, ModuleAbilities ability) =>
            [.. modules.Where(m => m.Abilities.HasFlag(ability))];

        private static CallStep[] AnyCommandSteps(IReadOnlyCollection<RunningModule> modules) =>
            [.. WhoCan(modules, ModuleAbilities.Call).Reverse().Select(m => new CallStep(m, ((IModuleOnCall)m.Module!).OnCallAsync))];
    }
}
