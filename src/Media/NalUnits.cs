using System.Buffers.Binary;

namespace Tapedeck.Media;

/// <summary>
/// The NAL units of a length-prefixed sample, as slices. Ends without error at a length that does not fit; <see cref="IsWhole"/> tells afterwards
/// whether the sample was used up exactly.
/// </summary>
/// <param name="sample">The sample.</param>
/// <param name="lengthSize">Bytes of each length: 1, 2 or 4.</param>
public ref struct NalUnits(ReadOnlySpan<byte> sample, int lengthSize)
{
    private readonly int _lengthSize = lengthSize;
    private ReadOnlySpan<byte> _rest = sample;

    /// <summary>The unit, from its header byte on; never empty.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>After the last unit: nothing was left over.</summary>
    public readonly bool IsWhole => _rest.IsEmpty;

    public readonly NalUnits GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_lengthSize is 1 or 2 or 4 && _rest.Length >= _lengthSize)
        {
            var length = _lengthSize switch
            {
                1 => _rest[0],
                2 => BinaryPrimitives.ReadUInt16BigEndian(_rest),
                _ => BinaryPrimitives.ReadUInt32BigEndian(_rest),
            };
            if (length > _rest.Length - _lengthSize)
                return false;
            Current = _rest.Slice(_lengthSize, (int)length);
            _rest = _rest[(_lengthSize + (int)length)..];
            if (!Current.IsEmpty)
                return true;
        }

        return false;
    }
}
