using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Tapedeck.Containers.WebM;

/// <summary>Variable-length numbers and values of EBML (RFC 8794).</summary>
internal static class Ebml
{
    public static int IdLength(uint id) => (39 - BitOperations.LeadingZeroCount(id | 1)) / 8;

    /// <summary>Fewest bytes that hold a size; the value of all ones is left out, it means unknown.</summary>
    public static int SizeLength(long value)
    {
        var bytes = 1;
        while (bytes < 8 && value >= (1L << 7 * bytes) - 1)
            bytes++;
        return bytes;
    }

    public static void WriteSize(Span<byte> target, long value, int bytes)
    {
        for (var i = bytes - 1; i >= 0; i--, value >>= 8)
            target[i] = (byte)value;
        target[0] |= (byte)(0x80 >> (bytes - 1));
    }

    /// <summary>Reads a size or track number; -1 for unknown. False when it is cut off or longer than 8 bytes.</summary>
    public static bool TryReadSize(ReadOnlySpan<byte> data, out long value, out int length)
    {
        value = 0;
        length = data.IsEmpty ? 0 : BitOperations.LeadingZeroCount((uint)data[0]) - 23;
        if (length is < 1 or > 8 || data.Length < length)
            return false;
        value = data[0] & (0xFF >> length);
        for (var i = 1; i < length; i++)
            value = value << 8 | data[i];
        if (value == (1L << 7 * length) - 1)
            value = -1;
        return true;
    }

    public static bool TryReadId(ReadOnlySpan<byte> data, out uint id, out int length)
    {
        id = 0;
        length = data.IsEmpty ? 0 : BitOperations.LeadingZeroCount((uint)data[0]) - 23;
        if (length is < 1 or > 4 || data.Length < length)
            return false;
        for (var i = 0; i < length; i++)
            id = id << 8 | data[i];
        return true;
    }

    /// <summary>An unsigned number of 0 to 8 bytes.</summary>
    public static ulong Number(ReadOnlySpan<byte> body)
    {
        ulong value = 0;
        foreach (var b in body.Length > 8 ? body[^8..] : body)
            value = value << 8 | b;
        return value;
    }

    /// <summary>A number that is used as a count or rate; what no file can mean becomes 0.</summary>
    public static int Int32(ReadOnlySpan<byte> body) => Number(body) is var value && value <= int.MaxValue ? (int)value : 0;

    public static double Float(ReadOnlySpan<byte> body) => body.Length switch
    {
        4 => BinaryPrimitives.ReadSingleBigEndian(body),
        8 => BinaryPrimitives.ReadDoubleBigEndian(body),
        _ => 0,
    };

    public static string Text(ReadOnlySpan<byte> body) => Encoding.UTF8.GetString(body).TrimEnd('\0');
}

/// <summary>The elements in the body of a master that was read whole. Ends at one that does not fit.</summary>
internal ref struct Elements(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _all = body;
    private int _next;

    public uint Id { get; private set; }

    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Where <see cref="Body"/> begins within the master's.</summary>
    public int BodyOffset { get; private set; }

    public bool MoveNext()
    {
        var rest = _all[_next..];
        if (!Ebml.TryReadId(rest, out var id, out var idLength)
            || !Ebml.TryReadSize(rest[idLength..], out var size, out var sizeLength)
            || size < 0
            || size > rest.Length - idLength - sizeLength)
        {
            return false;
        }

        Id = id;
        BodyOffset = _next + idLength + sizeLength;
        Body = _all.Slice(BodyOffset, (int)size);
        _next = BodyOffset + (int)size;
        return true;
    }
}
