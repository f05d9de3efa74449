namespace Tapedeck.Media;

/// <summary>
/// Bits, most significant first, with the Exp-Golomb codes of H.264/H.265 and the variable codes of AV1. Total: past the end it delivers zeros and
/// <see cref="Failed"/> becomes true, so a parser checks once, at its end. With <c>escaped</c> it skips emulation prevention bytes (00 00 03).
/// </summary>
internal ref struct BitReader(ReadOnlySpan<byte> data, bool escaped = false)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private readonly bool _escaped = escaped;
    private int _next;
    private int _zeros;
    private int _current;
    private int _bitsLeft;

    public bool Failed { get; private set; }

    /// <summary>Whole bits that are left; an upper bound when the data is escaped.</summary>
    public readonly int Left => _bitsLeft + (_data.Length - _next) * 8;

    public uint Bit()
    {
        if (_bitsLeft == 0)
            Load();
        if (_bitsLeft == 0)
            return 0;
        _bitsLeft--;
        return (uint)(_current >> _bitsLeft) & 1;
    }

    public bool Flag() => Bit() != 0;

    /// <summary>Up to 32 bits.</summary>
    public uint Bits(int count)
    {
        uint value = 0;
        for (var i = 0; i < count; i++)
            value = value << 1 | Bit();
        return value;
    }

    public void Skip(int count)
    {
        for (var i = 0; i < count && !Failed; i++)
            Bit();
    }

    /// <summary>ue(v) of H.264 9.1.</summary>
    public uint Ue()
    {
        var zeros = 0;
        while (!Failed && Bit() == 0)
            zeros++;
        if (zeros >= 32)
        {
            Failed = true;
            return 0;
        }

        return (uint)((1UL << zeros) - 1 + Bits(zeros));
    }

    /// <summary>se(v) of H.264 9.1.1.</summary>
    public int Se()
    {
        var code = Ue();
        return (code & 1) != 0 ? (int)(code / 2 + 1) : -(int)(code / 2);
    }

    /// <summary>uvlc() of AV1 4.10.3.</summary>
    public uint Uvlc()
    {
        var zeros = 0;
        while (!Failed && Bit() == 0)
            zeros++;
        return zeros >= 32 ? uint.MaxValue : (uint)((1UL << zeros) - 1 + Bits(zeros));
    }

    private void Load()
    {
        if (_escaped && _zeros >= 2 && _next < _data.Length && _data[_next] == 3)
        {
            _next++;
            _zeros = 0;
        }

        if (_next >= _data.Length)
        {
            Failed = true;
            return;
        }

        _current = _data[_next++];
        _zeros = _current == 0 ? _zeros + 1 : 0;
        _bitsLeft = 8;
    }
}
