namespace Tapedeck.Containers.MpegTs;

/// <summary>Time stamps of 33 bits at 90 kHz: they wrap after 26.5 hours.</summary>
internal static class TsTime
{
    public const int Rate = 90_000;
    public const long Wrap = 1L << 33;

    /// <summary>Ticks of another rate as ticks of 90 kHz, rounded down.</summary>
    public static long From(long ticks, int timescale)
    {
        if (timescale == Rate)
            return ticks;
        var product = (Int128)ticks * Rate;
        var (whole, rest) = Int128.DivRem(product, timescale);
        return (long)(rest < 0 ? whole - 1 : whole);
    }

    /// <summary>The time nearest to <paramref name="near"/> of which <paramref name="stamp"/> is the lower 33 bits.</summary>
    public static long Unwrap(long stamp, long near)
    {
        var difference = (stamp - near) & (Wrap - 1);
        return near + (difference >= Wrap / 2 ? difference - Wrap : difference);
    }

    /// <summary>Writes the 5 bytes of a PTS or DTS (13818-1 2.4.3.7): 4 bits of prefix, then 3, 15 and 15 bits, each followed by a marker.</summary>
    public static void Write(Span<byte> target, int prefix, long time)
    {
        target[0] = (byte)(prefix << 4 | (int)(time >> 29 & 0x0E) | 1);
        target[1] = (byte)(time >> 22);
        target[2] = (byte)(time >> 14 | 1);
        target[3] = (byte)(time >> 7);
        target[4] = (byte)(time << 1 | 1);
    }

    /// <summary>Reads the 5 bytes of a PTS or DTS; markers are not looked at, as multiplexers forget them.</summary>
    public static long Read(ReadOnlySpan<byte> field) =>
        (long)(field[0] >> 1 & 7) << 30 | (long)field[1] << 22 | (long)(field[2] >> 1) << 15 | (long)field[3] << 7 | (long)(field[4] >> 1);
}
