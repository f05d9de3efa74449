using Tapedeck.Streams;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Streams of a recording's name that came after the one it records ended, in order. Added by publishers' tasks, which never wait; taken by the
/// recording's task. Safe for use by any thread.
/// </summary>
internal sealed class StreamReturns
{
    // More only pile up while the disk is stalled and the publisher comes and goes: each may hold as much memory as a recording may lag.
    private const int Maximum = 4;

    private readonly Lock _gate = new();
    private readonly Queue<IStreamReader> _readers = new();
    private TaskCompletionSource? _awaited;
    private bool _isClosed;

    /// <summary>Whether one has come that was not taken yet.</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
                return _readers.Count > 0;
        }
    }

    /// <summary>Opens a reader of a stream that has begun, unless the recording does not wait any more.</summary>
    public bool TryAdd(Func<IStreamReader> open)
    {
        lock (_gate)
        {
            if (_isClosed || _readers.Count == Maximum)
                return false;
            _readers.Enqueue(open());
            _awaited?.TrySetResult();
            return true;
        }
    }

    /// <summary>The next stream. Null when none came in time, or <paramref name="stop"/> was asked for: then none is taken in any more.</summary>
    /// <param name="limit">How long to wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="waiting">Called once when there is something to wait for.</param>
    /// <param name="stop">Ends the wait.</param>
    public async Task<IStreamReader?> TakeAsync(TimeSpan limit, TimeProvider time, Action waiting, CancellationToken stop)
    {
        Task awaited;
        lock (_gate)
        {
            if (_readers.TryDequeue(out var present))
                return present;
            awaited = (_awaited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        try
        {
            var wait = awaited.WaitAsync(limit, time, stop);
            if (!wait.IsCompleted)
                waiting();
            await wait;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // One that came at the last moment counts.
        }

        lock (_gate)
        {
            _isClosed = !_readers.TryDequeue(out var reader);
            return reader;
        }
    }

    /// <summary>No stream is taken in any more; those that were not taken are let go.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            while (_readers.TryDequeue(out var reader))
                reader.Dispose();
        }
    }
}

/// <summary>How many recordings may wait for a return at a time: each keeps a file open. Safe for use by any thread.</summary>
internal sealed class ReturnPlaces(int maximum)
{
    private int _taken;

    public bool TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= maximum)
            return true;
        Release();
        return false;
    }

    public void Release() => Interlocked.Decrement(ref _taken);
}
