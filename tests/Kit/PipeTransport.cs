using System.Buffers;
using System.IO.Pipelines;

namespace Tapedeck.Kit;

/// <summary>The server's end of a connection that exists in memory only. Behaves like a socket: no read returns more than what is there.</summary>
public sealed class PipeTransport : TransportStream
{
    private readonly Pipe _toServer = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly Pipe _toClient;
    private volatile bool _isShutDown;

    /// <param name="window">Bytes that the client's side takes without its reading.</param>
    public PipeTransport(long window = long.MaxValue)
    {
        _toClient = new Pipe(new PipeOptions(pauseWriterThreshold: window == long.MaxValue ? 0 : window, resumeWriterThreshold: window == long.MaxValue ? 0 : window / 2));
        Client = new ClientEnd(this);
    }

    /// <summary>Most bytes that one read returns.</summary>
    public int MaxRead { get; init; } = int.MaxValue;

    /// <summary>The client's end as a stream; to dispose it ends its reads, and those of the server when they have all that was sent.</summary>
    public Stream Client { get; }

    /// <summary>What the client writes to; completed with an exception, it looks like a reset.</summary>
    public PipeWriter ClientOutput => _toServer.Writer;

    /// <summary>What the client reads from.</summary>
    public PipeReader ClientInput => _toClient.Reader;

    /// <summary>As shutdown(SHUT_RD): a pending read ends, later ones find the end.</summary>
    public void ShutDown()
    {
        _isShutDown = true;
        _toServer.Reader.CancelPendingRead();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isShutDown ? 0 : await ReadAsync(_toServer.Reader, buffer[..Math.Min(buffer.Length, MaxRead)], cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        WriteAsync(_toClient.Writer, buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        _toServer.Reader.Complete();
        _toClient.Writer.Complete();
        base.Dispose(disposing);
    }

    private static async ValueTask<int> ReadAsync(PipeReader from, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await from.ReadAsync(cancellationToken);
        if (result.IsCanceled)
            return 0;
        var count = (int)Math.Min(result.Buffer.Length, buffer.Length);
        result.Buffer.Slice(0, count).CopyTo(buffer.Span);
        from.AdvanceTo(result.Buffer.GetPosition(count));
        return count;
    }

    private static async ValueTask WriteAsync(PipeWriter to, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if ((await to.WriteAsync(buffer, cancellationToken)).IsCompleted)
            throw new IOException("Broken pipe.");
    }

    private sealed class ClientEnd(PipeTransport transport) : TransportStream
    {
        private volatile bool _isDisposed;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _isDisposed ? 0 : await PipeTransport.ReadAsync(transport.ClientInput, buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            PipeTransport.WriteAsync(transport.ClientOutput, buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            _isDisposed = true;
            transport.ClientOutput.Complete();
            transport.ClientInput.CancelPendingRead();
            base.Dispose(disposing);
        }
    }
}
