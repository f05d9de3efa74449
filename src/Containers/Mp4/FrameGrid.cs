namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Gives pictures of a steady rate their own times back. RTMP tells times in whole milliseconds: of 30 pictures a second they lie 33, 33 and 34 ms apart.
/// Where all pictures of a fragment lie within one millisecond of a rate that cameras have, those milliseconds cannot be told from that rate, and its
/// exact times are taken. Times that vary more, and clocks that are finer, are left as they are. No time is moved by more than two thirds of a millisecond.
/// </summary>
/// <param name="timescale">Ticks a second.</param>
internal sealed class FrameGrid(uint timescale)
{
    private const int LeastSamples = 8;

    /// <summary>Pictures in so many seconds, slowest first.</summary>
    private static readonly (int Pictures, int Seconds)[] Rates =
    [
        (5, 1), (10, 1), (25, 2), (15_000, 1001), (15, 1), (20, 1), (24_000, 1001), (24, 1), (25, 1), (30_000, 1001), (30, 1), (48, 1), (50, 1), (60_000, 1001), (60, 1),
        (90, 1), (100, 1), (120_000, 1001), (120, 1),
    ];

    private readonly long _millisecond = timescale / 1000;
    private readonly bool _canTell = timescale % 1000 == 0 && timescale >= 10_000;
    private int _rate = -1;
    private long _anchor;

    /// <summary>Looks at the next fragment: does it go on as the last one did, or at another rate, or at none?</summary>
    public void Fit(ReadOnlySpan<PendingSample> samples)
    {
        if (_rate >= 0 && IsOn(samples))
            return;
        _rate = -1;
        if (!_canTell || samples.Length < LeastSamples || !IsInMilliseconds(samples))
            return;
        var least = _millisecond + 2; // one may be added by the rounding of the rate itself
        for (var rate = 0; rate < Rates.Length; rate++)
        {
            var (from, to) = Spread(samples, rate, least);
            if (to - from >= least)
                continue;
            (_rate, _anchor, least) = (rate, samples[0].SourceTime + (from + to) / 2, to - from);
        }
    }

    /// <summary>The exact time of a picture, where there is one.</summary>
    public long Snap(long time)
    {
        if (_rate < 0)
            return time;
        var exact = _anchor + Ticks(Nearest(time - _anchor, _rate), _rate);
        return Math.Abs(exact - time) <= _millisecond * 2 / 3 ? exact : time;
    }

    private bool IsOn(ReadOnlySpan<PendingSample> samples)
    {
        foreach (ref readonly var sample in samples)
        {
            if (Math.Abs(_anchor + Ticks(Nearest(sample.SourceTime - _anchor, _rate), _rate) - sample.SourceTime) > _millisecond * 2 / 3)
                return false;
        }

        return true;
    }

    private bool IsInMilliseconds(ReadOnlySpan<PendingSample> samples)
    {
        foreach (ref readonly var sample in samples)
        {
            if (sample.SourceTime % _millisecond != 0)
                return false;
        }

        return true;
    }

    /// <summary>How far the times lie before and behind those of a rate that begins with the first; given up at <paramref name="limit"/>.</summary>
    private (long From, long To) Spread(ReadOnlySpan<PendingSample> samples, int rate, long limit)
    {
        long from = 0, to = 0, last = -1;
        foreach (ref readonly var sample in samples)
        {
            var time = sample.SourceTime - samples[0].SourceTime;
            var number = Nearest(time, rate);
            var off = time - Ticks(number, rate);
            (from, to) = (Math.Min(from, off), Math.Max(to, off));
            // Two pictures at one time are none of this rate.
            if (number <= last || to - from >= limit)
                return (0, limit);
            last = number;
        }

        return (from, to);
    }

    private long Nearest(long time, int rate) =>
        (long)Math.Round((double)time * Rates[rate].Pictures / ((double)timescale * Rates[rate].Seconds));

    private long Ticks(long number, int rate) =>
        (long)Math.Round((double)number * timescale * Rates[rate].Seconds / Rates[rate].Pictures);
}
