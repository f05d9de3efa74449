namespace Tapedeck.Containers.Flv;

/// <summary>Random reads of a file through one buffer that grows to the largest read, and never beyond what the file holds.</summary>
internal sealed class FileWindow
{
    private readonly Stream _file;
    private readonly int _ahead;
    private byte[] _buffer;
    private long _start;
    private int _filled;

    /// <param name="file">Stays the caller's.</param>
    /// <param name="ahead">Bytes to read at once, where less is asked for.</param>
    public FileWindow(Stream file, int ahead = 4096)
    {
        if (!file.CanSeek)
            throw new ArgumentException("An FLV file is read at random: its stream must be able to seek.", nameof(file));
        _file = file;
        _ahead = ahead;
        _buffer = new byte[ahead];
        Length = file.Length;
    }

    /// <summary>Of the file, as it was last looked at.</summary>
    public long Length { get; private set; }

    /// <summary>A growing file may have become longer.</summary>
    public void Refresh() => Length = _file.Length;

    /// <summary>Bytes at an offset, fewer at the end of the file. Valid until the next read.</summary>
    public ReadOnlySpan<byte> Read(long offset, int count) => ReadMemory(offset, count).Span;

    /// <inheritdoc cref="Read"/>
    public ReadOnlyMemory<byte> ReadMemory(long offset, int count)
    {
        if (offset < 0 || offset >= Length)
            return default;
        count = (int)Math.Min(count, Length - offset);
        if (offset < _start || offset + count > _start + _filled)
        {
            if (_buffer.Length < count)
                _buffer = new byte[Math.Max(count, (int)Math.Min(_buffer.Length * 2L, Length - offset))];
            _start = offset;
            _file.Position = offset;
            _filled = _file.ReadAtLeast(_buffer.AsSpan(0, Math.Max(count, _ahead)), count, throwOnEndOfStream: false);
        }

        var at = (int)(offset - _start);
        return _buffer.AsMemory(at, Math.Min(count, _filled - at));
    }
}
