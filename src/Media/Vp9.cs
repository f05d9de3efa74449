namespace Tapedeck.Media;

/// <summary>What a VPCodecConfigurationRecord says, and what the header of a VP9 key frame says.</summary>
/// <param name="Profile">0 to 3.</param>
/// <param name="Level">Ten times the level, 0 when unknown.</param>
/// <param name="BitDepth">8, 10 or 12.</param>
/// <param name="Chroma">0 4:2:0 vertical, 1 4:2:0 colocated, 2 4:2:2, 3 4:4:4.</param>
/// <param name="IsFullRange">Of the samples.</param>
/// <param name="Primaries">ISO/IEC 23001-8 colour primaries, 2 unspecified.</param>
/// <param name="Transfer">Transfer characteristics.</param>
/// <param name="Matrix">Matrix coefficients.</param>
public readonly record struct Vp9Configuration(
    int Profile, int Level, int BitDepth, int Chroma, bool IsFullRange, byte Primaries, byte Transfer, byte Matrix);

/// <summary>VP9 bitstream and its ISO BMFF binding.</summary>
public static class Vp9
{
    /// <summary>Reads a vpcC body without the full box header: 8 bytes or more.</summary>
    public static bool TryParseConfiguration(ReadOnlySpan<byte> record, out Vp9Configuration configuration)
    {
        configuration = default;
        if (record.Length < 8 || record[0] > 3 || record[2] >> 4 is not (8 or 10 or 12))
            return false;
        configuration = new Vp9Configuration(
            record[0], record[1], record[2] >> 4, record[2] >> 1 & 7, (record[2] & 1) != 0, record[3], record[4], record[5]);
        return true;
    }

    /// <summary>Builds the 8-byte vpcC body.</summary>
    public static byte[] BuildConfiguration(in Vp9Configuration c) =>
        [(byte)c.Profile, (byte)c.Level, (byte)(c.BitDepth << 4 | c.Chroma << 1 | (c.IsFullRange ? 1 : 0)), c.Primaries, c.Transfer, c.Matrix, 0, 0];

    /// <summary>True when the frame is one that decoding can start at.</summary>
    public static bool IsKeyFrame(ReadOnlySpan<byte> frame) => TryParseKeyFrame(frame, out _, out _, out _);

    /// <summary>Reads the uncompressed header of a key frame; false for any other frame.</summary>
    public static bool TryParseKeyFrame(ReadOnlySpan<byte> frame, out Vp9Configuration configuration, out int width, out int height)
    {
        configuration = default;
        width = height = 0;
        var bits = new BitReader(frame);
        if (bits.Bits(2) != 2)
            return false;
        var profile = (int)(bits.Bit() | bits.Bit() << 1);
        if (profile == 3)
            bits.Skip(1);

        // show_existing_frame, then frame_type: 0 is key.
        if (bits.Flag() || bits.Flag())
            return false;
        bits.Skip(2);
        if (bits.Bits(24) != 0x498342)
            return false;
        var depth = profile >= 2 ? bits.Flag() ? 12 : 10 : 8;
        var space = bits.Bits(3);
        var full = true;
        var chroma = 1;
        if (space != 7)
        {
            full = bits.Flag();
            if ((profile & 1) != 0)
            {
                var subsampling = bits.Bits(2);
                chroma = subsampling switch { 3 => 1, 2 => 2, _ => 3 };
                bits.Skip(1);
            }
        }
        else
        {
            if ((profile & 1) == 0)
                return false;
            chroma = 3;
            bits.Skip(1);
        }

        width = (int)bits.Bits(16) + 1;
        height = (int)bits.Bits(16) + 1;
        if (bits.Failed)
            return false;
        byte matrix = space switch { 1 => 6, 2 => 1, 3 => 6, 4 => 7, 5 => 9, 7 => 0, _ => 2 };
        configuration = new Vp9Configuration(profile, LevelFor(width, height), depth, chroma, full, 2, 2, matrix);
        return true;
    }

    /// <summary>The lowest level whose picture size fits: the sample rate is not known here, so it is the best that can be said.</summary>
    private static int LevelFor(long width, long height) => (width * height) switch
    {
        <= 36864 => 10,
        <= 73728 => 11,
        <= 122880 => 20,
        <= 245760 => 21,
        <= 552960 => 30,
        <= 983040 => 31,
        <= 2228224 => 40,
        <= 8912896 => 50,
        _ => 60,
    };
}
