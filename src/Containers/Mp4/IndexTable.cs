using System.Buffers;
using System.Buffers.Binary;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// A growing table of big-endian numbers in pooled blocks of 64 KiB: the form in which it goes to disk, so that finishing a file of a day is one
/// gather write. The first block begins small and doubles: a host records hundreds of streams, most of them short. Numbers are 4 bytes, or two times 4,
/// so none straddles two blocks.
/// </summary>
internal sealed class IndexTable : IDisposable
{
    private const int BlockSize = 65536;
    private const int FirstSize = 1024;
    private readonly List<byte[]> _blocks = [];
    private int _used;
    private int _room; // of the last block, when all of it is used

    /// <summary>Bytes in the table.</summary>
    public long Length => _blocks.Count == 0 ? 0 : (_blocks.Count - 1L) * BlockSize + _used;

    public void U32(uint value)
    {
        if (_used >= _room)
            Grow();

        BinaryPrimitives.WriteUInt32BigEndian(_blocks[^1].AsSpan(_used), value);
        _used += 4;
    }

    private void Grow()
    {
        if (_blocks.Count == 1 && _room < BlockSize)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_room *= 2);
            _blocks[0].AsSpan(0, _used).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_blocks[0]);
            _blocks[0] = larger;
            return;
        }

        _room = _blocks.Count == 0 ? FirstSize : BlockSize;
        _blocks.Add(ArrayPool<byte>.Shared.Rent(_room));
        _used = 0;
    }

    public void U64(ulong value)
    {
        U32((uint)(value >> 32));
        U32((uint)value);
    }

    /// <summary>Takes over a table as an older file holds it; whole numbers of 4 bytes.</summary>
    public void Append(ReadOnlySpan<byte> table)
    {
        for (; table.Length >= 4; table = table[4..])
            U32(BinaryPrimitives.ReadUInt32BigEndian(table));
    }

    /// <summary>The number at a byte position.</summary>
    public uint At(long position) => BinaryPrimitives.ReadUInt32BigEndian(_blocks[(int)(position / BlockSize)].AsSpan((int)(position % BlockSize)));

    /// <summary>Adds the blocks to a write; they stay referenced until <see cref="Dispose"/>.</summary>
    public void AddTo(DiskOperation write)
    {
        for (var i = 0; i < _blocks.Count; i++)
            write.Add(_blocks[i].AsMemory(0, i == _blocks.Count - 1 ? _used : BlockSize));
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
            ArrayPool<byte>.Shared.Return(block);
        _blocks.Clear();
        _used = 0;
        _room = 0;
    }
}

/// <summary>A run-length table (stts, ctts): entries of count and value, the last of which is still open.</summary>
internal sealed class RunTable : IDisposable
{
    private readonly IndexTable _closed = new();
    private uint _value;
    private uint _count;

    /// <summary>Number of entries.</summary>
    public uint Entries => (uint)(_closed.Length / 8) + (_count > 0 ? 1u : 0);

    /// <summary>True when every value is 0.</summary>
    public bool IsZero => _closed.Length == 0 && _value == 0;

    public void Add(uint value, uint count = 1)
    {
        if (count == 0)
            return;
        if (_count > 0 && (value != _value || _count > uint.MaxValue - count))
        {
            _closed.U32(_count);
            _closed.U32(_value);
            _count = 0;
        }

        _value = value;
        _count += count;
    }

    /// <summary>entry_count and the entries.</summary>
    public void WriteTo(BoxBuilder box)
    {
        box.U32(Entries);
        box.Splice(_closed);
        if (_count == 0)
            return;
        box.U32(_count);
        box.U32(_value);
    }

    public void Dispose() => _closed.Dispose();
}
