namespace Tapedeck.Ingest.Rtmp;

/// <summary>
/// Unwraps the 32-bit millisecond timestamps of one message stream: a step of less than half the range, forward or backward, is taken as it is
/// (49.7 days after 4,294,967,295 comes 0).
/// </summary>
internal struct RtmpClock
{
    private long _last;
    private bool _any;

    public long Unwrap(uint timestamp)
    {
        _last = _any ? _last + (int)(timestamp - (uint)_last) : timestamp;
        _any = true;
        return _last;
    }
}
