using Microsoft.Extensions.Logging;

namespace Tapedeck.Engine.Catalog;

/// <summary>What the writer does when its file fails or does not answer, and what it says about it.</summary>
internal sealed partial class CatalogWriter
{
    private void Fail(Exception e)
    {
        // Whatever state the connection is in, it is not this one's any more.
        try
        {
            _session?.Dispose();
        }
        catch (Exception inner)
        {
            LogUnavailable(_logger, _path, inner.Message);
        }

        _session = null;
        _failedBefore = true;
        CatalogAvailability? news;
        lock (_gate)
        {
            news = BecomeUnavailable(e.Message);
            _committing = false;
            _resting = true;
            _retryTimer.Change(_delay, Timeout.InfiniteTimeSpan);
            _delay = _delay * 2 < _settings.RetryLimit ? _delay * 2 : _settings.RetryLimit;
            if (_stopping)
                Abandon();
        }

        Tell(news);
    }

    /// <summary>Under the gate: nobody waits any longer for a file that does not answer.</summary>
    private CatalogAvailability? BecomeUnavailable(string reason)
    {
        var news = _reason is null;
        _reason = reason;
        foreach (var change in _batch)
            change.Tell(CatalogOutcome.Unavailable);
        foreach (var change in _queue)
            change.Tell(CatalogOutcome.Unavailable);
        return news ? new CatalogAvailability(reason, _queue.Count + _batch.Count, _lost) : null;
    }

    private void Tell(CatalogAvailability? news)
    {
        if (news is null)
            return;
        LogUnavailable(_logger, _path, news.Reason!);
        _changed(Availability); // as it is by now: the news of a stall may be overtaken by its end
    }

    private void PutBack(Dictionary<Guid, (long Bytes, long Milliseconds)>? progress)
    {
        lock (_gate)
        {
            foreach (var (file, figures) in progress ?? [])
                _progress.TryAdd(file, figures);
            _progressDue = _progress.Count > 0;
        }
    }

    private void Abandon()
    {
        var left = _queue.Count + _batch.Count;
        if (left > 0)
            LogAbandoned(_logger, _path, left);
        _lost += left;
        _queue.Clear();
        _batch.Clear();
        _progress.Clear();
    }

    private void OnStall()
    {
        CatalogAvailability? news;
        lock (_gate)
            news = !_committing ? null : BecomeUnavailable($"The disk of the catalog has not answered for {_settings.StallLimit.TotalSeconds:0.#} s.");
        Tell(news);
    }

    [LoggerMessage(LogLevel.Error, "The catalog {Path} cannot be written; recordings go on and changes wait in memory: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string path, string reason);

    [LoggerMessage(LogLevel.Warning, "The catalog {Path} can be written again; {Lost} changes were lost since the start")]
    private static partial void LogAvailable(ILogger logger, string path, long lost);

    [LoggerMessage(LogLevel.Error, "The catalog {Path} is closed with {Count} changes that could not be written; the next start will repair what they concern")]
    private static partial void LogAbandoned(ILogger logger, string path, int count);

    [LoggerMessage(LogLevel.Warning, "A change that had waited for the catalog was refused: {What}: {Reason}")]
    private static partial void LogLateFault(ILogger logger, string what, string reason);
}
