using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>Says before which frame a recording goes on in a new file. Used by the recording's task; only <see cref="Ask"/> comes from elsewhere.</summary>
internal sealed class SplitPolicy(SplitOptions? options)
{
    private readonly SplitOptions _options = options ?? new SplitOptions();
    private long _fileStart = long.MinValue; // µs
    private long _bytes;
    private int _leader;
    private bool _leaderIsVideo;
    private volatile bool _asked;

    /// <summary>The next frame that may begin a file does.</summary>
    public void Ask() => _asked = true;

    /// <summary>A new file has begun.</summary>
    public void Restart()
    {
        _fileStart = long.MinValue;
        _bytes = 0;
        _asked = false;
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

    private bool CanBegin(in MediaFrame frame) =>
        !_options.OnKeyFrame || (frame.Track.Id == _leader && frame.IsKey);

    private bool IsAsked(long time) =>
        _asked
        || (_options.Duration is { } duration && time - _fileStart >= duration.TotalMicroseconds)
        || (_options.Bytes is { } bytes && _bytes >= bytes);
}
