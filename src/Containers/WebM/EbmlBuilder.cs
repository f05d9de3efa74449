using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Tapedeck.Containers.WebM;

/// <summary>
/// Writes EBML elements into memory:
/// <code>
/// ID    1 to 4 bytes; the number of leading zero bits tells its length
/// size  1 to 8 bytes; the same, its marker bit taken out; all ones means unknown
/// body  a number, a float, text, bytes, or elements
/// </code>
/// Sizes of masters always take 4 bytes, so that they can be filled in afterwards.
/// </summary>
internal sealed class EbmlBuilder
{
    private readonly Stack<int> _open = new();
    private byte[] _bytes = new byte[1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Begin(uint id)
    {
        Id(id);
        _open.Push(Length);
        Take(4);
    }

    public void End()
    {
        var at = _open.Pop();
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(at), 0x10000000u | (uint)(Length - at - 4));
    }

    /// <summary>An unsigned number in as few bytes as it needs.</summary>
    public void Number(uint id, ulong value) => Number(id, value, Math.Max(1, (71 - BitOperations.LeadingZeroCount(value)) / 8));

    /// <summary>An unsigned number in a fixed count of bytes.</summary>
    public void Number(uint id, ulong value, int bytes)
    {
        Id(id);
        Size(bytes);
        var target = Take(bytes);
        for (var i = bytes - 1; i >= 0; i--, value >>= 8)
            target[i] = (byte)value;
    }

    public void Float(uint id, double value)
    {
        Id(id);
        Size(8);
        BinaryPrimitives.WriteDoubleBigEndian(Take(8), value);
    }

    public void Text(uint id, string value) => Bytes(id, Encoding.UTF8.GetBytes(value));

    public void Bytes(uint id, ReadOnlySpan<byte> value)
    {
        Id(id);
        Size(value.Length);
        value.CopyTo(Take(value.Length));
    }

    /// <summary>Padding; 2 to 128 bytes with its header.</summary>
    public void Void(int total)
    {
        Id(ElementId.Void);
        Size(total - 2);
        Take(total - 2).Clear();
    }

    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    private void Id(uint id)
    {
        var bytes = Ebml.IdLength(id);
        var target = Take(bytes);
        for (var i = bytes - 1; i >= 0; i--, id >>= 8)
            target[i] = (byte)id;
    }

    private void Size(long value)
    {
        var bytes = Ebml.SizeLength(value);
        Ebml.WriteSize(Take(bytes), value, bytes);
    }

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - Length < count)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }
}
