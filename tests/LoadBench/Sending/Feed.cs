using System.Diagnostics;

namespace Tapedeck.LoadBench;

/// <summary>Drives publishers: paced in real time by two threads for all, or flat out by a thread for each.</summary>
/// <param name="left">Takes a publisher whose time is up, or that failed with this error, off the pump's hands; null: nobody leaves and an error ends the run.</param>
internal sealed class Feed(Action<Seat, Publisher, Exception?>? left = null) : IDisposable
{
    private const int Pumps = 2;
    private readonly List<Seat> _seats = [];
    private readonly List<Thread> _threads = [];
    private readonly List<Exception> _errors = [];
    private readonly Stopwatch _clock = new();
    private readonly ManualResetEventSlim _failed = new();
    private volatile bool _stopping;

    public IReadOnlyList<Publisher> Publishers => [.. _seats.Select(s => s.Publisher).OfType<Publisher>()];

    public long Bytes => Publishers.Sum(p => p.Bytes);

    /// <summary>Milliseconds since pacing began.</summary>
    public long Now => _clock.ElapsedMilliseconds;

    /// <summary>Milliseconds that 99 of 100 messages were late at most, since <see cref="ResetPace"/>.</summary>
    public int LateP99 => Pace.P99([.. Publishers.Select(p => p.Pace)]);

    /// <summary>Milliseconds of media sent by all together.</summary>
    public long Position => Publishers.Sum(p => p.Position);

    public void Connect(Clip clip, int count, int port, string? application, bool secure)
    {
        for (var i = 0; i < count; i++)
            Connect(clip, new Seat($"s{i:0000}", application), port, secure);
    }

    /// <summary>Connects a publisher and gives it a seat, before pacing begins.</summary>
    public void Connect(Clip clip, Seat seat, int port, bool secure = false)
    {
        var publisher = new Publisher(clip, seat.Name);
        publisher.Connect(port, seat.Application, secure);
        seat.Publisher = publisher;
        _seats.Add(seat);
    }

    /// <summary>Begins to send at the pace of the clip; beginnings are spread over a second.</summary>
    public void StartPaced()
    {
        foreach (var publisher in Publishers)
            publisher.StopBlocking();
        for (var i = 0; i < _seats.Count; i++)
            _seats[i].Begins = (long)(i * 1000.0 / _seats.Count);
        _clock.Start();
        for (var pump = 0; pump < Pumps; pump++)
        {
            var mine = _seats.Where((_, i) => i % Pumps == pump).ToArray();
            Start(() => Pump(mine));
        }
    }

    public void ResetPace()
    {
        foreach (var publisher in Publishers)
            publisher.Pace.Reset();
    }

    /// <summary>Lets the pumps go on for so long: the measured time itself. Returns early, with the error, when one fails.</summary>
    public void Hold(TimeSpan time)
    {
        if (_failed.Wait(time))
            Stop();
    }

    /// <summary>Sends so many bytes on each connection as fast as they are taken; returns when all are gone.</summary>
    public void Flood(long bytesEach)
    {
        foreach (var publisher in Publishers)
            Start(() => publisher.Flood(bytesEach));
        Join();
    }

    /// <summary>Stops the pumps; publishers stay connected, and what they have begun is sent.</summary>
    public void Stop()
    {
        _stopping = true;
        Join();
        foreach (var publisher in Publishers)
            publisher.FinishMessage();
    }

    /// <summary>Ends all connections.</summary>
    public void Finish()
    {
        foreach (var publisher in Publishers)
            publisher.Finish();
    }

    public void Dispose()
    {
        _stopping = true;
        foreach (var thread in _threads)
            thread.Join();
        foreach (var publisher in Publishers)
            publisher.Dispose();
        _failed.Dispose();
    }

    private void Pump(Seat[] mine)
    {
        var drain = 0;
        while (!_stopping)
        {
            var wait = 10L;
            foreach (var seat in mine)
            {
                if (seat.Publisher is { } publisher)
                    wait = Math.Min(wait, Serve(seat, publisher));
            }

            if (mine.Length > 0)
                mine[drain++ % mine.Length].Publisher?.Drain();
            // The pace itself: the pump has a thread of its own, and nothing to do until the next message of any of its publishers is due.
            Thread.Sleep((int)Math.Max(wait, 1));
        }
    }

    private long Serve(Seat seat, Publisher publisher)
    {
        try
        {
            var now = _clock.ElapsedMilliseconds;
            if (now < seat.Begins)
                return seat.Begins - now;
            var wait = publisher.SendDue(now - seat.Begins);
            if (now >= seat.Leaves && left is not null)
                Leave(seat, publisher, null);
            return wait;
        }
        catch (IOException e)
        {
            if (left is null)
                throw new IOException($"{publisher.Name}: {e.Message}", e);
            Leave(seat, publisher, e);
            return 10;
        }
    }

    private void Leave(Seat seat, Publisher publisher, Exception? error)
    {
        seat.Publisher = null;
        left!(seat, publisher, error);
    }

    private void Start(Action work)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                lock (_errors)
                    _errors.Add(e);
                _failed.Set();
            }
        });
        thread.Start();
        _threads.Add(thread);
    }

    private void Join()
    {
        foreach (var thread in _threads)
            thread.Join();
        if (_errors.Count > 0)
            throw new AggregateException(_errors);
    }
}
