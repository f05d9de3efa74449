using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Holds the recording's time line against the wall clock: a burst is media that comes much faster than time passes, drift is a distance between the two
/// clocks that stays. A stall that is made up for is no drift: what counts is the least delay within 10 s. Told once for each read of the log, with the
/// newest frame in it, so that a slow disk of ours is not taken for a burst of the encoder. Used by the recording's task.
/// </summary>
/// <param name="settings">From where on things are entered.</param>
/// <param name="report">Told of each: cause, where it began on the recording's time line, length, words.</param>
internal sealed class ArrivalMeter(RecordingSettings settings, Action<DiscontinuityCause, TimeSpan, TimeSpan, string> report)
{
    private const long Window = 10_000_000; // µs

    private readonly long _notedBurst = (long)settings.NotedBurst.TotalMicroseconds;
    private readonly long _threshold = (long)settings.DriftThreshold.TotalMicroseconds;
    private bool _any;
    private int _breaks;
    private (long Wall, long Media, long Gaps) _last; // µs
    private (long Wall, long Media) _zero;
    private long _least; // of the delays in this window
    private long _windowEnd;
    private long? _usual; // the delay that counts as none
    private long _entered; // drift that was entered last
    private (long Start, long Media, long Wall) _burst;
    private long _stall;

    /// <summary>What is there by now.</summary>
    /// <param name="wall">Wall clock in µs, from anywhere.</param>
    /// <param name="media">µs of recording up to the newest frame.</param>
    /// <param name="gaps">Of these: without media.</param>
    /// <param name="breaks">Changes when the time line is no longer what it was against the wall clock.</param>
    public void Observe(long wall, long media, long gaps, int breaks)
    {
        if (!_any || breaks != _breaks)
        {
            EndBurst();
            (_any, _breaks, _usual, _entered, _stall) = (true, breaks, null, 0, 0);
            (_zero, _last) = ((wall, media), (wall, media, gaps));
            (_least, _windowEnd) = (0, wall + Window);
            return;
        }

        NoteBurst(wall - _last.Wall, media - _last.Media - (gaps - _last.Gaps));
        _last = (wall, media, gaps);
        var delay = Delay;
        _least = Math.Min(_least, delay);
        if (wall < _windowEnd || _burst.Media - _burst.Wall >= _notedBurst)
            return;
        NoteDrift();
        (_least, _windowEnd) = (delay, wall + Window);
    }

    /// <summary>Nothing more comes.</summary>
    public void End() => EndBurst();

    /// <summary>How much more wall clock time than media has passed.</summary>
    private long Delay => _last.Wall - _zero.Wall - (_last.Media - _zero.Media);

    private void NoteBurst(long wall, long media)
    {
        if (media > wall + wall / 2)
        {
            if (_burst.Media == 0)
                _burst.Start = _last.Media;
            _burst.Media += media;
            _burst.Wall += wall;
            return;
        }

        EndBurst();
        _stall = Math.Max(_stall, wall - media);
    }

    private void EndBurst()
    {
        var (start, media, wall) = _burst;
        _burst = default;
        if (media - wall < _notedBurst || media == 0)
            return;
        var stall = _stall >= _notedBurst ? $", after a stall of {_stall / 1e6:0.0} s" : "";
        report(DiscontinuityCause.Burst, TimeSpan.FromMicroseconds(start), TimeSpan.FromMicroseconds(media - wall),
            $"{media / 1e6:0.0} s of media came within {wall / 1e6:0.0} s{stall}");
        _stall = 0;
        // Further ahead than ever: that is explained now, and no drift.
        if (_usual is { } usual)
            _usual = Math.Min(usual, Delay);
        (_least, _windowEnd) = (Delay, _last.Wall + Window);
    }

    private void NoteDrift()
    {
        _usual ??= _least;
        var drift = _usual.Value - _least; // above 0: the media clock runs fast
        if (_threshold <= 0 || Math.Abs(drift - _entered) < Math.Max(_threshold, Math.Abs(_entered) / 2))
            return;
        _entered = drift;
        report(DiscontinuityCause.Drift, TimeSpan.FromMicroseconds(_last.Media), TimeSpan.FromMicroseconds(drift),
            $"the encoder's clock is {Math.Abs(drift) / 1e6:0.0} s {(drift > 0 ? "ahead of" : "behind")} the wall clock, after {(_last.Wall - _zero.Wall) / 1e6:0} s");
    }
}
