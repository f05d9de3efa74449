namespace Tapedeck.Media;

/// <summary>What an AV1 sequence header says.</summary>
/// <param name="Profile">seq_profile.</param>
/// <param name="Level">seq_level_idx of operating point 0.</param>
/// <param name="IsHighTier">seq_tier of operating point 0.</param>
/// <param name="BitDepth">8, 10 or 12.</param>
/// <param name="IsMonochrome">No chroma planes.</param>
/// <param name="SubsamplingX">Chroma halved across.</param>
/// <param name="SubsamplingY">Chroma halved down.</param>
/// <param name="ChromaPosition">chroma_sample_position.</param>
/// <param name="Width">Largest frame width in pixels.</param>
/// <param name="Height">Largest frame height in pixels.</param>
public readonly record struct Av1Sequence(
    int Profile, int Level, bool IsHighTier, int BitDepth, bool IsMonochrome, bool SubsamplingX, bool SubsamplingY, int ChromaPosition, int Width, int Height);

/// <summary>AV1 bitstream specification, and its ISO BMFF binding.</summary>
public static class Av1
{
    /// <summary>OBU_SEQUENCE_HEADER.</summary>
    public const int ObuSequenceHeader = 1;

    /// <summary>OBU_TEMPORAL_DELIMITER.</summary>
    public const int ObuTemporalDelimiter = 2;

    /// <summary>Reads an unsigned LEB128 number of at most 8 bytes (4.10.5); false when cut off or above 32 bits.</summary>
    public static bool TryReadLeb128(ReadOnlySpan<byte> data, out uint value, out int length)
    {
        ulong sum = 0;
        value = 0;
        for (length = 0; length < 8 && length < data.Length;)
        {
            var b = data[length];
            sum |= (ulong)(b & 127) << (length * 7);
            length++;
            if ((b & 128) == 0)
            {
                value = (uint)sum;
                return sum <= uint.MaxValue;
            }
        }

        return false;
    }

    /// <summary>Drops temporal delimiters in front of a temporal unit; a slice of the same memory.</summary>
    public static ReadOnlyMemory<byte> StripTemporalDelimiter(ReadOnlyMemory<byte> unit)
    {
        var obus = new Obus(unit.Span);
        var at = 0;
        while (obus.MoveNext() && obus.Current.Type == ObuTemporalDelimiter)
            at += obus.Current.Whole.Length;
        return unit[at..];
    }

    /// <summary>True when the unit begins with a sequence header before its first frame: the only units where decoding may start.</summary>
    public static bool HasSequenceHeader(ReadOnlySpan<byte> unit) => TryFindSequenceHeader(unit, out _);

    /// <summary>The first sequence header OBU, header included.</summary>
    public static bool TryFindSequenceHeader(ReadOnlySpan<byte> obus, out Obu header)
    {
        foreach (var obu in new Obus(obus))
        {
            if (obu.Type == ObuSequenceHeader)
            {
                header = obu;
                return true;
            }
        }

        header = default;
        return false;
    }

    /// <summary>Reads the av1C record: the sequence from its configOBUs or, where it has none, what the 4 bytes say (size 0).</summary>
    public static bool TryParseConfiguration(ReadOnlySpan<byte> record, out Av1Sequence sequence)
    {
        sequence = default;
        if (record.Length < 4 || record[0] != 0x81)
            return false;
        if (TryFindSequenceHeader(record[4..], out var header) && TryParseSequenceHeader(header.Payload, out sequence))
            return true;
        var flags = record[2];
        sequence = new Av1Sequence(
            record[1] >> 5,
            record[1] & 31,
            (flags & 128) != 0,
            (flags & 64) == 0 ? 8 : (flags & 32) != 0 ? 12 : 10,
            (flags & 16) != 0,
            (flags & 8) != 0,
            (flags & 4) != 0,
            flags & 3,
            0,
            0);
        return true;
    }

