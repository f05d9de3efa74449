using System.Buffers;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>
/// Everything that goes to one client. Anybody may write whole messages, one after the other under the queue's lock; one loop at a time
/// sends them. Writers never wait; a player asks <see cref="WaitForRoomAsync"/> before it writes more media.
/// </summary>
internal sealed class OutputQueue(Stream transport, int maximumPendingBytes, Action<string> overflow)
{
    private const int ShrinkAbove = 256 * 1024;
    private const int SendAtMost = 64 * 1024; // so that a client that reads slowly is seen to read

    private readonly Lock _gate = new();
    private ArrayBufferWriter<byte> _filling = new(1024);
    private ArrayBufferWriter<byte> _sending = new(1024);
    private bool _isSending;
    private bool _isClosed;
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _drained;
    private int _roomBelow;
    private long _bytesSent;
    private int _replyBytes; // of what fills now, besides media

    /// <summary>Writes messages; the delegate runs under the lock.</summary>
    public ChunkWriter Chunks { get; } = new();

    /// <summary>Bytes sent so far.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>True while the transport has not taken what it was given.</summary>
    public bool IsSending => Volatile.Read(ref _isSending) && !Volatile.Read(ref _isClosed);

    /// <summary>Writes one or more whole messages. False when the connection is gone.</summary>
    /// <param name="state">For the delegate, so that it need not capture.</param>
    /// <param name="write">Writes through the chunk writer.</param>
    /// <param name="isMedia">Media is bounded by its player instead of closing the connection.</param>
    public bool Write<TState>(TState state, Action<ChunkWriter, IBufferWriter<byte>, TState> write, bool isMedia = false)
    {
        bool full;
        lock (_gate)
        {
            if (_isClosed)
                return false;
            var before = _filling.WrittenCount;
            write(Chunks, _filling, state);
            if (!isMedia)
                _replyBytes += _filling.WrittenCount - before;
            full = _replyBytes > maximumPendingBytes;
            if (!_isSending)
            {
                _isSending = true;
                _ = SendAsync();
            }
        }

        if (full)
            overflow($"the client does not read: more than {maximumPendingBytes} bytes (rtmp.maxPendingBytes) wait to be sent");
        return true;
    }

    /// <summary>Waits until fewer than <paramref name="below"/> bytes wait to be sent. False when the connection is gone. One waiter at a time.</summary>
    public async ValueTask<bool> WaitForRoomAsync(int below)
    {
        Task wait;
        lock (_gate)
        {
            if (_isClosed)
                return false;
            if (_filling.WrittenCount < below)
                return true;
            _roomBelow = below;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            wait = _room.Task;
        }

        await wait;
        lock (_gate)
            return !_isClosed;
    }

    /// <summary>Completes when everything written so far was sent or the connection is gone.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            if (_isClosed || !_isSending)
                return Task.CompletedTask;
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    /// <summary>Nothing more is sent; waiters go on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Release(ref _room);
            Release(ref _drained);
        }
    }

    private async Task SendAsync()
    {
        await Task.Yield(); // never under the caller's lock
        try
        {
            while (Swap())
            {
                for (var rest = _sending.WrittenMemory; !rest.IsEmpty;)
                {
                    var part = rest[..Math.Min(rest.Length, SendAtMost)];
                    await transport.WriteAsync(part);
                    Volatile.Write(ref _bytesSent, _bytesSent + part.Length);
                    rest = rest[part.Length..];
                    if (Volatile.Read(ref _isClosed))
                        return;
                }

                if (_sending.Capacity > ShrinkAbove && _sending.WrittenCount < ShrinkAbove / 4)
                    _sending = new ArrayBufferWriter<byte>(1024);
                else
                    _sending.ResetWrittenCount();
            }
        }
        catch (Exception)
        {
            Close(); // whatever it was, nothing more gets through; the receiving side finds out by itself and says why
        }
    }

    private bool Swap()
    {
        lock (_gate)
        {
            if (_filling.WrittenCount == 0 || _isClosed)
            {
                _isSending = false;
                Release(ref _drained);
                Release(ref _room);
                return false;
            }

            (_filling, _sending) = (_sending, _filling);
            _replyBytes = 0;
            if (_roomBelow > 0)
                Release(ref _room);
            return true;
        }
    }

    private static void Release(ref TaskCompletionSource? waiter)
    {
        waiter?.TrySetResult();
        waiter = null;
    }
}
