using System.Buffers;
using System.IO.Pipelines;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>The server's end of a connection that exists in memory only. Behaves like a socket: no read returns more than what is there.</summary>
internal sealed class PipeTransport : Stream
{
    private readonly Pipe _toServer = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly Pipe _toClient;
    private volatile bool _isShutDown;

    /// <param name="window">Bytes that the client's side takes without its reading.</param>
    public PipeTransport(long window = long.MaxValue) =>
        _toClient = new Pipe(new PipeOptions(pauseWriterThreshold: window == long.MaxValue ? 0 : window, resumeWriterThreshold: window == long.MaxValue ? 0 : window / 2));

    /// <summary>Most bytes that one read returns.</summary>
    public int MaxRead { get; init; } = int.MaxValue;

    /// <summary>What the client writes to; completed with an exception, it looks like a reset.</summary>
    public PipeWriter ClientOutput => _toServer.Writer;

    /// <summary>What the client reads from.</summary>
    public PipeReader ClientInput => _toClient.Reader;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>As shutdown(SHUT_RD): a pending read ends, later ones find the end.</summary>
    public void ShutDown()
    {
        _isShutDown = true;
        _toServer.Reader.CancelPendingRead();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isShutDown)
            return 0;
        var result = await _toServer.Reader.ReadAsync(cancellationToken);
        if (result.IsCanceled)
            return 0;
        var count = (int)Math.Min(result.Buffer.Length, Math.Min(buffer.Length, MaxRead));
        result.Buffer.Slice(0, count).CopyTo(buffer.Span);
        _toServer.Reader.AdvanceTo(result.Buffer.GetPosition(count));
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await _toClient.Writer.WriteAsync(buffer, cancellationToken);
        if (result.IsCompleted)
            throw new IOException("Broken pipe.");
    }

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _toServer.Reader.Complete();
        _toClient.Writer.Complete();
        base.Dispose(disposing);
    }
}
