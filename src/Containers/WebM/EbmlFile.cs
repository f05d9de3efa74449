namespace Tapedeck.Containers.WebM;

/// <summary>Header of an element in a file.</summary>
/// <param name="Id">Its ID with the marker.</param>
/// <param name="Offset">Where the ID begins.</param>
/// <param name="Body">Where its body begins.</param>
/// <param name="Size">Bytes of the body; -1 when unknown.</param>
internal readonly record struct FileElement(uint Id, long Offset, long Body, long Size)
{
    /// <summary>First byte after it; the largest number when its size is unknown.</summary>
    public long End => Size < 0 ? long.MaxValue : Body + Size;
}

/// <summary>The elements of a file, and its bytes; nothing is allocated that the file does not hold.</summary>
internal sealed class EbmlFile(Stream stream)
{
    /// <summary>Masters that are read whole: Tracks, Info, SeekHead, Cues. Attached pictures are not among them.</summary>
    private const int MaxMaster = 1 << 28;
    private readonly byte[] _window = new byte[4096];
    private long _windowAt;
    private int _windowLength;

    public long Length { get; } = stream.Length;

    /// <summary>Reads a header; false when what is there cannot be one, or the file ends in it.</summary>
    public bool TryReadHeader(long offset, out FileElement element)
    {
        element = default;
        var data = Peek(offset, 12);
        if (!Ebml.TryReadId(data, out var id, out var idLength) || !Ebml.TryReadSize(data[idLength..], out var size, out var sizeLength))
            return false;
        var body = offset + idLength + sizeLength;
        if (size > long.MaxValue - body)
            return false;
        element = new FileElement(id, offset, body, size);
        return true;
    }

    public bool IsWhole(in FileElement element) => element.Size >= 0 && element.End <= Length;

    /// <summary>Reads the body of an element that is whole.</summary>
    public byte[] ReadBody(in FileElement element)
    {
        if (!IsWhole(element) || element.Size > MaxMaster)
            throw new ContainerFormatException($"Element {element.Id:X} at offset {element.Offset} is {element.Size} bytes long, which cannot be read.");
        var body = new byte[element.Size];
        Read(element.Body, body);
        return body;
    }

    /// <summary>Up to <paramref name="count"/> bytes, fewer at the end; valid until the next call.</summary>
    public ReadOnlySpan<byte> Peek(long offset, int count)
    {
        if (offset < 0 || offset >= Length)
            return [];
        if (offset < _windowAt || offset + count > _windowAt + _windowLength)
        {
            _windowAt = offset;
            stream.Position = offset;
            _windowLength = stream.ReadAtLeast(_window.AsSpan(0, (int)Math.Min(_window.Length, Length - offset)), 1, throwOnEndOfStream: false);
            while (_windowLength < count && offset + _windowLength < Length)
            {
                var more = stream.Read(_window.AsSpan(_windowLength));
                if (more == 0)
                    break;
                _windowLength += more;
            }
        }

        var start = (int)(offset - _windowAt);
        return _window.AsSpan(start, Math.Min(count, _windowLength - start));
    }

    /// <summary>Fills the span from the file.</summary>
    public void Read(long offset, Span<byte> target)
    {
        try
        {
            stream.Position = offset;
            stream.ReadExactly(target);
        }
        catch (EndOfStreamException exception)
        {
            throw new ContainerFormatException($"The file ends before offset {offset + target.Length}.", exception);
        }
    }
}
