using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Catalog;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Steps;

/// <summary>
/// Carries out the steps of the catalog: at least once each, those of a chain in order, as many at a time as their kind and the host allow. One task looks
/// for work; each attempt has its own. Recordings never wait for any of it.
/// </summary>
/// <remarks>Owner of all fields: the task that looks, which attempts join again through their completion.</remarks>
public sealed partial class StepRunner
{
    /// <summary>Whoever is missing is looked for again after this: an instance that cannot start is not tried each second.</summary>
    private static readonly TimeSpan Absence = TimeSpan.FromSeconds(30);

    private readonly RecordingCatalog _catalog;
    private readonly IStepExecutors _executors;
    private readonly StepFiles _files;
    private readonly StepSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Dictionary<Guid, Task> _running = [];
    private readonly Dictionary<StepLane, int> _lanes = []; // attempts that run
    private readonly HashSet<Guid> _unsaved = []; // ended, while the catalog cannot be written
    private readonly Dictionary<StepLane, long> _unserved = []; // when nobody was found for a lane, as a timestamp
    private bool _isCatalogLost;
    private int _look;

    /// <param name="catalog">Holds the steps.</param>
    /// <param name="executors">Carry them out.</param>
    /// <param name="files">Moves and removes files for them.</param>
    /// <param name="settings">Section <c>steps</c>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Gets a line for each attempt that failed.</param>
    public StepRunner(RecordingCatalog catalog, IStepExecutors executors, StepFiles files, StepSettings settings, TimeProvider time, ILogger<StepRunner> logger)
    {
        _catalog = catalog;
        _executors = executors;
        _files = files;
        _settings = settings;
        _time = time;
        _logger = logger;
    }

