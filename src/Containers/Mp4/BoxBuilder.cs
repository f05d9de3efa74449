using System.Buffers.Binary;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Writes boxes into a buffer of its own; sizes are filled in when a box ends. Tables that are already in their final form are spliced in by
/// reference. Reused from fragment to fragment: what it wrote is copied to the plan (headers only, some bytes a sample).
/// </summary>
internal sealed class BoxBuilder
{
    private readonly (int At, long Virtual)[] _open = new (int, long)[16];
    private readonly List<(int At, IndexTable Table)> _splices = [];
    private byte[] _bytes = new byte[4096];
    private int _depth;
    private long _spliced;

    /// <summary>Bytes written, without splices.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes written, with splices.</summary>
    public long Length => Position + _spliced;

    public void Clear()
    {
        Position = 0;
        _spliced = 0;
        _depth = 0;
        _splices.Clear();
    }

    public void Begin(uint type)
    {
        _open[_depth++] = (Position, Length);
        U32(0);
        U32(type);
    }

    public void Begin(uint type, int version, uint flags)
    {
        Begin(type);
        U32((uint)version << 24 | flags);
    }

    public void End()
    {
        var (at, start) = _open[--_depth];
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(at), checked((uint)(Length - start)));
    }

    public void U8(int value) => Take(1)[0] = (byte)value;

    public void U16(int value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), (ushort)value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    /// <summary>64 bits in version 1 of a box, 32 in version 0.</summary>
    public void Sized(int version, long value)
    {
        if (version == 1)
            U64((ulong)value);
        else
            U32((uint)value);
    }

    public void Zeros(int count) => Take(count).Clear();

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    public void Splice(IndexTable table)
    {
        if (table.Length == 0)
            return;
        _splices.Add((Position, table));
        _spliced += table.Length;
    }

    /// <summary>Overwrites four bytes written before.</summary>
    public void Patch(int position, uint value) => BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(position), value);

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Position);

    /// <summary>Adds everything to a write: headers copied into the plan's memory, tables by reference.</summary>
    public void AddTo(DiskPlan plan, DiskOperation write)
    {
        var headers = plan.Scratch(Position);
        Written.CopyTo(headers.Span);
        var from = 0;
        foreach (var (at, table) in _splices)
        {
            write.Add(headers[from..at]);
            table.AddTo(write);
            from = at;
        }

        write.Add(headers[from..]);
    }

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - Position < count)
            Array.Resize(ref _bytes, Math.Max(Position + count, _bytes.Length * 2));
        Position += count;
        return _bytes.AsSpan(Position - count, count);
    }
}
