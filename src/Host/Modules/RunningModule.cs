using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Plugins;
using Tapedeck.Host.Settings;
using Tapedeck.Modules;
using Tapedeck.Steps;

namespace Tapedeck.Host.Modules;

/// <summary>
/// One module of one application instance: its state and its queue of notices. The queue's task is the only one that tells the module
/// anything; decisions and commands come from the tasks of connections.
/// </summary>
internal sealed class RunningModule : IDisposable
{
    private readonly ModulesOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _place;
    private readonly Channel<Notice> _notices;
    private readonly CancellationTokenSource _abandon = new();
    private readonly CancellationToken _abandoned;
    private Task _queue = Task.CompletedTask;
    private volatile IModule? _module;
    private ModuleContext? _context;
    private volatile bool _isStopping;
    private long _lost;

    /// <param name="loaded">What was made.</param>
    /// <param name="place">Application and instance, for the log.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock of the limits.</param>
    /// <param name="logger">Where failures are told.</param>
    public RunningModule(LoadedModule loaded, string place, ModulesOptions options, TimeProvider time, ILogger logger)
    {
        Entry = loaded.Entry;
        _place = place;
        _options = options;
        _time = time;
        _logger = logger;
        _abandoned = _abandon.Token;
        _module = loaded.Instance;
        _context = loaded.Context;
        _notices = Channel.CreateBounded<Notice>(new BoundedChannelOptions(options.QueueLength) { SingleReader = true });
        if (loaded.Instance is null)
        {
            Abilities = loaded.Missed;
            Fault(loaded.Fault ?? "it could not be made");
            return;
        }
        Abilities = ModuleReflection.Abilities(loaded.Instance.GetType());
        try
        {
            Commands = ModuleReflection.Commands(loaded.Instance);
        }
        catch (InvalidOperationException e)
        {
            Fault(e.Message);
        }
    }

    public ModuleEntry Entry { get; }

    public string Name => Entry.Name;

    /// <summary>What it does; when it is faulted, what it would have decided; nothing when it is stopped.</summary>
    public ModuleAbilities Abilities { get; private set; }

    public IReadOnlyDictionary<string, CommandHandler> Commands { get; private set; } = new Dictionary<string, CommandHandler>();

    public ModuleState State { get; private set; }

    public string? Reason { get; private set; }

    /// <summary>The module while it runs.</summary>
    public IModule? Module => State == ModuleState.Running ? _module : null;

    public ModuleStatus Status => new(Name, Entry.Class, State, Reason, _notices.Reader.Count, Interlocked.Read(ref _lost));

    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        if (State != ModuleState.Created) return;
        try
        {
            if (Abilities.HasFlag(ModuleAbilities.AppStart))
                await ModuleGuard.RunAsync(t => ((IModuleOnApp)_module!).OnAppStartAsync(t), _options.StartTimeout, _time, cancellationToken);
        }
        catch (ModuleTimeoutException e)
        {
            Fault($"it did not start within {ValueText.Duration(e.Limit)}");
            return;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Fault($"it failed to start: {e.Message}", e);
            return;
        }
        try
        {
            Steps = _module is IModuleOnStep worker ? StepProvider.Of(this, worker) : null;
        }
        catch (Exception e)
        {
            Fault($"it failed to name its steps: {e.Message}", e);
            return;
        }
        State = ModuleState.Running;
        _queue = Task.Run(RunQueueAsync, CancellationToken.None);
    }

    /// <summary>What durable work it carries out; null when it does none, or does not run.</summary>
    public StepProvider? Steps { get; private set; }

    /// <summary>Queues a notice if the module cares for it. Never waits.</summary>
    public void Notify(in Notice notice)
    {
        if ((Abilities & notice.Kind) == 0 || State != ModuleState.Running) return;
        if (_notices.Writer.TryWrite(notice) || _isStopping) return;
        if (Interlocked.Increment(ref _lost) == 1)
            _logger.LogError("Module {Module} of {Place} is too slow: {Count} notices wait (setting modules.queueLength), further ones are lost to it", Name, _place, _options.QueueLength);
    }

    /// <summary>Tells it what is left, stops, disposes and unloads it. Never throws.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var wasRunning = State == ModuleState.Running;
        _isStopping = true;
        _notices.Writer.TryComplete();
        if (!await TryAsync("finish its queue", _ => new ValueTask(_queue), cancellationToken))
        {
            Interlocked.Add(ref _lost, _notices.Reader.Count);
            await _abandon.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        if (wasRunning && Abilities.HasFlag(ModuleAbilities.AppStop))
            await TryAsync("stop", t => ((IModuleOnApp)_module!).OnAppStopAsync(t), cancellationToken);
        if (State != ModuleState.Faulted) State = ModuleState.Stopped;
        if (Interlocked.Read(ref _lost) is > 0 and var lost)
            _logger.LogError("Module {Module} of {Place} has lost {Count} notices", Name, _place, lost);
        await ReleaseAsync(cancellationToken);
    }

    public void Dispose() => _abandon.Dispose();

    /// <summary>Marks it as failed; the application goes on without it, and says so. What it would have decided is refused.</summary>
    private void Fault(string reason, Exception? exception = null)
    {
        State = ModuleState.Faulted;
        Reason = reason;
        // A guard that is missing must not leave the door open.
        Abilities &= ModuleAbilities.Deciding;
        Commands = new Dictionary<string, CommandHandler>();
        var consequence = Abilities == ModuleAbilities.None ? "the application runs without it" : "what it would have decided is refused";
        _logger.LogError(exception, "Module {Module} of {Place} is MISSING, {Consequence}: {Reason} ({Location})", Name, _place, consequence, reason, Entry.Location.ToString());
    }

    private async Task RunQueueAsync()
    {
        await foreach (var notice in _notices.Reader.ReadAllAsync(CancellationToken.None))
        {
            if (_abandoned.IsCancellationRequested || _module is not { } module) return;
            try
            {
                await notice.TellAsync(module, _abandoned);
            }
            catch (Exception e)
            {
                _logger.LogError(e, "Module {Module} of {Place} failed when told: {Notice}", Name, _place, notice.Kind);
            }
        }
    }

    private async Task<bool> TryAsync(string what, Func<CancellationToken, ValueTask> call, CancellationToken cancellationToken)
    {
        try
        {
            await ModuleGuard.RunAsync(call, _options.StopTimeout, _time, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is ModuleTimeoutException or OperationCanceledException)
        {
            _logger.LogError("Module {Module} of {Place} did not {What} in time", Name, _place, what);
        }
        catch (Exception e)
        {
            _logger.LogError(e, "Module {Module} of {Place} failed to {What}", Name, _place, what);
        }
        return false;
    }

    /// <summary>Disposes the module, drops every reference to it and unloads its code.</summary>
    private async ValueTask ReleaseAsync(CancellationToken cancellationToken)
    {
        Abilities = ModuleAbilities.None;
        Commands = new Dictionary<string, CommandHandler>();
        Steps = null;
        await DisposeModuleAsync(cancellationToken);
        _module = null;
        _queue = Task.CompletedTask;
        _context?.Unload();
        _context = null;
    }

    private async Task DisposeModuleAsync(CancellationToken cancellationToken)
    {
        if (_module is IAsyncDisposable asynchronous)
            await TryAsync("be disposed", _ => asynchronous.DisposeAsync(), cancellationToken);
        else if (_module is IDisposable disposable)
            await TryAsync("be disposed", _ => { disposable.Dispose(); return default; }, cancellationToken);
    }
}
