using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>How long what was added plays: from the first presented frame to the end of the last, over all tracks.</summary>
internal sealed class PlayedTime
{
    private readonly Dictionary<int, Last> _lasts = [];
    private TimeSpan _start = TimeSpan.MaxValue;
    private TimeSpan _end = TimeSpan.MinValue;

    public TimeSpan Duration => _end > _start ? _end - _start : TimeSpan.Zero;

    public void Add(in MediaFrame frame)
    {
        var track = frame.Track;
        var length = (long)track.FrameDuration;
        var last = _lasts.GetValueOrDefault(track.Id);
        if (length == 0 && last.Timescale == track.Timescale)
        {
            // The frame before lasted until this one; the same is expected of this, unless that was a gap.
            var distance = frame.DecodeTime - last.DecodeTime;
            length = distance > 0 && distance <= track.Timescale ? distance : last.Length;
        }

        _lasts[track.Id] = new Last(frame.DecodeTime, length, track.Timescale);
        var start = FlvTime.ToTimeSpan(frame.PresentationTime, track.Timescale);
        var end = FlvTime.ToTimeSpan(frame.PresentationTime + length, track.Timescale);
        _start = start < _start ? start : _start;
        _end = end > _end ? end : _end;
    }

    private readonly record struct Last(long DecodeTime, long Length, int Timescale);
}
