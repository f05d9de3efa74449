using System.Buffers;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>A transport whose writes end when a test lets them.</summary>
internal sealed class GatedStream : Stream
{
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _sent = new();
    private readonly SemaphoreSlim _entered = new(0);
    private readonly SemaphoreSlim _let = new(0);
    private volatile bool _isOpen;
    private volatile Exception? _failure;

    public byte[] Sent
    {
        get
        {
            lock (_gate)
                return _sent.WrittenSpan.ToArray();
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Completes when a write has begun that was not waited for yet.</summary>
    public async Task Entered() => (await _entered.WaitAsync(TestServer.Patience)).ShouldBeTrue();

    public void LetOne() => _let.Release();

    public void Open()
    {
        _isOpen = true;
        _let.Release();
    }

    public void Fail(Exception failure)
    {
        _failure = failure;
        _let.Release();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _entered.Release();
        if (!_isOpen)
            await _let.WaitAsync(cancellationToken);
        else
            await Task.Yield();
        if (_failure is { } failure)
            throw failure;
        lock (_gate)
            _sent.Write(buffer.Span);
    }

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _entered.Dispose();
        _let.Dispose();
        base.Dispose(disposing);
    }
}
