using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Puts the frames of a source on the recording's time line. As long as the source's clock runs, its time is taken as it is. Where it leaps, wraps or is
/// set back, the recording goes on where it was: one correction for all tracks of the source, so that sound and picture keep their offset; tracks that
/// make the same leap a little later take over the same correction. Time that passed without media stays.
/// </summary>
/// <param name="report">Told of each discontinuity: cause, length.</param>
/// <param name="settings">What counts as a gap, and what as a leap; null for the defaults.</param>
internal sealed class RecordingClock(Action<DiscontinuityCause, TimeSpan, string> report, RecordingSettings? settings = null)
{
    /// <summary>A step back up to this is disorder of the encoder, which writers mend; beyond, its clock was set back.</summary>
    private const long Disorder = 1_000_000; // µs

    /// <summary>Disorder of a track is entered once in this time.</summary>
    private const long DisorderInterval = 10_000_000; // µs

    private readonly long _longestGap = (long)(settings ?? new RecordingSettings()).LongestGap.TotalMicroseconds;
    private readonly long _notedGap = (long)(settings ?? new RecordingSettings()).NotedGap.TotalMicroseconds;
    private readonly List<TrackTime> _tracks = [];
    private long _correction; // µs, newest
    private long _end; // µs on the recording's time line: of the frame that ends last
    private long _shown; // µs on the recording's time line: end of the picture or sound that is shown last
    private bool _any;
    private long _start;
    private bool _continues;
    private (long Start, long End) _gap = (long.MinValue / 2, long.MinValue / 2); // the last one that was entered
    private long _range; // which 32 bits of milliseconds the source is in

    private sealed class TrackTime(int id, long correction)
    {
        public readonly int Id = id;
        public long Correction = correction;
        public long Last; // µs on the recording's time line
        public long Step; // µs between its last two frames, at most 1 s
        public long Interval; // the same, whatever its length
        public bool Any;
        public long NotedDisorder = long.MinValue / 2;
        public int Disordered; // since then
    }

    /// <summary>How much of the recording has been heard of.</summary>
    public TimeSpan Elapsed => TimeSpan.FromMicroseconds(_any ? _end - _start : 0);

    /// <summary>µs of all gaps that were entered.</summary>
    public long Gaps { get; private set; }

    /// <summary>Counts up whenever time was taken out, lost or begun anew: what was measured against other clocks is void then.</summary>
    public int Breaks { get; private set; }

    /// <summary>The next frame continues directly on the last one, however much later it came: after a pause.</summary>
    public void Continue() => _continues = true;

    /// <summary>The same, after the end of what was heard of was lost: the next frame continues at an earlier place.</summary>
    public void ContinueAt(TimeSpan elapsed)
    {
        if (!_any)
            return;
        _end = _start + (long)elapsed.TotalMicroseconds;
        _shown = Math.Min(_shown, _end);
        _continues = true;
    }

    /// <summary>The frame as it will be placed, unless the clock leaps right before it.</summary>
    public bool TryPreview(in MediaFrame frame, out MediaFrame placed)
    {
        var track = Find(frame.Track.Id);
        placed = Shift(frame, track.Correction);
        return track.Any && !_continues && IsSteady(Microseconds(frame) + track.Correction - track.Last - track.Step);
    }

    /// <summary>µs of recording up to a frame that may not have been placed yet; null right after a leap.</summary>
    public long? Reach(in MediaFrame frame)
    {
        var track = Find(frame.Track.Id);
        var time = Microseconds(frame) + track.Correction;
        return track.Any && !_continues && IsSteady(time - track.Last - track.Step) ? time - _start : null;
    }

    /// <summary>The frame on the recording's time line.</summary>
    public MediaFrame Place(in MediaFrame frame)
    {
        var track = Find(frame.Track.Id);
        if (frame.Kind != FrameKind.Sample)
            return Shift(frame, track.Correction);

        var source = Microseconds(frame);
        var shown = Microseconds(frame, frame.PresentationTime);
        if (!_any)
        {
            (_any, _start, _end, _shown) = (true, source, source, source);
            _range = RangeOf(source);
        }
        else if (_continues)
        {
            _continues = false;
            _correction = Following(source, shown);
            foreach (var other in _tracks)
                (other.Correction, other.Any) = (_correction, false);
            Breaks++;
        }

        Check(track, source, shown);
        var time = source + track.Correction;
        NoteDisorder(track, time);
        if (track.Any && time > track.Last)
        {
            track.Interval = time - track.Last;
            track.Step = Math.Min(track.Interval, 1_000_000);
        }

        track.Last = time;
        track.Any = true;
        _end = Math.Max(_end, time + track.Step);
        _shown = Math.Max(_shown, shown + track.Correction + track.Step);
        return Shift(frame, track.Correction);
    }

