namespace Tapedeck.Media;

/// <summary>One open bitstream unit, as slices.</summary>
public readonly ref struct Obu
{
    internal Obu(int type, ReadOnlySpan<byte> whole, ReadOnlySpan<byte> payload)
    {
        Type = type;
        Whole = whole;
        Payload = payload;
    }

    /// <summary>obu_type.</summary>
    public int Type { get; }

    /// <summary>With its header.</summary>
    public ReadOnlySpan<byte> Whole { get; }

    /// <summary>Without it.</summary>
    public ReadOnlySpan<byte> Payload { get; }
}

/// <summary>The OBUs of a temporal unit in the low-overhead format (AV1 5.2). An OBU without size field reaches to the end. Stops at what does not fit.</summary>
/// <param name="data">The temporal unit.</param>
public ref struct Obus(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    /// <summary>The unit.</summary>
    public Obu Current { get; private set; }

    /// <summary>After the last unit: nothing was left over.</summary>
    public readonly bool IsWhole => _rest.IsEmpty;

    public readonly Obus GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.IsEmpty || (_rest[0] & 128) != 0)
            return false;
        var type = _rest[0] >> 3 & 15;
        var header = (_rest[0] & 4) != 0 ? 2 : 1;
        var size = _rest.Length - header;
        if (size < 0)
            return false;
        if ((_rest[0] & 2) != 0)
        {
            if (!Av1.TryReadLeb128(_rest[header..], out var value, out var length) || value > _rest.Length - header - length)
                return false;
            header += length;
            size = (int)value;
        }

        Current = new Obu(type, _rest[..(header + size)], _rest.Slice(header, size));
        _rest = _rest[(header + size)..];
        return true;
    }
}
