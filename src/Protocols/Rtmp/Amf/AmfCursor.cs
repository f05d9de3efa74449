using System.Buffers.Binary;
using System.Text;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>Big-endian reading with the one error for missing bytes.</summary>
internal ref struct AmfCursor(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;

    public int Position { get; private set; }

    public readonly int Left => _data.Length - Position;

    public readonly ReadOnlySpan<byte> Rest => _data[Position..];

    public byte Byte() => Bytes(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Bytes(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Bytes(4));

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Bytes(8));

    /// <summary>Invalid UTF-8 becomes U+FFFD; who uses such a text as a name must refuse it.</summary>
    public string Text(int length) => Encoding.UTF8.GetString(Bytes(length));

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if ((uint)count > (uint)Left)
            throw new RtmpProtocolException($"AMF data ends early: {(uint)count} bytes needed at offset {Position}, {Left} left.");
        var bytes = _data.Slice(Position, count);
        Position += count;
        return bytes;
    }

    /// <summary>AMF3 section 1.3.1: up to 29 bits in one to four bytes, seven a byte and eight in the fourth.</summary>
    public int U29()
    {
        var value = 0;
        for (var i = 0; i < 3; i++)
        {
            var next = Byte();
            if (next < 0x80) return value << 7 | next;
            value = value << 7 | next & 0x7F;
        }
        return value << 8 | Byte();
    }
}
