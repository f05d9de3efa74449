namespace Tapedeck.Protocols.Rtmp.Tests.Client;

/// <summary>A clock that stands still until a test fires its timers.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(() => callback(state), this);
        if (dueTime != Timeout.InfiniteTimeSpan)
            lock (_gate) _timers.Add(timer);
        return timer;
    }

    /// <summary>Fires everything that waits now.</summary>
    public void Expire()
    {
        Timer[] due;
        lock (_gate)
        {
            due = [.. _timers];
            _timers.Clear();
        }
        foreach (var timer in due) timer.Fire();
    }

    private sealed class Timer(Action fire, ManualTime owner) : ITimer
    {
        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            lock (owner._gate) owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
