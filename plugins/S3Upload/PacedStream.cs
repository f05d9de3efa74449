namespace Tapedeck.S3Upload;

/// <summary>
/// A part in memory as the body of a request. What the connection takes (always asynchronously) is paced and tells <paramref name="moved"/>; what is read to sign or to
/// sum (synchronously) is free.
/// </summary>
/// <param name="bytes">The part.</param>
/// <param name="bandwidth">The pace.</param>
/// <param name="moved">Called with each piece that goes out.</param>
internal sealed class PacedStream(ReadOnlyMemory<byte> bytes, Bandwidth bandwidth, Action moved) : Stream
{
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => bytes.Length;

    public override long Position
    {
        get => _position;
        set => _position = (int)Math.Clamp(value, 0, bytes.Length);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, bytes.Length - _position);
        bytes.Span.Slice(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = Math.Min(Math.Min(buffer.Length, bandwidth.Slice), bytes.Length - _position);
        await bandwidth.SpendAsync(count, cancellationToken);
        moved();
        return Read(buffer.Span[..count]);
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => bytes.Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
