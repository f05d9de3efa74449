namespace Tapedeck.Media;

/// <summary>Writes bits, most significant first, into a cleared span that the caller made large enough.</summary>
internal ref struct BitWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;
    private int _bit;

    public void Put(long value, int count)
    {
        for (var i = count - 1; i >= 0; i--, _bit++)
        {
            if ((value >> i & 1) != 0)
                _target[_bit >> 3] |= (byte)(0x80 >> (_bit & 7));
        }
    }

    public readonly int Bytes => (_bit + 7) / 8;
}
