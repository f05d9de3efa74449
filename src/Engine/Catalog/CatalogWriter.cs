using Microsoft.Extensions.Logging;

namespace Tapedeck.Engine.Catalog;

/// <summary>
/// The only writer of a catalog: a queue and a thread. All changes that have come while the last transaction was committed make the next
/// one, so that a hundred recordings that start at once share a sync.
/// </summary>
/// <remarks>
/// Owner of the session: the thread. Owner of queue, progress and availability: whoever holds the gate. Nobody waits for the disk while
/// holding the gate, so handing over a change never blocks. When the file fails, changes stay in order and are tried again on a new connection.
/// </remarks>
internal sealed partial class CatalogWriter : IAsyncDisposable
{
    private readonly string _path;
    private readonly CatalogSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<string, CatalogSession> _open;
    private readonly Action<CatalogAvailability> _changed;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Queue<CatalogChange> _queue = new();
    private readonly List<CatalogChange> _batch = [];
    private Dictionary<Guid, (long Bytes, long Milliseconds)> _progress = [];
    private readonly ITimer _progressTimer;
    private readonly ITimer _retryTimer;
    private readonly ITimer _stallTimer;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CatalogSession? _session;
    private bool _progressArmed;
    private bool _progressDue;
    private bool _committing;
    private bool _resting; // after a failure, until the retry timer
    private bool _stopping;
    private bool _failedBefore;
    private TimeSpan _delay;
    private string? _reason;
    private long _lost;

    public CatalogWriter(string path, CatalogSettings settings, TimeProvider time, ILogger logger, Action<CatalogAvailability> changed, Func<string, CatalogSession>? open = null)
    {
        _path = path;
        _settings = settings;
        _time = time;
        _logger = logger;
        _changed = changed;
        _open = open ?? (p => CatalogSession.OpenWriter(p, settings, time));
        _delay = settings.RetryDelay;
        _progressTimer = Timer(OnProgressDue);
        _retryTimer = Timer(OnRetry);
        _stallTimer = Timer(OnStall);
        new Thread(Run) { IsBackground = true, Name = "catalog" }.Start();
    }

    /// <summary>Completes when the first try to open has succeeded or failed; faults when no later try can succeed.</summary>
    public Task Opened => _opened.Task;

    public CatalogAvailability Availability
    {
        get
        {
            lock (_gate)
                return new CatalogAvailability(_reason, _queue.Count + _batch.Count, _lost);
        }
    }

    /// <summary>Takes a change. Never blocks.</summary>
    public Task<CatalogOutcome> Enqueue(CatalogChange change)
    {
        lock (_gate)
        {
            if (_stopping || _queue.Count + _batch.Count >= _settings.QueueLimit)
            {
                _lost++;
                change.Tell(CatalogOutcome.Lost);
                return change.Outcome;
            }

            _queue.Enqueue(change);
            if (_reason is not null)
                change.Tell(CatalogOutcome.Unavailable);
        }

        _wake.Release();
        return change.Outcome;
    }

