using System.Diagnostics;

namespace Tapedeck.LoadBench;

/// <summary>Drives publishers: paced in real time by two threads for all, or flat out by a thread for each.</summary>
internal sealed class Feed : IDisposable
{
    private const int Pumps = 2;
    private readonly List<Publisher> _publishers = [];
    private readonly List<Thread> _threads = [];
    private readonly List<Exception> _errors = [];
    private volatile bool _stopping;

    public IReadOnlyList<Publisher> Publishers => _publishers;

    public long Bytes => _publishers.Sum(p => p.Bytes);

    public void Connect(Clip clip, int count, int port, string? application)
    {
        for (var i = 0; i < count; i++)
        {
            var publisher = new Publisher(clip, $"s{i:000}");
            publisher.Connect(port, application);
            _publishers.Add(publisher);
        }
    }

    /// <summary>Begins to send at the pace of the clip; beginnings are spread over a second.</summary>
    public void StartPaced()
    {
        var clock = Stopwatch.StartNew();
        foreach (var publisher in _publishers)
            publisher.StopBlocking();
        for (var pump = 0; pump < Pumps; pump++)
        {
            var mine = _publishers.Where((_, i) => i % Pumps == pump).Select(p => (Publisher: p, Offset: (long)(_publishers.IndexOf(p) * 1000.0 / _publishers.Count))).ToArray();
            Start(() => Pump(mine, clock));
        }
    }

    /// <summary>Sends so many bytes on each connection as fast as they are taken; returns when all are gone.</summary>
    public void Flood(long bytesEach)
    {
        foreach (var publisher in _publishers)
            Start(() => publisher.Flood(bytesEach));
        Join();
    }

    /// <summary>Stops pumps and ends all connections.</summary>
    public void Finish()
    {
        _stopping = true;
        Join();
        foreach (var publisher in _publishers)
            publisher.Finish();
    }

    public void Dispose()
    {
        _stopping = true;
        foreach (var thread in _threads)
            thread.Join();
        foreach (var publisher in _publishers)
            publisher.Dispose();
    }

    private void Pump((Publisher Publisher, long Offset)[] mine, Stopwatch clock)
    {
        var drain = 0;
        while (!_stopping)
        {
            var wait = 10L;
            var now = clock.ElapsedMilliseconds;
            foreach (var (publisher, offset) in mine)
                wait = Math.Min(wait, now < offset ? offset - now : publisher.SendDue(now - offset));
            if (mine.Length > 0)
                mine[drain++ % mine.Length].Publisher.Drain();
            Thread.Sleep((int)Math.Max(wait, 1));
        }
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