    /// <summary>Builds an av1C record around a sequence header OBU as found in a stream; null when it cannot be read.</summary>
    public static byte[]? BuildConfiguration(ReadOnlySpan<byte> temporalUnit)
    {
        if (!TryFindSequenceHeader(temporalUnit, out var header) || !TryParseSequenceHeader(header.Payload, out var s) || header.Payload.Length > 4096)
            return null;

        // The record wants has_size_field, whatever the stream used.
        var payload = header.Payload;
        Span<byte> prefix = stackalloc byte[6];
        prefix[0] = 0x81;
        prefix[1] = (byte)(s.Profile << 5 | s.Level);
        prefix[2] = (byte)((s.IsHighTier ? 128 : 0) | (s.BitDepth > 8 ? 64 : 0) | (s.BitDepth == 12 ? 32 : 0) | (s.IsMonochrome ? 16 : 0)
            | (s.SubsamplingX ? 8 : 0) | (s.SubsamplingY ? 4 : 0) | s.ChromaPosition);
        prefix[3] = 0;
        prefix[4] = ObuSequenceHeader << 3 | 2;
        prefix[5] = (byte)payload.Length;
        if (payload.Length < 128)
            return [.. prefix, .. payload];
        return [.. prefix[..5], (byte)(payload.Length & 127 | 128), (byte)(payload.Length >> 7), .. payload];
    }

    /// <summary>Reads the payload of a sequence header OBU (5.5).</summary>
    public static bool TryParseSequenceHeader(ReadOnlySpan<byte> payload, out Av1Sequence sequence)
    {
        sequence = default;
        var bits = new BitReader(payload);
        var profile = (int)bits.Bits(3);
        bits.Skip(1);
        var reduced = bits.Flag();
        var (level, tier) = reduced ? ((int)bits.Bits(5), false) : ReadOperatingPoints(ref bits);
        var widthBits = (int)bits.Bits(4) + 1;
        var heightBits = (int)bits.Bits(4) + 1;
        var width = (int)bits.Bits(widthBits) + 1;
        var height = (int)bits.Bits(heightBits) + 1;
        SkipTools(ref bits, reduced);

        // color_config
        var highDepth = bits.Flag();
        var depth = !highDepth ? 8 : profile == 2 && bits.Flag() ? 12 : 10;
        var mono = profile != 1 && bits.Flag();
        uint primaries = 2, transfer = 2, matrix = 2;
        if (bits.Flag())
            (primaries, transfer, matrix) = (bits.Bits(8), bits.Bits(8), bits.Bits(8));
        bool subX, subY;
        var position = 0;
        if (mono)
        {
            bits.Skip(1);
            subX = subY = true;
        }
        else if (primaries == 1 && transfer == 13 && matrix == 0)
        {
            subX = subY = false;
        }
        else
        {
            bits.Skip(1);
            subX = profile == 0 || (profile == 2 && (depth != 12 || bits.Flag()));
            subY = profile == 0 || (profile == 2 && depth == 12 && subX && bits.Flag());
            if (subX && subY)
                position = (int)bits.Bits(2);
        }

        if (bits.Failed || profile > 2)
            return false;
        sequence = new Av1Sequence(profile, level, tier, depth, mono, subX, subY, position, width, height);
        return true;
    }

    private static (int Level, bool Tier) ReadOperatingPoints(ref BitReader bits)
    {
        var decoderModel = false;
        var delayBits = 0;
        if (bits.Flag())
        {
            bits.Skip(64);
            if (bits.Flag())
                bits.Uvlc();
            decoderModel = bits.Flag();
            if (decoderModel)
            {
                delayBits = (int)bits.Bits(5) + 1;
                bits.Skip(42);
            }
        }

        var displayDelay = bits.Flag();
        var (level, tier) = (0, false);
        for (int i = 0, count = (int)bits.Bits(5) + 1; i < count && !bits.Failed; i++)
        {
            bits.Skip(12);
            var l = (int)bits.Bits(5);
            var t = l > 7 && bits.Flag();
            if (i == 0)
                (level, tier) = (l, t);
            if (decoderModel && bits.Flag())
                bits.Skip(delayBits * 2 + 1);
            if (displayDelay && bits.Flag())
                bits.Skip(4);
        }

        return (level, tier);
    }

    private static void SkipTools(ref BitReader bits, bool reduced)
    {
        if (!reduced && bits.Flag())
            bits.Skip(7);
        bits.Skip(3);
        if (!reduced)
        {
            bits.Skip(4);
            var orderHint = bits.Flag();
            if (orderHint)
                bits.Skip(2);
            var screenContent = bits.Flag() || bits.Flag();
            if (screenContent && !bits.Flag())
                bits.Skip(1);
            if (orderHint)
                bits.Skip(3);
        }

        bits.Skip(3);
    }
}
