using System.Buffers.Binary;

namespace Tapedeck.Media;

/// <summary>An HEVCDecoderConfigurationRecord. Ranges point into the record it was read from and are empty when the set is missing.</summary>
/// <param name="ProfileSpace">general_profile_space.</param>
/// <param name="IsHighTier">general_tier_flag.</param>
/// <param name="Profile">general_profile_idc: 1 Main, 2 Main 10.</param>
/// <param name="Compatibility">general_profile_compatibility_flags.</param>
/// <param name="Constraints">The 48 general constraint bits.</param>
/// <param name="Level">general_level_idc: 93 is level 3.1.</param>
/// <param name="LengthSize">Bytes of the length before each NAL unit: 1, 2 or 4.</param>
/// <param name="Vps">First video parameter set.</param>
/// <param name="Sps">First sequence parameter set.</param>
/// <param name="Pps">First picture parameter set.</param>
public readonly record struct HevcConfiguration(
    int ProfileSpace, bool IsHighTier, int Profile, uint Compatibility, ulong Constraints, byte Level, int LengthSize, Range Vps, Range Sps, Range Pps);

/// <summary>What a sequence parameter set says about the picture.</summary>
/// <param name="Width">Width in pixels inside the conformance window.</param>
/// <param name="Height">Height in pixels inside the conformance window.</param>
/// <param name="ChromaFormat">chroma_format_idc.</param>
/// <param name="BitDepth">Of luma.</param>
public readonly record struct HevcSps(int Width, int Height, int ChromaFormat, int BitDepth);

/// <summary>H.265: ISO/IEC 23008-2, and 14496-15 for how it is stored.</summary>
public static class Hevc
{
    /// <summary>Video parameter set.</summary>
    public const int NalVps = 32;

    /// <summary>Sequence parameter set.</summary>
    public const int NalSps = 33;

    /// <summary>Picture parameter set.</summary>
    public const int NalPps = 34;

    /// <summary>Reads an hvcC (14496-15 8.3.3.1).</summary>
    public static bool TryParseConfiguration(ReadOnlySpan<byte> record, out HevcConfiguration configuration)
    {
        configuration = default;

        // Version 0 was written by drafts of the standard and is still met.
        if (record.Length < 23 || record[0] > 1 || (record[21] & 3) == 2)
            return false;
        Range vps = default, sps = default, pps = default;
        var at = 23;
        for (int array = 0, arrays = record[22]; array < arrays; array++)
        {
            if (record.Length - at < 3)
                return false;
            var type = record[at] & 63;
            int count = BinaryPrimitives.ReadUInt16BigEndian(record[(at + 1)..]);
            at += 3;
            for (var i = 0; i < count; i++)
            {
                if (record.Length - at < 2)
                    return false;
                int length = BinaryPrimitives.ReadUInt16BigEndian(record[at..]);
                at += 2;
                if (length > record.Length - at)
                    return false;
                if (i == 0 && type == NalVps)
                    vps = at..(at + length);
                else if (i == 0 && type == NalSps)
                    sps = at..(at + length);
                else if (i == 0 && type == NalPps)
                    pps = at..(at + length);
                at += length;
            }
        }

        configuration = new HevcConfiguration(
            record[1] >> 6,
            (record[1] & 32) != 0,
            record[1] & 31,
            BinaryPrimitives.ReadUInt32BigEndian(record[2..]),
            BinaryPrimitives.ReadUInt64BigEndian(record[4..]) & 0xFFFF_FFFF_FFFF,
            record[12],
            (record[21] & 3) + 1,
            vps,
            sps,
            pps);
        return true;
    }

    /// <summary>Reads a sequence parameter set NAL unit (23008-2 7.3.2.2.1), two header bytes included, up to the bit depths.</summary>
    public static bool TryParseSps(ReadOnlySpan<byte> nal, out HevcSps sps)
    {
        sps = default;
        if (nal.Length < 4 || NalType(nal[0]) != NalSps)
            return false;
        var bits = new BitReader(nal[2..], escaped: true);
        bits.Skip(4);
        var subLayers = (int)bits.Bits(3);
        bits.Skip(1);
        SkipProfileTierLevel(ref bits, subLayers);
        bits.Ue();
        var chroma = bits.Ue();
        var separatePlanes = chroma == 3 && bits.Flag();
        long width = bits.Ue(), height = bits.Ue();
        if (bits.Flag())
        {
            var unitX = !separatePlanes && chroma is 1 or 2 ? 2 : 1;
            var unitY = !separatePlanes && chroma == 1 ? 2 : 1;
            width -= ((long)bits.Ue() + bits.Ue()) * unitX;
            height -= ((long)bits.Ue() + bits.Ue()) * unitY;
        }

        var depth = bits.Ue() + 8;
        if (bits.Failed || chroma > 3 || depth > 16 || width is <= 0 or > 65535 || height is <= 0 or > 65535)
            return false;
        sps = new HevcSps((int)width, (int)height, (int)chroma, (int)depth);
        return true;
    }

    /// <summary>The picture size that a configuration record announces.</summary>
    public static bool TryGetSize(ReadOnlySpan<byte> record, out int width, out int height)
    {
        width = height = 0;
        if (!TryParseConfiguration(record, out var configuration) || !TryParseSps(record[configuration.Sps], out var sps))
            return false;
        (width, height) = (sps.Width, sps.Height);
        return true;
    }

    /// <summary>nal_unit_type of a NAL unit's first byte.</summary>
    public static int NalType(byte header) => header >> 1 & 63;

    /// <summary>True when the sample's first slice is intra random access: BLA, IDR or CRA (types 16 to 21).</summary>
    public static bool IsKeyFrame(ReadOnlySpan<byte> sample, int lengthSize)
    {
        foreach (var nal in new NalUnits(sample, lengthSize))
        {
            var type = NalType(nal[0]);
            if (type < 32)
                return type is >= 16 and <= 21;
        }

        return false;
    }

    private static void SkipProfileTierLevel(ref BitReader bits, int subLayers)
    {
        bits.Skip(96);
        Span<bool> present = stackalloc bool[16];
        for (var i = 0; i < subLayers; i++)
        {
            present[i * 2] = bits.Flag();
            present[i * 2 + 1] = bits.Flag();
        }

        if (subLayers > 0)
            bits.Skip((8 - subLayers) * 2);
        for (var i = 0; i < subLayers; i++)
            bits.Skip((present[i * 2] ? 88 : 0) + (present[i * 2 + 1] ? 8 : 0));
    }
}
