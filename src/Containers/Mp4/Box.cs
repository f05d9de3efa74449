using System.Buffers.Binary;

namespace Tapedeck.Containers.Mp4;

/// <summary>A box inside memory, without its header.</summary>
internal readonly record struct Box(uint Type, ReadOnlyMemory<byte> Body)
{
    /// <summary>Body of a full box after version and flags; empty when it is too short even for these.</summary>
    public ReadOnlyMemory<byte> FullBody => Body.Length >= 4 ? Body[4..] : default;

    public int Version => Body.Length >= 4 ? Body.Span[0] : 0;

    public uint Flags => Body.Length >= 4 ? BinaryPrimitives.ReadUInt32BigEndian(Body.Span) & 0xFFFFFF : 0;

    /// <summary>The children, when the body begins with <paramref name="skip"/> bytes of fields.</summary>
    public Boxes Children(int skip = 0) => new(skip <= Body.Length ? Body[skip..] : default);
}

/// <summary>Iterates over the boxes in memory; a box that does not fit ends it, as a torn tail would.</summary>
internal struct Boxes(ReadOnlyMemory<byte> memory)
{
    private ReadOnlyMemory<byte> _rest = memory;

    public Box Current { get; private set; }

    public readonly Boxes GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.Length < 8)
            return false;
        var span = _rest.Span;
        long size = BinaryPrimitives.ReadUInt32BigEndian(span);
        var header = 8;
        if (size == 1 && span.Length >= 16)
        {
            size = BinaryPrimitives.ReadInt64BigEndian(span[8..]);
            header = 16;
        }
        else if (size == 0)
        {
            size = span.Length;
        }

        if (size < header || size > span.Length)
            return false;
        Current = new Box(BinaryPrimitives.ReadUInt32BigEndian(span[4..]), _rest[header..(int)size]);
        _rest = _rest[(int)size..];
        return true;
    }

    /// <summary>The first box of a type, or one with an empty body.</summary>
    public readonly bool TryFind(uint type, out Box found)
    {
        foreach (var box in this)
        {
            if (box.Type == type)
            {
                found = box;
                return true;
            }
        }

        found = default;
        return false;
    }
}

/// <summary>Big-endian fields one after the other. Total: behind the end they are 0 and <see cref="Failed"/> is set.</summary>
internal ref struct Fields(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    public bool Failed { get; private set; }

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public int U8() => Take(1) is { Length: 1 } b ? b[0] : 0;

    public int U16() => Take(2) is { Length: 2 } b ? BinaryPrimitives.ReadUInt16BigEndian(b) : 0;

    public uint U32() => Take(4) is { Length: 4 } b ? BinaryPrimitives.ReadUInt32BigEndian(b) : 0;

    public long I64() => Take(8) is { Length: 8 } b ? BinaryPrimitives.ReadInt64BigEndian(b) : 0;

    public long Sized(int version) => version == 1 ? I64() : U32();

    public void Skip(int count) => Take(count);

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_rest.Length < count)
        {
            Failed = true;
            _rest = default;
            return default;
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
