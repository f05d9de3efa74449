using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapedeck.HookScript.Protocol;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Steps;

namespace Tapedeck.HookScript;

/// <summary>
/// Runs C# scripts (<c>script: after-record.csx</c>) and programs (<c>shell: hook.sh</c>) as steps. Scripts run in processes of their own: what they do to themselves
/// never reaches the host, and what they do to the recording goes through the catalog.
/// </summary>
public sealed partial class HookScriptModule : IModuleOnStep, IModuleOnRecording, IAsyncDisposable
{
    private const string ScriptKind = "script";
    private const string ShellKind = "shell";

    /// <summary>By so much the host's limit is behind ours, which can tell more.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);
    private readonly HookScriptOptions _options;
    private readonly ILogger _logger;
    private readonly StepPlaces _places;
    private readonly WorkerPool _pool;
    private readonly ScriptSteps _scripts;
    private readonly ShellSteps _programs;
    private readonly ConcurrentDictionary<string, ScriptPlace> _listed = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private Task _warming = Task.CompletedTask;

    /// <summary>Made by the host.</summary>
    public HookScriptModule(IRecorder recorder, ModuleFolders folders, HookScriptOptions options, TimeProvider time, ILogger<HookScriptModule> logger)
    {
        _options = options;
        _logger = logger;
        _places = new StepPlaces(folders.Application);
        var host = Environment.GetEnvironmentVariables();
        if (StepEnvironment.Missing(options, host) is { Count: > 0 } missing)
            LogMissing(logger, string.Join(", ", missing));
        var environment = StepEnvironment.Make(options, host);
        var folder = Directory.Exists(_places.Scripts) ? _places.Scripts : folders.Application;
        _pool = new WorkerPool(
            new WorkerProgram(folders.Plugin, folder, options.MemoryBytes, environment), options, () => recorder.Active.Count > 0, time, logger);
        _scripts = new ScriptSteps(_pool, new LastGoodScripts(logger), options, time);
        _programs = new ShellSteps(options, environment, folder, time, logger);
    }

    /// <inheritdoc />
    public IReadOnlyList<StepKind> StepKinds =>
    [
        new(ScriptKind) { Concurrency = _options.Workers, Timeout = _options.Timeout + Margin },
        new(ShellKind) { Concurrency = _options.Workers, Timeout = _options.Timeout + Margin },
    ];

    /// <inheritdoc />
    /// <remarks>A script of another name than usual is wanted, also when it is missing: then its steps wait and say so.</remarks>
    public IReadOnlyList<StepDefinition> DefaultSteps =>
        _options.AfterRecord.Length > 0 && (_options.AfterRecord != HookScriptOptions.DefaultAfterRecord || _places.FindScript(_options.AfterRecord, out _) is not null)
            ? [new StepDefinition(ScriptKind, _options.AfterRecord)]
            : [];

    internal WorkerPool Pool => _pool;

    /// <summary>Done when no worker is being made ready.</summary>
    internal Task Warming => _warming;

    /// <summary>Scripts are compiled before the first is needed; nobody waits for that.</summary>
    public string? CheckStep(StepDefinition definition)
    {
        string? problem;
        if (definition.Kind == ShellKind)
            _ = _places.FindProgram(definition.Argument, out problem);
        else if (_places.FindScript(definition.Argument, out problem) is { } script && _listed.TryAdd(script.Path, script))
            Warm();
        return problem;
    }

    /// <inheritdoc />
    public async ValueTask<StepResult> RunStepAsync(StepCall step, CancellationToken cancellationToken)
    {
        if (step.Definition.Kind == ShellKind)
        {
            return _places.FindProgram(step.Definition.Argument, out var why) is { } program
                ? await _programs.RunAsync(program, step, cancellationToken)
                : StepResult.Retry(why!);
        }

        if (_places.FindScript(step.Definition.Argument, out var problem) is not { } script)
            return StepResult.Retry(problem!);
        return await _scripts.RunAsync(script, step, cancellationToken);
    }

    /// <summary>A recording will end with a step: a worker is made ready meanwhile.</summary>
    public ValueTask OnRecordingStartedAsync(IRecording recording, CancellationToken cancellationToken)
    {
        Warm();
        return default;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pool.DisposeAsync();
        await _warming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private void Warm()
    {
        if (!_listed.IsEmpty && _warming.IsCompleted && !_pool.HasIdle && !_stop.IsCancellationRequested)
            _warming = Task.Run(CompileListedAsync);
    }

    /// <summary>All that are listed, also those that come while this runs.</summary>
    private IEnumerable<ScriptPlace> Cold()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (_listed.Values.FirstOrDefault(s => seen.Add(s.Path)) is { } script)
            yield return script;
    }

    private async Task CompileListedAsync()
    {
        try
        {
            await _scripts.WarmAsync(Cold(), _stop.Token);
        }
        catch (WorkerException e) when (!_stop.IsCancellationRequested)
        {
            LogCold(_logger, e.Message);
        }
        catch (Exception e) when (e is WorkerException or OperationCanceledException)
        {
            // The instance stops.
        }
    }

    [LoggerMessage(LogLevel.Error, "Scripts cannot run: {Reason}")]
    private static partial void LogCold(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "hookScriptEnvironment names {Variables}, which the host's environment does not have")]
    private static partial void LogMissing(ILogger logger, string variables);
}
