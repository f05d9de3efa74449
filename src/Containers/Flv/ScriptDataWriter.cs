using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Tapedeck.Containers.Flv;

/// <summary>Writes AMF0: only what metadata needs. Counts what it wrote, because positions inside the tag are patched later.</summary>
internal sealed class ScriptDataWriter(IBufferWriter<byte> output)
{
    public int Length { get; private set; }

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        Length += bytes.Length;
    }

    public void Marker(byte marker) => Raw([marker]);

    public void Count(int count)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, count);
        Raw(bytes);
    }

    /// <summary>A property name; longer ones than AMF0 allows do not occur.</summary>
    public void Name(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        Raw([(byte)(bytes.Length >> 8), (byte)bytes.Length]);
        Raw(bytes);
    }

    public void Text(string value)
    {
        Marker(2);
        Name(value);
    }

    /// <summary>A string of any length: beyond 65,535 bytes a long one.</summary>
    public void AnyText(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        if (length <= ushort.MaxValue)
        {
            Text(value);
            return;
        }

        Marker(12);
        Count(length);
        Raw(Encoding.UTF8.GetBytes(value));
    }

    public void Number(double value)
    {
        Span<byte> bytes = stackalloc byte[9];
        bytes[0] = 0;
        BinaryPrimitives.WriteDoubleBigEndian(bytes[1..], value);
        Raw(bytes);
    }

    public void Boolean(bool value) => Raw([1, value ? (byte)1 : (byte)0]);

    public void BeginObject() => Marker(3);

    public void BeginEcmaArray(int count)
    {
        Marker(8);
        Count(count);
    }

    public void BeginStrictArray(int count)
    {
        Marker(10);
        Count(count);
    }

    public void EndObject() => Raw([0, 0, 9]);
}