    /// <summary>
    /// The correction that puts a frame directly behind all there is: neither decoded before the last one ends, nor shown before the last picture ends.
    /// Pictures that refer to each other are shown later than they are decoded.
    /// </summary>
    private long Following(long source, long shown) => Math.Max(_end - source, _shown - shown);

    private void Check(TrackTime track, long source, long shown)
    {
        // A track that begins is measured against the others.
        var time = source + track.Correction;
        var expected = track.Any ? track.Last + track.Step : _end;
        var step = time - expected;
        // Nothing leapt when the others are where this track goes on.
        if (IsSteady(step) || (track.Any && step > 0 && IsSteady(time - _end)))
        {
            NoteGap(step, time, track);
            NoteRange(source);
            return;
        }

        if (track.Correction != _correction && IsSteady(source + _correction - expected))
        {
            track.Correction = _correction; // the leap that another track made before
            return;
        }

        var (name, length) = step < 0 ? ClockWrap.Find(step, _longestGap, Disorder) : default;
        if (length > 0)
        {
            _correction = track.Correction += length;
            _range = RangeOf(source);
            report(DiscontinuityCause.Wrap, TimeSpan.Zero, $"the clock of track {track.Id} passed the end of {name} and began again; the recording counts on");
            NoteGap(step + length, time + length, track);
            return;
        }

        _correction = track.Correction = Following(source, shown);
        _range = RangeOf(source);
        Breaks++;
        report(
            step > 0 ? DiscontinuityCause.JumpForward : DiscontinuityCause.JumpBack, TimeSpan.FromMicroseconds(step),
            $"the clock of track {track.Id} leapt by {step / 1e6:0.000} s");
    }

    /// <summary>One entry for a silence of all tracks; one for a track alone, unless its frames come that seldom anyway.</summary>
    private void NoteGap(long step, long time, TrackTime track)
    {
        if (!track.Any || step < _notedGap)
            return;
        var start = time - step;
        var isKnown = Math.Abs(start - _gap.Start) < _notedGap && Math.Abs(time - _gap.End) < _notedGap;
        var isAlone = _end - start >= _notedGap;
        if (isKnown || (isAlone && step < 2 * track.Interval))
            return;
        _gap = (start, time);
        if (!isAlone)
            Gaps += step;
        report(DiscontinuityCause.Gap, TimeSpan.FromMicroseconds(step),
            isAlone ? $"nothing came on track {track.Id} for {step / 1e6:0.000} s" : $"nothing came for {step / 1e6:0.000} s");
    }

    private void NoteDisorder(TrackTime track, long time)
    {
        if (!track.Any || time >= track.Last)
            return;
        track.Disordered++;
        if (time - track.NotedDisorder < DisorderInterval)
            return;
        var more = track.Disordered > 1 ? $"; {track.Disordered - 1} more since the last entry" : "";
        report(DiscontinuityCause.Disorder, TimeSpan.FromMicroseconds(time - track.Last),
            $"a frame of track {track.Id} is {(track.Last - time) / 1e6:0.000} s before the one sent before it{more}");
        (track.NotedDisorder, track.Disordered) = (time, 0);
    }

    private void NoteRange(long source)
    {
        if (RangeOf(source) <= _range)
            return;
        _range = RangeOf(source);
        report(DiscontinuityCause.Wrap, TimeSpan.Zero, "the encoder's clock passed the end of 32 bits of milliseconds; the recording counts on");
    }

    private static long RangeOf(long source) => source >= 0 ? source / ClockWrap.Rtmp : -1;

    private bool IsSteady(long step) => step <= _longestGap && step >= -Disorder;

    private static MediaFrame Shift(in MediaFrame frame, long correction)
    {
        if (correction == 0)
            return frame;
        // The same number of ticks for every frame under one correction: rounding shifts a track as a whole by less than a tick.
        var ticks = (long)((Int128)correction * frame.Track.Timescale / 1_000_000);
        return frame with { DecodeTime = frame.DecodeTime + ticks };
    }

    private static long Microseconds(in MediaFrame frame) => Microseconds(frame, frame.DecodeTime);

    private static long Microseconds(in MediaFrame frame, long time) =>
        frame.Track.Timescale == 0 ? 0 : (long)((Int128)time * 1_000_000 / frame.Track.Timescale);

    private TrackTime Find(int id)
    {
        foreach (var track in _tracks)
        {
            if (track.Id == id)
                return track;
        }

        var added = new TrackTime(id, _correction);
        _tracks.Add(added);
        return added;
    }
}