    /// <summary>Runs until cancelled; attempts that run then are cancelled, and are due again at the next start. Never throws.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _catalog.ResumeStepsAsync();
        _catalog.StepsChanged += Wake;
        using var attempts = new CancellationTokenSource();
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await LookAsync(attempts.Token, cancellationToken);
                await WaitAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        finally
        {
            _catalog.StepsChanged -= Wake;
            await attempts.CancelAsync();
            await Task.WhenAll(_running.Values);
        }
    }

    private void Wake() => _wake.Release();

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var poll = new CancellationTokenSource(_settings.PollInterval, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(poll.Token, cancellationToken);
        try
        {
            await _wake.WaitAsync(either.Token);
            while (await _wake.WaitAsync(0, CancellationToken.None))
            {
                // One look answers every call until now.
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look.
        }
    }

    private async Task LookAsync(CancellationToken attempts, CancellationToken cancellationToken)
    {
        foreach (var id in _running.Where(r => r.Value.IsCompleted).Select(r => r.Key).ToArray())
            _running.Remove(id);
        lock (_lanes)
        {
            if (_catalog.Availability is { IsAvailable: true, Queued: 0 })
                _unsaved.Clear();
        }

        try
        {
            // Each time another begins, so that none always finds the room of its kind taken.
            var lanes = await _catalog.StepLanesAsync(cancellationToken);
            for (var i = 0; i < lanes.Count; i++)
                await FillAsync(lanes[(int)((uint)(i + _look) % lanes.Count)], attempts, cancellationToken);
            _look++;
            _isCatalogLost = false;
        }
        catch (CatalogException e)
        {
            if (!_isCatalogLost)
                LogCatalog(_logger, e.Message);
            _isCatalogLost = true;
        }
    }

    private async Task FillAsync(StepLane lane, CancellationToken attempts, CancellationToken cancellationToken)
    {
        if (_unserved.TryGetValue(lane, out var since) && _time.GetElapsedTime(since) < Absence)
            return;
        StepExecutor executor;
        try
        {
            executor = await _executors.FindAsync(lane, cancellationToken);
            _unserved.Remove(lane);
        }
        catch (StepException e)
        {
            if (!_unserved.ContainsKey(lane))
                LogNobody(_logger, lane.Kind, lane.Application, lane.Instance, e.Message);
            _unserved[lane] = _time.GetTimestamp();
            return;
        }

        int free;
        lock (_lanes)
        {
            free = Math.Min(
                Math.Max(1, executor.Kind.Concurrency) - _lanes.GetValueOrDefault(lane),
                _settings.MaximumRunning - _lanes.Where(l => l.Key.Kind == lane.Kind).Sum(l => l.Value));
        }

        if (free <= 0)
            return;
        // Rows of attempts that run may still say "due": their change is on its way.
        foreach (var row in await _catalog.DueStepsAsync(lane, free + _running.Count + _unsaved.Count, cancellationToken))
        {
            if (free == 0)
                return;
            if (_running.ContainsKey(row.Id) || IsUnsaved(row.Id))
                continue;
            free--;
            lock (_lanes)
                _lanes[lane] = _lanes.GetValueOrDefault(lane) + 1;
            _running[row.Id] = Task.Run(() => AttemptAsync(lane, executor, row, attempts), CancellationToken.None);
        }
    }

    private bool IsUnsaved(Guid step)
    {
        lock (_lanes)
            return _unsaved.Contains(step);
    }

    private async Task AttemptAsync(StepLane lane, StepExecutor executor, StepRow row, CancellationToken stopping)
    {
        try
        {
            _ = await _catalog.StartStepAsync(row.Id);
            if (await RunAsync(executor, row, stopping) is not { } result)
                return;
            var outcome = await _catalog.EndStepAsync(EndingOf(executor, row, result));
            if (outcome != CatalogOutcome.Durable)
            {
                lock (_lanes)
                    _unsaved.Add(row.Id);
            }
        }
        catch (CatalogException e)
        {
            LogCatalog(_logger, e.Message);
        }
        finally
        {
            lock (_lanes)
                _lanes[lane]--;
            Wake();
        }
    }

    /// <summary>Null: the host stops, the attempt counts as not begun.</summary>
    private async Task<StepResult?> RunAsync(StepExecutor executor, StepRow row, CancellationToken stopping)
    {
        var limit = executor.Kind.Timeout ?? _settings.Timeout;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var late = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
        StepAttempt? call = null;
        try
        {
            call = await StepAttempt.BeginAsync(_catalog, _files, executor, row, cancel.Token);
            var attempt = call;
            var task = Task.Run(() => executor.RunAsync(attempt, cancel.Token).AsTask(), CancellationToken.None);
            try
            {
                return await task.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested && !task.IsCompleted)
            {
                _ = task.ContinueWith(t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                await cancel.CancelAsync();
                return StepResult.Retry($"It took longer than {limit}; a larger limit is set by steps.timeout.");
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            return StepResult.Retry(e is StepException or CatalogException ? e.Message : $"{e.GetType().Name}: {e.Message}");
        }
        finally
        {
            call?.End();
        }
    }

    private StepEnding EndingOf(StepExecutor executor, StepRow row, StepResult result)
    {
        var now = _time.GetUtcNow();
        var attempt = row.Attempts + 1;
        if (result.Outcome == StepOutcome.Retry && now - row.Since >= _settings.GiveUpAfter)
            result = StepResult.Fail($"{result.Detail} (given up after {attempt} attempts, steps.giveUpAfter)");
        var due = now + (result.After ?? Delay(attempt));
        switch (result.Outcome)
        {
            case StepOutcome.Done:
                LogDone(_logger, row.Definition.ToString(), row.Address.Stream, result.Detail ?? "done");
                break;
            case StepOutcome.Failed:
                LogFailed(_logger, row.Definition.ToString(), row.Address.Application, row.Address.Stream, row.Id, result.Detail ?? "no reason given");
                break;
            case StepOutcome.Wait:
                LogWait(_logger, row.Definition.ToString(), row.Address.Stream, due - now, result.Detail ?? "no reason given");
                break;
            default:
                LogRetry(_logger, row.Definition.ToString(), row.Address.Application, row.Address.Stream, attempt, due - now, result.Detail ?? "no reason given");
                break;
        }

        return new StepEnding(row.Id, result.Outcome, result.Detail, due) { Following = Following(executor, row, result, now) };
    }

    /// <summary>The end of a step is an event itself, once: what follows it causes no further ones.</summary>
    private static IReadOnlyList<NewStep> Following(StepExecutor executor, StepRow row, StepResult result, DateTimeOffset now) =>
        row.Definition.On is StepEvent.StepDone or StepEvent.StepFailed || result.Outcome is StepOutcome.Retry or StepOutcome.Wait
            ? []
            : executor.Plan.For(result.Outcome == StepOutcome.Done ? StepEvent.StepDone : StepEvent.StepFailed, row.Recording, row.File, now, row.Id);

    private TimeSpan Delay(int attempt)
    {
        var delay = _settings.RetryDelay * Math.Pow(2, Math.Min(attempt - 1, 30));
        return delay < _settings.RetryDelayLimit ? delay : _settings.RetryDelayLimit;
    }

    [LoggerMessage(LogLevel.Information, "Step {Step} of {Stream}: {Detail}")]
    private static partial void LogDone(ILogger logger, string step, string stream, string detail);

    [LoggerMessage(LogLevel.Information, "Step {Step} of {Stream} waits {Delay}: {Reason}")]
    private static partial void LogWait(ILogger logger, string step, string stream, TimeSpan delay, string reason);

    [LoggerMessage(LogLevel.Warning, "Step {Step} of {Application}/{Stream} failed (attempt {Attempt}), tried again in {Delay}: {Reason}")]
    private static partial void LogRetry(ILogger logger, string step, string application, string stream, int attempt, TimeSpan delay, string reason);

    [LoggerMessage(LogLevel.Error, "Step {Step} of {Application}/{Stream} is GIVEN UP and waits for 'tapedeck steps repeat {Id}': {Reason}")]
    private static partial void LogFailed(ILogger logger, string step, string application, string stream, Guid id, string reason);

    [LoggerMessage(LogLevel.Error, "Steps of kind {Kind} of {Application}/{Instance} wait: {Reason}")]
    private static partial void LogNobody(ILogger logger, string kind, string application, string instance, string reason);

    [LoggerMessage(LogLevel.Error, "Steps wait for the catalog: {Reason}")]
    private static partial void LogCatalog(ILogger logger, string reason);
}
