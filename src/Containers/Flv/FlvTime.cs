using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// Milliseconds of tags and ticks of tracks. Rounding to the nearest in both directions gives the millisecond back exactly for every
/// timescale of 1,000 or more, which is why slower clocks are not used as timescales here.
/// </summary>
public static class FlvTime
{
    /// <summary>Ticks of a track for a tag's time.</summary>
    /// <param name="milliseconds">The unwrapped tag time.</param>
    /// <param name="nanoseconds">The offset of an Enhanced RTMP ModEx, 0 to 999,999.</param>
    /// <param name="timescale">Ticks a second, 1,000 or more.</param>
    public static long ToTicks(long milliseconds, int nanoseconds, int timescale)
    {
        var seconds = Math.DivRem(milliseconds, 1000, out var rest);
        // The rest stays below one second, so the product fits whatever the day of the stream.
        return seconds * timescale + DivideRounded((rest * 1_000_000 + nanoseconds) * timescale, 1_000_000_000);
    }

    /// <summary>Milliseconds nearest to a number of ticks.</summary>
    public static long ToMilliseconds(long ticks, int timescale)
    {
        var seconds = Math.DivRem(ticks, timescale, out var rest);
        return seconds * 1000 + DivideRounded(rest * 1000, timescale);
    }

    /// <summary>
    /// The millisecond a frame's tag has: what was received, where the frame still has its packet, even if that packet moved it on
    /// by nanoseconds.
    /// </summary>
    public static long TagTime(in MediaFrame frame)
    {
        var timescale = frame.Track.Timescale;
        if (frame.Packet.IsEmpty || frame.Track.Kind == TrackKind.Data)
            return ToMilliseconds(frame.DecodeTime, timescale);

        var nanoseconds = ExtendedHeader.NanosecondsOf(frame.Packet.Span, frame.Track.Kind);
        if (nanoseconds == 0)
            return ToMilliseconds(frame.DecodeTime, timescale);

        var seconds = Math.DivRem(frame.DecodeTime, timescale, out var rest);
        return seconds * 1000 + DivideRounded(rest * 1_000_000_000 / timescale - nanoseconds, 1_000_000);
    }

    internal static TimeSpan ToTimeSpan(long ticks, int timescale)
    {
        var seconds = Math.DivRem(ticks, timescale, out var rest);
        return new TimeSpan(seconds * TimeSpan.TicksPerSecond + DivideRounded(rest * TimeSpan.TicksPerSecond, timescale));
    }

    private static long DivideRounded(long value, long divisor) =>
        value >= 0 ? (value + divisor / 2) / divisor : -((-value + divisor / 2) / divisor);
}
