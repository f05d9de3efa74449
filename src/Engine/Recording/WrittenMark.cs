using Tapedeck.Media;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// How far a recording has come on its disk, in the time of the source: what is missing between two files is the time from the end of what was
/// written last to the first frame that follows. Pictures count where there are any.
/// </summary>
internal sealed class WrittenMark(TimeProvider time)
{
    /// <summary>A source whose clock ran so much faster than ours has set it.</summary>
    private static readonly TimeSpan Doubtful = TimeSpan.FromMinutes(5);

    private State _now;
    private State _before; // the present file
    private Guid _file;

    private record struct State(bool Any, bool IsVideo, long End, long Step, TimeSpan Elapsed, long At);

    /// <summary>Length of the recording until here, over all its files.</summary>
    public TimeSpan Elapsed => _now.Elapsed;

    /// <summary>The first frame of all: what is lost from here on counts.</summary>
    public void Begin(in MediaFrame frame)
    {
        if (!_now.Any)
            _now = new State(true, false, Microseconds(frame), 0, TimeSpan.Zero, time.GetTimestamp());
    }

    /// <summary>These frames are on the disk.</summary>
    public void Written(ReadOnlySpan<MediaFrame> frames, Guid file, TimeSpan elapsed)
    {
        if (_file != file)
        {
            _file = file;
            _before = _now;
            foreach (ref readonly var frame in frames)
            {
                if (frame.Kind != FrameKind.Sample)
                    continue;
                _before = _before with { Any = true, End = Microseconds(frame) };
                break;
            }
        }

        _now = _now with { Elapsed = elapsed, At = time.GetTimestamp() };
        if (!TrySet(frames, TrackKind.Video))
            TrySet(frames, TrackKind.Audio);
    }

    /// <summary>A file is gone with all that was in it.</summary>
    public void Forget(Guid file)
    {
        if (_file == file)
            _now = _before with { At = _now.At };
    }

    /// <summary>What is missing before this frame.</summary>
    public TimeSpan LengthUntil(in MediaFrame frame)
    {
        var wall = time.GetElapsedTime(_now.At);
        if (!_now.Any)
            return TimeSpan.Zero;
        var length = TimeSpan.FromMicroseconds(Microseconds(frame) - _now.End);
        return length < TimeSpan.Zero || length > wall + Doubtful ? wall : length;
    }

    /// <summary>Takes the last sample of a kind for the end, with the step to the one before as its length.</summary>
    private bool TrySet(ReadOnlySpan<MediaFrame> frames, TrackKind kind)
    {
        var isVideo = kind == TrackKind.Video;
        if (_now.IsVideo && !isVideo)
            return false;
        var (last, step) = (-1, _now.Step);
        for (var i = frames.Length - 1; i >= 0; i--)
        {
            if (frames[i].Kind != FrameKind.Sample || frames[i].Track.Kind != kind)
                continue;
            if (last < 0)
            {
                last = i;
            }
            else if (frames[i].Track.Id == frames[last].Track.Id)
            {
                step = Math.Clamp(Microseconds(frames[last]) - Microseconds(frames[i]), 0, 1_000_000);
                break;
            }
        }

        if (last < 0)
            return false;
        _now = _now with { Any = true, IsVideo = isVideo, End = Microseconds(frames[last]) + step, Step = step };
        return true;
    }

    private static long Microseconds(in MediaFrame frame) =>
        frame.Track.Timescale == 0 ? 0 : (long)((Int128)frame.DecodeTime * 1_000_000 / frame.Track.Timescale);
}
