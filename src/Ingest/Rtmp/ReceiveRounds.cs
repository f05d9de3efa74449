namespace Tapedeck.Ingest.Rtmp;

/// <summary>
/// Looks at connections in turn, all of them once in an interval, and reads those whose turn it is. At real-time rates the cost of receiving is the
/// number of wake-ups, not the bytes: one read of 200 ms of media costs what the read of one message costs. One round at a time; the buffer stays in the cache.
/// </summary>
internal sealed class ReceiveRounds : IDisposable
{
    private const int BufferBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly List<Member> _joining = [];
    private readonly List<Member> _members = []; // the round's
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private int _running;
    private bool _ticks;

    private readonly record struct Member(RtmpConnection Connection, int Number, TaskCompletionSource Done);

    public ReceiveRounds(TimeSpan interval, TimeProvider time)
    {
        Interval = interval;
        _time = time;
        _timer = time.CreateTimer(static r => ((ReceiveRounds)r!).Run(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public TimeSpan Interval { get; }

    /// <summary>Nobody waits longer than that, whatever his readers can do without.</summary>
    public TimeSpan Longest => 4 * Interval;

    /// <summary>Reads this connection from now on; completes when its own task is to go on.</summary>
    /// <param name="connection">To be read.</param>
    /// <param name="number">Handed to it with each turn: which of its memberships this is.</param>
    public Task JoinAsync(RtmpConnection connection, int number)
    {
        lock (_gate)
        {
            var member = new Member(connection, number, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _joining.Add(member);
            if (!_ticks)
            {
                _ticks = true;
                _timer.Change(Interval, Interval);
            }

            return member.Done.Task;
        }
    }

    /// <summary>Ends the rounds; who is in them still reads what is urgent by itself.</summary>
    public void Dispose() => _timer.Dispose();

    private void Run()
    {
        if (Interlocked.Exchange(ref _running, 1) == 1)
            return; // the round before still runs: a busy machine reads less often
        TakeJoined();
        var now = _time.GetTimestamp();
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            if (_members[i].Connection.TakeTurn(_buffer, _members[i].Number, now))
                continue;
            _members[i].Done.SetResult();
            _members[i] = _members[^1];
            _members.RemoveAt(_members.Count - 1);
        }

        Volatile.Write(ref _running, 0);
    }

    /// <summary>Takes those who have joined, and lets the timer rest when there is nobody.</summary>
    private void TakeJoined()
    {
        lock (_gate)
        {
            _members.AddRange(_joining);
            _joining.Clear();
            if (_members.Count > 0 || !_ticks)
                return;
            _ticks = false;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
