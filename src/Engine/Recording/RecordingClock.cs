using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Puts the frames of a source on the recording's time line. As long as the source's clock runs, its time is taken as it is. Where it leaps or is
/// set back, the recording goes on where it was: one correction for all tracks of the source, so that sound and picture keep their offset; tracks that
/// make the same leap a little later take over the same correction.
/// </summary>
/// <param name="report">Told of each discontinuity: cause, length.</param>
internal sealed class RecordingClock(Action<DiscontinuityCause, TimeSpan, string> report)
{
    /// <summary>A step forward beyond this is a leap of the clock, not a gap.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(10);

    /// <summary>A gap from this length on is worth an entry in the ledger.</summary>
    public static readonly TimeSpan NotedGap = TimeSpan.FromSeconds(1);

    /// <summary>A step back up to this is disorder of the encoder, which writers mend; beyond, its clock was set back.</summary>
    public static readonly TimeSpan Disorder = TimeSpan.FromSeconds(1);

    private readonly List<TrackTime> _tracks = [];
    private long _correction; // µs, newest
    private long _end; // µs on the recording's time line: of the frame that ends last
    private long _shown; // µs on the recording's time line: end of the picture or sound that is shown last
    private bool _any;
    private long _start;
    private bool _continues;
    private string? _absence; // why the publisher was away; null when it was not
    private (long Time, DateTimeOffset ArrivedAt) _latest; // of the frame placed last

    private sealed class TrackTime(int id, long correction)
    {
        public readonly int Id = id;
        public long Correction = correction;
        public long Last; // µs on the recording's time line
        public long Step; // µs between its last two frames
        public bool Any;
    }

    /// <summary>How much of the recording has been heard of.</summary>
    public TimeSpan Elapsed => TimeSpan.FromMicroseconds(_any ? _end - _start : 0);

    /// <summary>The next frame continues directly on the last one, however much later it came: after a pause.</summary>
    public void Continue() => (_continues, _absence) = (true, null);

    /// <summary>The next frame is of another source: it goes on as much later as it arrives later than the last one.</summary>
    /// <param name="absence">Why nothing came in between, for people.</param>
    public void Return(string absence)
    {
        if (_any)
            (_continues, _absence) = (true, absence);
    }

    /// <summary>The frame as it will be placed, unless the clock leaps right before it.</summary>
    public bool TryPreview(in MediaFrame frame, out MediaFrame placed)
    {
        var track = Find(frame.Track.Id);
        placed = Shift(frame, track.Correction);
        return track.Any && !_continues && IsSteady(Microseconds(frame) + track.Correction - track.Last - track.Step);
    }

    /// <summary>The frame on the recording's time line.</summary>
    public MediaFrame Place(in MediaFrame frame)
    {
        var track = Find(frame.Track.Id);
        if (frame.Kind != FrameKind.Sample)
            return Shift(frame, track.Correction);

        var source = Microseconds(frame);
        if (!_any)
        {
            (_any, _start, _end, _shown) = (true, source, source, source);
        }
        else if (_continues)
        {
            _continues = false;
            KeepAbsence(frame.ArrivedAt);
            // A cut between pictures that refer to each other leaves some that are shown later than others were decoded.
            _correction = Math.Max(_end - source, _shown - Microseconds(frame, frame.PresentationTime));
            foreach (var other in _tracks)
                (other.Correction, other.Any) = (_correction, false);
        }

        Check(track, source);
        var time = source + track.Correction;
        if (track.Any && time > track.Last)
            track.Step = Math.Min(time - track.Last, 1_000_000);
        track.Last = time;
        track.Any = true;
        _latest = (time, frame.ArrivedAt);
        _end = Math.Max(_end, time + track.Step);
        _shown = Math.Max(_shown, Microseconds(frame, frame.PresentationTime) + track.Correction + track.Step);
        return Shift(frame, track.Correction);
    }

    private void Check(TrackTime track, long source)
    {
        // A track that begins is measured against the others.
        var expected = track.Any ? track.Last + track.Step : _end;
        if (IsSteady(source + track.Correction - expected))
        {
            NoteGap(source + track.Correction - expected, track);
            return;
        }

        var leap = source + track.Correction - expected;
        if (track.Correction != _correction && IsSteady(source + _correction - expected))
        {
            track.Correction = _correction; // the leap that another track made before
            return;
        }

        _correction = _end - source;
        track.Correction = _correction;
        report(
            leap > 0 ? DiscontinuityCause.JumpForward : DiscontinuityCause.JumpBack, TimeSpan.FromMicroseconds(leap),
            $"the clock of track {track.Id} leapt by {leap / 1e6:0.000} s");
    }

    private void KeepAbsence(DateTimeOffset returnedAt)
    {
        if (_absence is not { } absence)
            return;
        _absence = null;
        var away = Math.Max(0, (long)(returnedAt - _latest.ArrivedAt).TotalMicroseconds - (_end - _latest.Time));
        report(DiscontinuityCause.Reconnected, TimeSpan.FromMicroseconds(away), $"{absence} and came back after {away / 1e6:0.000} s");
        _end += away;
        _shown += away;
    }

    private void NoteGap(long step, TrackTime track)
    {
        if (track.Any && step >= NotedGap.TotalMicroseconds)
            report(DiscontinuityCause.Gap, TimeSpan.FromMicroseconds(step), $"nothing came on track {track.Id} for {step / 1e6:0.000} s");
    }

    private static bool IsSteady(long step) => step <= LongestGap.TotalMicroseconds && step >= -Disorder.TotalMicroseconds;

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
