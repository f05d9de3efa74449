using System.Buffers.Binary;

namespace Tapedeck.Media;

/// <summary>An AVCDecoderConfigurationRecord. Ranges point into the record it was read from.</summary>
/// <param name="Profile">AVCProfileIndication.</param>
/// <param name="Compatibility">profile_compatibility.</param>
/// <param name="Level">AVCLevelIndication: 31 is level 3.1.</param>
/// <param name="LengthSize">Bytes of the length before each NAL unit: 1, 2 or 4.</param>
/// <param name="Sps">The first sequence parameter set NAL unit.</param>
/// <param name="Pps">The first picture parameter set NAL unit.</param>
public readonly record struct AvcConfiguration(byte Profile, byte Compatibility, byte Level, int LengthSize, Range Sps, Range Pps);

/// <summary>What a sequence parameter set says about the picture.</summary>
/// <param name="Profile">profile_idc.</param>
/// <param name="Constraints">The byte of constraint flags.</param>
/// <param name="Level">level_idc.</param>
/// <param name="Width">Width in pixels after cropping.</param>
/// <param name="Height">Height in pixels after cropping.</param>
/// <param name="IsInterlaced">Fields or MBAFF may occur.</param>
/// <param name="ChromaFormat">chroma_format_idc: 0 monochrome, 1 is 4:2:0.</param>
/// <param name="BitDepth">Of luma.</param>
public readonly record struct AvcSps(byte Profile, byte Constraints, byte Level, int Width, int Height, bool IsInterlaced, int ChromaFormat, int BitDepth);

/// <summary>H.264: ISO/IEC 14496-10, and 14496-15 for how it is stored.</summary>
public static class Avc
{
    /// <summary>coded slice of an IDR picture.</summary>
    public const int NalIdr = 5;

    /// <summary>Sequence parameter set.</summary>
    public const int NalSps = 7;

    /// <summary>Picture parameter set.</summary>
    public const int NalPps = 8;

    /// <summary>Reads an avcC (14496-15 5.3.3.1). A record with no SPS or no PPS is refused: no decoder can start from it.</summary>
    public static bool TryParseConfiguration(ReadOnlySpan<byte> record, out AvcConfiguration configuration)
    {
        configuration = default;
        if (record.Length < 7 || record[0] != 1)
            return false;
        var lengthSize = (record[4] & 3) + 1;
        var at = 6;
        if (lengthSize == 3 || !TryReadSets(record, record[5] & 31, ref at, out var sps))
            return false;
        if (at >= record.Length)
            return false;
        int ppsCount = record[at++];
        if (!TryReadSets(record, ppsCount, ref at, out var pps))
            return false;
        configuration = new AvcConfiguration(record[1], record[2], record[3], lengthSize, sps, pps);
        return true;
    }

    /// <summary>Reads a sequence parameter set NAL unit (14496-10 7.3.2.1.1), header byte included, up to the cropping rectangle.</summary>
    public static bool TryParseSps(ReadOnlySpan<byte> nal, out AvcSps sps)
    {
        sps = default;
        if (nal.Length < 4 || NalType(nal[0]) != NalSps)
            return false;
        var profile = nal[1];
        var bits = new BitReader(nal[4..], escaped: true);
        bits.Ue();
        uint chroma = 1, depth = 8;
        var separatePlanes = false;
        if (profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128 or 138 or 139 or 134 or 135)
        {
            chroma = bits.Ue();
            separatePlanes = chroma == 3 && bits.Flag();
            depth = bits.Ue() + 8;
            bits.Ue();
            bits.Skip(1);
            if (bits.Flag())
                SkipScalingLists(ref bits, chroma == 3 ? 12 : 8);
        }

        bits.Ue();
        SkipPictureOrder(ref bits);
        bits.Ue();
        bits.Skip(1);
        var widthUnits = (long)bits.Ue() + 1;
        var heightUnits = (long)bits.Ue() + 1;
        var frameOnly = bits.Flag();
        if (!frameOnly)
            bits.Skip(1);
        bits.Skip(1);
        long left = 0, right = 0, top = 0, bottom = 0;
        if (bits.Flag())
            (left, right, top, bottom) = (bits.Ue(), bits.Ue(), bits.Ue(), bits.Ue());
        if (bits.Failed || chroma > 3 || depth > 14)
            return false;
        var arrayType = separatePlanes ? 0 : chroma;
        var fieldFactor = frameOnly ? 1 : 2;
        var width = widthUnits * 16 - (left + right) * (arrayType is 1 or 2 ? 2 : 1);
        var height = heightUnits * 16 * fieldFactor - (top + bottom) * (arrayType == 1 ? 2 : 1) * fieldFactor;
        if (width is <= 0 or > 65535 || height is <= 0 or > 65535)
            return false;
        sps = new AvcSps(profile, nal[2], nal[3], (int)width, (int)height, !frameOnly, (int)chroma, (int)depth);
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
    public static int NalType(byte header) => header & 31;

    /// <summary>
    /// True when the sample holds an IDR slice. A recovery point does not count: who seeks to an open GOP breaks
    /// (pictures that follow it may refer to what came before).
    /// </summary>
    public static bool IsKeyFrame(ReadOnlySpan<byte> sample, int lengthSize)
    {
        foreach (var nal in new NalUnits(sample, lengthSize))
        {
            var type = NalType(nal[0]);
            if (type == NalIdr)
                return true;
            if (type is >= 1 and <= 4)
                return false;
        }

        return false;
    }

    private static bool TryReadSets(ReadOnlySpan<byte> record, int count, ref int at, out Range first)
    {
        first = default;
        for (var i = 0; i < count; i++)
        {
            if (record.Length - at < 2)
                return false;
            int length = BinaryPrimitives.ReadUInt16BigEndian(record[at..]);
            at += 2;
            if (length > record.Length - at)
                return false;
            if (i == 0)
                first = at..(at + length);
            at += length;
        }

        return count > 0;
    }

    private static void SkipScalingLists(ref BitReader bits, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!bits.Flag())
                continue;
            int last = 8, next = 8;
            for (var j = 0; j < (i < 6 ? 16 : 64) && next != 0 && !bits.Failed; j++)
            {
                next = (last + bits.Se() + 256) & 255;
                last = next == 0 ? last : next;
            }
        }
    }

    private static void SkipPictureOrder(ref BitReader bits)
    {
        var type = bits.Ue();
        if (type == 0)
        {
            bits.Ue();
        }
        else if (type == 1)
        {
            bits.Skip(1);
            bits.Se();
            bits.Se();
            var count = bits.Ue();
            for (var i = 0; i < count && !bits.Failed; i++)
                bits.Se();
        }
    }
}
