using System.Threading.Channels;

namespace Tapedeck.Protocols.Rtmp.Tests.Client;

/// <summary>One end of a connection in memory. Disposing either end ends both directions.</summary>
internal sealed class DuplexStream : Stream
{
    private readonly Channel<byte[]> _in;
    private readonly Channel<byte[]> _out;
    private ReadOnlyMemory<byte> _rest;

    private DuplexStream(Channel<byte[]> input, Channel<byte[]> output) => (_in, _out) = (input, output);

    public static (DuplexStream One, DuplexStream Other) Pair()
    {
        var there = Channel.CreateUnbounded<byte[]>();
        var back = Channel.CreateUnbounded<byte[]>();
        return (new DuplexStream(back, there), new DuplexStream(there, back));
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_rest.IsEmpty)
        {
            if (!await _in.Reader.WaitToReadAsync(cancellationToken)) return 0;
            if (_in.Reader.TryRead(out var next)) _rest = next;
        }
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _out.Writer.TryWrite(buffer.ToArray()) ? default : throw new IOException("The other end is closed.");

    protected override void Dispose(bool disposing)
    {
        _out.Writer.TryComplete();
        _in.Writer.TryComplete();
        base.Dispose(disposing);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
