using System.Buffers.Binary;

namespace Tapedeck.Containers.Mp4;

/// <summary>Header of a box at the top of a file.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Offset">Where its header begins.</param>
/// <param name="HeaderLength">8 or 16.</param>
/// <param name="Length">Bytes with header, as it says.</param>
/// <param name="IsWhole">The file holds all of it.</param>
/// <param name="IsOpen">Its size is 0: it reaches to the end of the file, wherever that is.</param>
internal readonly record struct FileBox(uint Type, long Offset, int HeaderLength, long Length, bool IsWhole, bool IsOpen = false)
{
    public long End => Offset + Length;
}

/// <summary>The boxes of a file, and its bytes; nothing is allocated that the file does not hold.</summary>
internal sealed class BoxFile(Stream stream)
{
    /// <summary>A moov of two days of video is 200 MB; what claims to be larger is not one of that kind.</summary>
    private const int MaxBox = 1 << 30;
    private readonly byte[] _header = new byte[16];

    public long Length { get; } = stream.Length;

    /// <summary>Reads a header; false at the end, also when fewer than 8 bytes are left or the size is impossible.</summary>
    public bool TryReadHeader(long offset, out FileBox box)
    {
        box = default;
        if (offset < 0 || offset > Length - 8)
            return false;
        var available = (int)Math.Min(16, Length - offset);
        Read(offset, _header.AsSpan(0, available));
        long size = BinaryPrimitives.ReadUInt32BigEndian(_header);
        var type = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4));
        var header = 8;
        var isOpen = size == 0;
        if (size == 1)
        {
            if (available < 16)
                return false;
            size = BinaryPrimitives.ReadInt64BigEndian(_header.AsSpan(8));
            header = 16;
        }
        else if (size == 0)
        {
            size = Length - offset;
        }

        if (size < header || size > long.MaxValue - offset)
            return false;
        box = new FileBox(type, offset, header, size, offset + size <= Length, isOpen);
        return true;
    }

    /// <summary>Reads the body of a box that is whole.</summary>
    public byte[] ReadBody(in FileBox box)
    {
        var length = box.Length - box.HeaderLength;
        if (!box.IsWhole || length > MaxBox)
            throw new ContainerFormatException($"Box {FourCc.Text(box.Type)} at offset {box.Offset} is {length} bytes long, which cannot be read.");
        var body = new byte[length];
        Read(box.Offset + box.HeaderLength, body);
        return body;
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
