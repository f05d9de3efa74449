using Microsoft.Extensions.Logging;

namespace Tapedeck.HookScript;

/// <summary>The worker processes of one application instance. Those that wait longest end when nobody needs them.</summary>
internal sealed class WorkerPool : IAsyncDisposable
{
    /// <summary>Between two looks at the memory of a worker that comes back.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private readonly WorkerProgram _program;
    private readonly HookScriptOptions _options;
    private readonly Func<bool> _isRecording;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _slots;
    private readonly HashSet<ScriptWorker> _all = [];
    private readonly List<ScriptWorker> _idle = []; // the one used last at the end
    private readonly ITimer _sweeper;
    private bool _isClosed;

    /// <param name="program">How a worker is started.</param>
    /// <param name="options">How many, and how long they wait.</param>
    /// <param name="isRecording">While true a script may be needed at once, and idle workers stay.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">What scripts write.</param>
    public WorkerPool(WorkerProgram program, HookScriptOptions options, Func<bool> isRecording, TimeProvider time, ILogger logger)
    {
        _program = program;
        _options = options;
        _isRecording = isRecording;
        _time = time;
        _logger = logger;
        _slots = new SemaphoreSlim(options.Workers, options.Workers);
        _sweeper = time.CreateTimer(_ => _ = SweepAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Workers that live.</summary>
    public IReadOnlyList<ScriptWorker> Workers
    {
        get
        {
            lock (_all)
                return [.. _all];
        }
    }

    public bool HasIdle
    {
        get
        {
            lock (_all)
                return _idle.Count > 0;
        }
    }

    /// <summary>A worker that nobody else uses; waits while all are in use.</summary>
    /// <exception cref="WorkerException">None can be started.</exception>
    public async Task<ScriptWorker> RentAsync(CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            foreach (var idle in TakeIdle())
            {
                if (idle.IsAlive)
                    return idle;
                await RemoveAsync(idle);
            }

            var worker = await ScriptWorker.StartAsync(_program, _time, _logger, cancellationToken);
            bool isClosed;
            lock (_all)
            {
                isClosed = _isClosed;
                _all.Add(worker);
            }

            if (!isClosed)
                return worker;
            await RemoveAsync(worker);
            throw new WorkerException("the application stops");
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    /// <summary>Takes it back. One that has died or has grown is replaced by the next that is needed.</summary>
    public async Task ReturnAsync(ScriptWorker worker)
    {
        var isKept = worker.IsAlive;
        if (isKept && _time.GetElapsedTime(worker.LastLook) >= LookInterval)
        {
            // Reading it costs as much as a short script.
            worker.LastLook = _time.GetTimestamp();
            isKept = worker.MemoryBytes() < _options.MemoryBytes / 4 * 3;
        }

        if (isKept)
        {
            worker.LastUse = _time.GetTimestamp();
            lock (_all)
            {
                isKept = !_isClosed;
                if (isKept)
                {
                    _idle.Add(worker);
                    if (_idle.Count == 1)
                        _sweeper.Change(_options.Idle, Timeout.InfiniteTimeSpan);
                }
            }
        }

        if (!isKept)
            await RemoveAsync(worker);
        _slots.Release();
    }

    public async ValueTask DisposeAsync()
    {
        ScriptWorker[] all;
        lock (_all)
        {
            _isClosed = true;
            _idle.Clear();
            all = [.. _all];
        }

        await _sweeper.DisposeAsync();
        await Task.WhenAll(all.Select(RemoveAsync));
    }

    /// <summary>Idle ones, from the one used last, until one is good.</summary>
    private IEnumerable<ScriptWorker> TakeIdle()
    {
        while (true)
        {
            ScriptWorker worker;
            lock (_all)
            {
                if (_idle.Count == 0)
                    yield break;
                worker = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
            }

            yield return worker;
        }
    }

    /// <summary>Ends the workers that nobody needed for long enough.</summary>
    internal async Task SweepAsync()
    {
        List<ScriptWorker> tired = [];
        lock (_all)
        {
            if (_isClosed)
                return;
            if (!_isRecording())
            {
                tired = [.. _idle.TakeWhile(w => _time.GetElapsedTime(w.LastUse) >= _options.Idle)];
                _idle.RemoveRange(0, tired.Count);
            }

            if (_idle.Count > 0)
                _sweeper.Change(_options.Idle, Timeout.InfiniteTimeSpan);
        }

        foreach (var worker in tired)
            await RemoveAsync(worker);
    }

    private async Task RemoveAsync(ScriptWorker worker)
    {
        await worker.DisposeAsync();
        lock (_all)
            _all.Remove(worker);
    }
}
