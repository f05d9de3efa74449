namespace Tapedeck.Kit;

/// <summary>A clock that stands at the beginning of 2030 until it is moved, and whose timers go off inside <see cref="Advance"/>.</summary>
public sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private int _made;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers made so far, those that are gone included.</summary>
    public int TimersMade
    {
        get
        {
            lock (_gate)
                return _made;
        }
    }

    /// <summary>Timers that will go off.</summary>
    public int TimersWaiting
    {
        get
        {
            lock (_gate)
                return _timers.Count(t => t.Due != DateTimeOffset.MaxValue);
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_gate)
        {
            _timers.Add(timer);
            _made++;
            foreach (var waiter in _waiters.Where(w => w.Count <= _made))
                waiter.Reached.TrySetResult();
        }

        return timer;
    }

    /// <summary>Waits until so many timers were made in all: the code under test has begun to wait.</summary>
    public async Task MadeAsync(int count)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_made >= count)
                return;
            _waiters.Add((count, reached));
        }

        try
        {
            await reached.Task.WaitAsync(Wait.Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"After {Wait.Patience.TotalSeconds:0} s only {TimersMade} of {count} timers were made.");
        }
    }

    /// <summary>Moves the clock; then each timer that was due by then goes off once, however many of its periods passed.</summary>
    public void Advance(TimeSpan by)
    {
        List<Timer> due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(t => t.Due <= _now)];
            foreach (var timer in due)
                timer.Due = timer.Period > TimeSpan.Zero ? _now + timer.Period : DateTimeOffset.MaxValue;
        }

        foreach (var timer in due)
            timer.Fire();
    }

    private sealed class Timer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; } = DateTimeOffset.MaxValue;

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                Due = dueTime < TimeSpan.Zero ? DateTimeOffset.MaxValue : time._now + dueTime;
                Period = period;
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
