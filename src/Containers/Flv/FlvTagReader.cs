namespace Tapedeck.Containers.Flv;

/// <summary>
/// The tags of a file one by one, as they are: for replaying a file, and below <see cref="FlvReader"/>. Allocates one buffer, never larger
/// than the largest tag that is really there. A tail that is torn, or not written yet, is the end.
/// </summary>
public sealed class FlvTagReader : IDisposable
{
    /// <summary>The largest body a tag can have.</summary>
    public const int MaxBodyLength = FlvWire.MaxBodyLength;

    private const int ReadAhead = 64 * 1024;
    private readonly Stream _file;
    private readonly bool _leaveOpen;
    private readonly int _maxBodyLength;
    private readonly FileWindow _window;

    private FlvTagReader(Stream file, int maxBodyLength, bool leaveOpen)
    {
        _file = file;
        _maxBodyLength = maxBodyLength;
        _leaveOpen = leaveOpen;
        _window = new FileWindow(file, ReadAhead);
    }

    /// <summary>File offset of the next tag.</summary>
    public long Position { get; set; }

    /// <summary>The header says that there is sound.</summary>
    public bool HasAudio { get; private set; }

    /// <summary>The header says that there are pictures.</summary>
    public bool HasVideo { get; private set; }

    /// <summary>Opens a file at its first tag.</summary>
    /// <param name="file">A stream that can seek.</param>
    /// <param name="maxBodyLength">Larger tags are an error.</param>
    /// <param name="leaveOpen">Whether the stream outlives the reader.</param>
    /// <exception cref="ContainerFormatException">It is no FLV file.</exception>
    public static FlvTagReader Open(Stream file, int maxBodyLength = MaxBodyLength, bool leaveOpen = false)
    {
        var reader = new FlvTagReader(file, maxBodyLength, leaveOpen);
        var header = reader._window.Read(0, FlvWire.FileHeaderLength);
        if (header.Length < FlvWire.FileHeaderLength || !header.StartsWith("FLV\u0001"u8))
            throw new ContainerFormatException("No FLV file: it does not begin with FLV and version 1.");
        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(header[5..]);
        if (length < FlvWire.FileHeaderLength)
            throw new ContainerFormatException($"FLV header at offset 5: it says to be {length} bytes long, less than 9.");
        reader.HasAudio = (header[FlvWire.FlagsOffset] & FlvWire.AudioFlag) != 0;
        reader.HasVideo = (header[FlvWire.FlagsOffset] & FlvWire.VideoFlag) != 0;
        reader.Position = length + FlvWire.BackPointerLength;
        return reader;
    }

    /// <summary>The next tag.</summary>
    /// <param name="tag">The tag; its body is valid until the next call.</param>
    /// <returns>False at the end of what is whole. Of a growing file there may be more later.</returns>
    /// <exception cref="ContainerFormatException">There is no tag here, or one beyond the limit.</exception>
    public bool TryRead(out FlvTag tag)
    {
        tag = default;
        var header = _window.Read(Position, FlvWire.TagHeaderLength);
        if (header.Length < FlvWire.TagHeaderLength)
        {
            _window.Refresh();
            header = _window.Read(Position, FlvWire.TagHeaderLength);
        }

        // After a power failure the tail may be blocks of zeros.
        if (header.Length < FlvWire.TagHeaderLength || header.IndexOfAnyExcept((byte)0) < 0)
            return false;
        if ((header[0] & 0xC0) != 0)
            throw new ContainerFormatException($"FLV: no tag at offset {Position}.");
        var length = FlvWire.BodyLength(header);
        if (length > _maxBodyLength)
            throw new ContainerFormatException($"FLV: the tag at offset {Position} has {length} bytes, more than {_maxBodyLength}.");
        var end = Position + FlvWire.TagHeaderLength + length;
        if (end > _window.Length)
        {
            _window.Refresh();
            if (end > _window.Length)
                return false;
        }

        // Bit 5 says that the body is encrypted: then the type is left as no type that anyone knows.
        var (type, time, offset) = ((FlvTagType)header[0], FlvWire.Timestamp(header), Position);
        if (FlvWire.IsHidden(_window.Read(Position, FlvWire.TagHeaderLength + 1), Position, _window.Length))
            return false;

        var body = _window.ReadMemory(Position + FlvWire.TagHeaderLength, length);
        if (body.Length < length)
            return false;
        Position = end + FlvWire.BackPointerLength;
        tag = new FlvTag(type, time, body, offset);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_leaveOpen)
            _file.Dispose();
    }
}
