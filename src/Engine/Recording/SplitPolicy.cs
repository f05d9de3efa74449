using Tapedeck.Engine.Schedule;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>Says before which frame a recording goes on in a new file. Used by the recording's task; only <see cref="Ask"/> comes from elsewhere.</summary>
internal sealed class SplitPolicy
{
    private readonly TimeProvider _time;
    private readonly CronSchedule? _schedule;
    private readonly TimeZoneInfo _zone;
    private DateTimeOffset _next = DateTimeOffset.MaxValue;

    private readonly SplitOptions _options;
    private long _fileStart = long.MinValue; // µs
    private long _bytes;
    private int _leader;
    private bool _leaderIsVideo;
    private volatile bool _asked;

    /// <exception cref="RecordingException">The schedule or the zone cannot be read.</exception>
    public SplitPolicy(SplitOptions? options, TimeProvider time)
    {
        _time = time;
        _options = options ?? new SplitOptions();
        _zone = TimeZoneInfo.Utc;
        if (_options.Schedule is null)
            return;
        try
        {
            _schedule = CronSchedule.Parse(_options.Schedule);
            if (_options.TimeZone is { } zone)
                _zone = TimeZoneInfo.FindSystemTimeZoneById(zone);
        }
        catch (Exception e) when (e is CronException or TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            throw new RecordingException(RecordingRefusal.BadName, $"The split schedule '{_options.Schedule}' cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The next frame that may begin a file does.</summary>
    public void Ask() => _asked = true;

    /// <summary>A new file has begun.</summary>
    public void Restart()
    {
        _fileStart = long.MinValue;
        _bytes = 0;
        _asked = false;
        if (_schedule is not null)
            _next = _schedule.Next(_time.GetUtcNow(), _zone);
    }

    /// <summary>Whether this frame is to begin a new file. It is counted as part of the present one when not.</summary>
    /// <param name="frame">The next frame, on the recording's time line.</param>
    /// <param name="mustEnd">The container cannot take much more.</param>
    public bool IsDue(in MediaFrame frame, bool mustEnd)
    {
        if (frame.Kind != FrameKind.Sample)
            return false;
        var isVideo = frame.Track.Kind == TrackKind.Video;
        if (_leader == 0 || (isVideo && (!_leaderIsVideo || frame.Track.Id < _leader)))
            (_leader, _leaderIsVideo) = (frame.Track.Id, isVideo);
        var time = frame.Track.Timescale == 0 ? 0 : (long)((Int128)frame.DecodeTime * 1_000_000 / frame.Track.Timescale);
        if (_fileStart == long.MinValue)
            _fileStart = time;
        else if (CanBegin(frame) && (mustEnd || IsAsked(time)))
            return true;
        _bytes += frame.Payload.Length;
        return false;
    }

    /// <summary>Whether a file may begin with this frame.</summary>
    public bool CanBegin(in MediaFrame frame) =>
        !_options.OnKeyFrame || (frame.Track.Id == _leader && frame.IsKey);

    private bool IsAsked(long time) =>
        _asked
        || (_schedule is not null && _time.GetUtcNow() >= _next)
        || (_options.Duration is { } duration && time - _fileStart >= duration.TotalMicroseconds)
        || (_options.Bytes is { } bytes && _bytes >= bytes);
}
