using Tapedeck.Media;

namespace Tapedeck.Engine.Streams;

/// <summary>
/// What the log keeps of the past: slabs from a key frame on, as if a reader stood there. The writer notes the key frames; a reader that begins in the
/// past looks for its own, while it holds all there is.
/// </summary>
internal sealed partial class FrameLog
{
    private readonly record struct KeyMark(long Position, long Bytes, long Elapsed);

    private readonly Queue<KeyMark> _laterKeys = new(); // writer
    private KeyMark? _oldestKey; // writer: where what is kept begins
    private int _reclaims; // odd while the floor is being raised

    /// <summary>A key frame was appended. The newest that is as old as the pre-roll is long stays; those before it go.</summary>
    private void NotePreroll(long position)
    {
        if (_preroll.Duration <= TimeSpan.Zero)
            return;
        var mark = new KeyMark(position, _bytes, _elapsed);
        if (_oldestKey is null)
            _oldestKey = mark;
        else
            _laterKeys.Enqueue(mark);
        DropPreroll();
    }

    private void ForgetPreroll()
    {
        _oldestKey = null;
        _laterKeys.Clear();
    }

    private void DropPreroll()
    {
        while (_oldestKey is { } oldest)
        {
            var tooMuch = _bytes - oldest.Bytes > _preroll.Bytes;
            if (_laterKeys.TryPeek(out var next) && (tooMuch || _elapsed - next.Elapsed >= _preroll.Duration.TotalMicroseconds))
                _oldestKey = _laterKeys.Dequeue();
            else if (tooMuch)
                _oldestKey = null;
            else
                return;
        }
    }

    private long KeepForPreroll(long head)
    {
        if (_oldestKey is null)
            return head;
        DropPreroll();
        return _oldestKey is { } oldest ? Math.Min(oldest.Position, head) : head;
    }

    /// <summary>
    /// The newest key frame at least so far in the past, or else the oldest there is; -1 when there is none. The caller holds everything from
    /// <paramref name="from"/> on and has checked the floor since.
    /// </summary>
    public long FindKey(long from, TimeSpan back)
    {
        var head = Head;
        var ring = Volatile.Read(ref _ring);
        var keyTrack = Volatile.Read(ref _keyTrack);
        var latest = HeadElapsed - (long)back.TotalMicroseconds;
        long found = -1;
        for (var p = from; p < head; p++)
        {
            ref var entry = ref ring[p & (ring.Length - 1)];
            if (entry.Frame.Kind != FrameKind.Sample || entry.Frame.Track.Id != keyTrack || !entry.Frame.IsKey)
                continue;
            if (found >= 0 && entry.Elapsed > latest)
                break;
            found = p;
        }

        return found;
    }

    /// <summary>Returns when a floor that is being raised without regard to the caller's new position has been: microseconds.</summary>
    public void AwaitReclaim()
    {
        var reclaims = Volatile.Read(ref _reclaims);
        if ((reclaims & 1) == 0)
            return;
        var spin = new SpinWait();
        while (Volatile.Read(ref _reclaims) == reclaims)
            spin.SpinOnce(sleep1Threshold: -1);
    }
}
