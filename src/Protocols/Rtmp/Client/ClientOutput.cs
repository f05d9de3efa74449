using System.Buffers;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// The sending side of a client. Any task may append; one at a time drains what was appended into the transport, in
/// the order of appending. A write is never cancelled in the middle: half a chunk would end the connection.
/// </summary>
internal sealed class ClientOutput(Stream transport) : IDisposable
{
    private const int MaxBacklog = 64 << 20;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _draining = new(1, 1);
    private readonly ChunkWriter _writer = new();
    private ArrayBufferWriter<byte> _filling = new();
    private ArrayBufferWriter<byte> _emptied = new();

    /// <summary>Bytes appended and not yet handed to the transport.</summary>
    public int Backlog
    {
        get
        {
            lock (_gate) return _filling.WrittenCount;
        }
    }

    public void Append(int csid, MessageType type, uint timestamp, uint streamId, ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            CheckBacklog();
            _writer.WriteMessage(_filling, csid, type, timestamp, streamId, body);
        }
    }

    public void Append(Action<ChunkWriter, IBufferWriter<byte>> write)
    {
        lock (_gate)
        {
            CheckBacklog();
            write(_writer, _filling);
        }
    }

    /// <summary>Returns when everything appended before the call is handed to the transport.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellation)
    {
        await _draining.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            while (true)
            {
                ArrayBufferWriter<byte> full;
                lock (_gate)
                {
                    if (_filling.WrittenCount == 0) return;
                    full = _filling;
                    _filling = _emptied;
                    _emptied = full;
                }
                await transport.WriteAsync(full.WrittenMemory, CancellationToken.None).ConfigureAwait(false);
                full.ResetWrittenCount();
            }
        }
        finally
        {
            _draining.Release();
        }
    }

    /// <summary>Flushes unless somebody is at it, who will then see what was appended. For the receive loop, which must not wait for the server.</summary>
    public void FlushSoon()
    {
        var flush = FlushAsync(CancellationToken.None);
        if (!flush.IsCompletedSuccessfully) _ = Observe(flush.AsTask());
    }

    /// <summary>A failed write also ends the receive loop, which reports it.</summary>
    private async Task Observe(Task flush)
    {
        try
        {
            await flush.ConfigureAwait(false);
        }
        catch (Exception)
        {
            await transport.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void CheckBacklog()
    {
        if (_filling.WrittenCount > MaxBacklog) throw new IOException($"The server does not read: {_filling.WrittenCount} bytes wait to be sent.");
    }

    public void Dispose() => _draining.Dispose();
}
