using Tapedeck.Media;

namespace Tapedeck.Containers.Inspection;

/// <summary>
/// Counts the frames of one track. A gap is what lies between the end of a frame and the next one: sound says how long each frame lasts, a picture is
/// taken to last as long as pictures of this track do on average, gaps left out.
/// </summary>
internal sealed class TrackSurvey(Track first, TimeSpan gap)
{
    /// <summary>Gaps that are listed; the rest is counted.</summary>
    private const int MaxGaps = 1000;

    /// <summary>Parts that are listed; changes are counted.</summary>
    private const int MaxParts = 1000;
    private readonly List<TrackPart> _parts = [];
    private readonly List<(long After, long Step)> _steps = [];
    private Track _track = first;
    private AudioClock? _clock;
    private long _frames;
    private long _keys;
    private long _bytes;
    private long _backwards;
    private int _changes;
    private long _start = long.MaxValue;
    private long _end = long.MinValue;
    private long _last;
    private long _lastLength;
    private long _usualSum;
    private long _usualCount;
    private long _longCount;
    private long _longSum;
    private long? _lastKey;
    private long _firstKey;
    private long _shortestKey = long.MaxValue;
    private long _longestKey;

    private long MinGap => (long)(gap.TotalSeconds * _track.Timescale);

    public void Add(in MediaFrame frame)
    {
        var changes = _frames > 0 && !ReferenceEquals(frame.Track, _track) && frame.Track != _track;
        _changes += changes ? 1 : 0;
        if ((changes || _frames == 0) && _parts.Count < MaxParts)
            _parts.Add(new TrackPart(Time(frame.PresentationTime, frame.Track.Timescale), frame.Track));
        if (!ReferenceEquals(frame.Track, _track))
            (_track, _clock) = (frame.Track, null);
        var length = Length(frame);
        if (_frames > 0)
            Step(frame.DecodeTime);
        if (frame.IsKey && _track.Kind == TrackKind.Video)
            Key(frame.PresentationTime);
        _keys += frame.IsKey ? 1 : 0;
        _bytes += frame.Payload.Length;
        _frames++;
        _start = Math.Min(_start, frame.PresentationTime);
        _end = Math.Max(_end, frame.PresentationTime + length);
        (_last, _lastLength) = (frame.DecodeTime, length);
    }

    public void AddProblems(int id, List<string> problems)
    {
        if (_frames == 0 && _track.Kind != TrackKind.Data)
            problems.Add($"Track {id} has no frames.");
        if (_backwards > 0)
            problems.Add($"Times of track {id} go back, {_backwards} times.");
    }

    public TrackReport Report()
    {
        var usual = _usualCount > 0 ? _usualSum / _usualCount : _steps.Count > 0 ? _steps.Min(step => step.Step) : 0;
        var isKnown = _track.Kind == TrackKind.Audio;
        var end = _frames == 0 ? 0 : isKnown ? _end : _end + usual;
        var start = _frames == 0 ? 0 : _start;
        var gaps = isKnown
            ? _steps.ConvertAll(step => new MediaGap(Time(step.After), Time(step.Step)))
            : _steps.ConvertAll(step => new MediaGap(Time(step.After + usual), Time(step.Step - usual)));
        gaps.RemoveAll(g => g.Length < gap);
        var dropped = _steps.Count - gaps.Count;
        var hasGaps = gaps.Count > 0;
        var seconds = (end - start) / (double)_track.Timescale;
        return new TrackReport
        {
            Track = _track,
            Frames = _frames,
            KeyFrames = _keys,
            Bytes = _bytes,
            Start = Time(start),
            End = Time(end),
            BitRate = seconds > 0 ? (long)(_bytes * 8 / seconds) : 0,
            FrameRate = usual > 0 && _usualCount > 0 ? _usualCount * (double)_track.Timescale / _usualSum : 0,
            KeyFrameIntervals = _lastKey is { } lastKey && _longestKey > 0
                ? new KeyFrameIntervals(Time(_shortestKey), Time((lastKey - _firstKey) / Math.Max(1, _keys - 1)), Time(_longestKey))
                : null,
            Changes = _changes,
            Parts = _changes > 0 ? _parts : [],
            Gaps = gaps,
            GapCount = hasGaps ? _longCount - dropped : 0,
            GapTotal = hasGaps ? Time(_longSum - (isKnown ? 0 : usual * (_longCount - dropped))) : TimeSpan.Zero,
        };
    }

    /// <summary>0 for pictures and data, which do not say.</summary>
    private long Length(in MediaFrame frame)
    {
        if (_track.Kind != TrackKind.Audio)
            return 0;
        _clock ??= new AudioClock(_track, frame.Payload.Span);
        return (long)_clock.SamplesIn(frame.Payload.Span) * _track.Timescale / _clock.Rate;
    }

    private void Step(long time)
    {
        var step = time - _last;
        _backwards += step < 0 ? 1 : 0;
        var length = step - _lastLength;
        if (_track.Kind == TrackKind.Data)
            return;
        if (length < Math.Max(1, MinGap))
        {
            (_usualSum, _usualCount) = step > 0 ? (_usualSum + step, _usualCount + 1) : (_usualSum, _usualCount);
            return;
        }

        (_longCount, _longSum) = (_longCount + 1, _longSum + length);
        if (_steps.Count < MaxGaps)
            _steps.Add((_last + _lastLength, length));
    }

    private void Key(long time)
    {
        if (_lastKey is { } last)
            (_shortestKey, _longestKey) = (Math.Min(_shortestKey, time - last), Math.Max(_longestKey, time - last));
        else
            _firstKey = time;
        _lastKey = time;
    }

    /// <summary>Damaged files give any 64 bits.</summary>
    private static TimeSpan Time(long ticks, int timescale) =>
        new((long)Int128.Clamp((Int128)ticks * TimeSpan.TicksPerSecond / timescale, long.MinValue, long.MaxValue));

    private TimeSpan Time(long ticks) => Time(ticks, _track.Timescale);
}
