using System.Threading.Channels;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>Calls of one connection, carried out one after the other beside its session. Bounded.</summary>
/// <param name="capacity">How many may wait.</param>
/// <param name="failed">Told when a call threw; the others go on.</param>
internal sealed class CallQueue(int capacity, Action<Exception> failed)
{
    private Channel<Func<Task>>? _queue;
    private Task _worker = Task.CompletedTask;
    private int _waiting;

    /// <summary>Completes after <see cref="Close"/> when the last call was answered.</summary>
    public Task Done => _worker;

    /// <summary>False when too many wait already. Used by the session's task alone.</summary>
    public bool TryAdd(Func<Task> call)
    {
        if (_queue is null)
        {
            _queue = Channel.CreateUnbounded<Func<Task>>(new UnboundedChannelOptions { SingleReader = true });
            _worker = Task.Run(WorkAsync);
        }

        if (Interlocked.Increment(ref _waiting) <= capacity && _queue.Writer.TryWrite(call))
            return true;
        Interlocked.Decrement(ref _waiting);
        return false;
    }

    /// <summary>Takes no more; what waits is still carried out.</summary>
    public void Close() => _queue?.Writer.TryComplete();

    private async Task WorkAsync()
    {
        await foreach (var call in _queue!.Reader.ReadAllAsync())
        {
            Interlocked.Decrement(ref _waiting);
            try
            {
                await call();
            }
            catch (Exception e)
            {
                failed(e);
            }
        }
    }
}
