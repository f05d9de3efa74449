namespace Tapedeck.Engine.Streams;

/// <summary>
/// When a publisher had better send, and when not: how long the readers can do without more, and whether a source that runs ahead of its own clock
/// must wait for a recorder.
/// </summary>
internal sealed partial class FrameLog
{
    private const long MostAhead = 5_000_000; // µs: what is counted of a lead, and so how long a source can be held, at most
    private const long LeastAhead = -3_000_000; // µs: a source that makes up for a stall does not run ahead
    private const long Ahead = 1_000_000; // µs
    private const long HeldBytes = 2 * 1024 * 1024; // the lag of a recorder at which a source is held: small enough to be in the processor's cache still

    private long _lead; // writer: µs of media beyond the time that passed, which counts one and a half times: a lead is forgotten
    private long _pacedAt; // writer: timestamp of the last look
    private long _pacedElapsed; // writer

    /// <summary>
    /// Media time until a reader wants to be woken; zero when one wants each frame. A publisher that receives rarely receives again by then.
    /// Writer only.
    /// </summary>
    public TimeSpan Slack
    {
        get
        {
            var slack = long.MaxValue;
            foreach (var reader in Volatile.Read(ref _readers))
                slack = Math.Min(slack, reader.Slack);
            return slack == long.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromMicroseconds(slack);
        }
    }

    /// <summary>
    /// Whether the source should be held for a moment: it has sent faster than its own clock runs, so that nothing is lost by waiting, and a recorder
    /// is busy and behind. Never for long, and never for a source in real time, whatever the disk does. Writer only.
    /// </summary>
    public bool MustHold()
    {
        NotePace(Time.GetTimestamp());
        if (_lead <= Ahead)
            return false;
        foreach (var reader in Volatile.Read(ref _readers))
        {
            if (reader.IsLossless && reader.IsBusy && BytesFrom(reader.Position) >= Math.Min(HeldBytes, reader.MaxLagBytes / 2))
                return true;
        }

        return false;
    }

    private long BytesFrom(long position) =>
        position >= _head || position < _slotFloor ? 0 : _bytes - _ring[position & (_ring.Length - 1)].Bytes;

    private void NotePace(long now)
    {
        var passed = _pacedAt == 0 ? 0 : (long)Time.GetElapsedTime(_pacedAt, now).TotalMicroseconds;
        _lead = Math.Clamp(_lead + _elapsed - _pacedElapsed - passed - (passed / 2), LeastAhead, MostAhead);
        (_pacedAt, _pacedElapsed) = (now, _elapsed);
        Volatile.Write(ref _committedAt, now);
    }
}
