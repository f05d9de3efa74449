using System.Buffers;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>A transport whose writes end when a test lets them.</summary>
internal sealed class GatedStream : TransportStream
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

    protected override void Dispose(bool disposing)
    {
        _entered.Dispose();
        _let.Dispose();
        base.Dispose(disposing);
    }
}