    /// <summary>Notes how far a file has grown; only the newest figure of each file is written.</summary>
    public void Progress(Guid file, long bytes, TimeSpan duration)
    {
        lock (_gate)
        {
            if (_stopping)
                return;
            _progress[file] = (bytes, (long)duration.TotalMilliseconds);
            if (_progressArmed)
                return;
            _progressArmed = true;
            _progressTimer.Change(_settings.ProgressInterval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A file is closed: what was noted of its growth is void.</summary>
    public void ForgetProgress(Guid file)
    {
        lock (_gate)
            _progress.Remove(file);
    }

    /// <summary>Writes what is queued, if that is possible at once, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            _stopping = true;
        _wake.Release();
        try
        {
            await _ended.Task.WaitAsync(_settings.StallLimit * 2, _time);
        }
        catch (TimeoutException)
        {
            // A disk that never answers must not hold up the end of the process; the thread does not outlive it.
            LogUnavailable(_logger, _path, "its disk does not answer");
        }

        await _progressTimer.DisposeAsync();
        await _retryTimer.DisposeAsync();
        await _stallTimer.DisposeAsync();
    }

    private void Run()
    {
        try
        {
            if (!TryOpenFirst())
                return;
            while (true)
            {
                _wake.Wait(Timeout.Infinite); // a thread of its own
                while (_wake.Wait(0))
                {
                    // One look at the queue answers every wake-up until now.
                }

                while (Take(out var progress))
                    Commit(progress);
                lock (_gate)
                {
                    if (_stopping)
                        return;
                }
            }
        }
        finally
        {
            End();
        }
    }

    private bool TryOpenFirst()
    {
        try
        {
            _session = _open(_path);
            _opened.SetResult();
            return true;
        }
        catch (Exception e) when (e is CatalogException || !CatalogChange.IsOfTheFile(e) || e is Microsoft.Data.Sqlite.SqliteException { SqliteErrorCode: 11 or 26 })
        {
            _opened.SetException(e as CatalogException ?? new CatalogException(CatalogError.NotACatalog, $"'{_path}' cannot be used as a catalog: {e.Message}", e));
            return false;
        }
        catch (Exception e)
        {
            Fail(e);
            _opened.SetResult();
            return true;
        }
    }

    /// <summary>Puts the next transaction together; false when there is nothing to do now.</summary>
    private bool Take(out Dictionary<Guid, (long Bytes, long Milliseconds)>? progress)
    {
        lock (_gate)
        {
            progress = null;
            if (_resting && !_stopping)
                return false;
            while (_batch.Count < _settings.BatchLimit && _queue.TryDequeue(out var change))
                _batch.Add(change);
            // Growth is written after the row it belongs to: only when no change waits behind.
            if (_queue.Count == 0 && _progress.Count > 0 && (_batch.Count > 0 || _progressDue || _stopping))
            {
                progress = _progress;
                _progress = [];
                _progressDue = false;
                _progressArmed = false;
            }

            // An unavailable file is tried even when nothing waits, so that nobody is told "unavailable" longer than it is.
            _committing = _batch.Count > 0 || progress is not null || (_reason is not null && !_stopping);
            return _committing;
        }
    }

    private void Commit(Dictionary<Guid, (long Bytes, long Milliseconds)>? progress)
    {
        _stallTimer.Change(_settings.StallLimit, Timeout.InfiniteTimeSpan);
        try
        {
            var session = _session ??= Reopen();
            session.SyncCommits(_batch.Count > 0);
            session.Execute("BEGIN IMMEDIATE");
            foreach (var change in _batch)
                change.Apply(session);
            foreach (var (file, (bytes, milliseconds)) in progress ?? [])
                CatalogStatements.Progress(session, file, bytes, milliseconds);
            session.Execute("COMMIT");
        }
        catch (Exception e)
        {
            _stallTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            PutBack(progress);
            Fail(e);
            return;
        }

        _stallTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Succeed();
    }

    private CatalogSession Reopen()
    {
        var session = _open(_path);
        try
        {
            // A sync that failed may have left pages of the WAL that exist only in memory: begin a new one.
            if (_failedBefore)
                session.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private void Succeed()
    {
        foreach (var change in _batch)
        {
            if (!change.TellCommitted())
                LogLateFault(_logger, change.What, change.Fault!.Message);
        }

        CatalogAvailability? news = null;
        lock (_gate)
        {
            _batch.Clear();
            _committing = false;
            _delay = _settings.RetryDelay;
            if (_reason is not null)
            {
                _reason = null;
                news = new CatalogAvailability(null, _queue.Count, _lost);
            }
        }

        if (news is null)
            return;
        LogAvailable(_logger, _path, news.Lost);
        _changed(news);
    }

    private void End()
    {
        try
        {
            _session?.Dispose();
        }
        catch (Exception e)
        {
            LogUnavailable(_logger, _path, e.Message);
        }

        lock (_gate)
        {
            _stopping = true;
            BecomeUnavailable(_reason ?? "The catalog is closed.");
            Abandon();
        }

        _ended.SetResult();
    }

    private void OnProgressDue()
    {
        lock (_gate)
            _progressDue = true;
        _wake.Release();
    }

    private void OnRetry()
    {
        lock (_gate)
            _resting = false;
        _wake.Release();
    }

    private ITimer Timer(Action action) => _time.CreateTimer(_ => action(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
