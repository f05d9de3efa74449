namespace Tapedeck.Engine.Recording;

/// <summary>
/// Number ranges at whose end the clocks of sources begin again at 0: RTMP without extended timestamps (24 bits of milliseconds), with sign (31) and
/// whole (32), MPEG-TS (33 bits at 90 kHz).
/// </summary>
internal static class ClockWrap
{
    /// <summary>µs after which a clock of 32 bits of milliseconds begins again. Ingest counts on, so that only the passing is seen.</summary>
    public const long Rtmp = (1L << 32) * 1000;

    private static readonly (string Name, long Length)[] All =
    [
        ("24 bits of milliseconds", (1L << 24) * 1000),
        ("31 bits of milliseconds", (1L << 31) * 1000),
        ("32 bits of milliseconds", Rtmp),
        ("33 bits at 90 kHz", (1L << 33) * 100 / 9),
    ];

    /// <summary>The range that was passed, if a step back is what its end looks like.</summary>
    /// <param name="step">µs, below 0.</param>
    /// <param name="longestGap">µs that may have passed besides.</param>
    /// <param name="disorder">µs that the first frame behind the end may lie before the last one.</param>
    /// <returns>Its name and its length in µs; length 0 for none.</returns>
    public static (string Name, long Length) Find(long step, long longestGap, long disorder)
    {
        foreach (var range in All)
        {
            var left = step + range.Length;
            if (left <= longestGap && left >= -disorder)
                return range;
        }

        return default;
    }
}
