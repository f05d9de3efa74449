namespace Tapedeck.LoadBench;

/// <summary>
/// All viewers of a load. Few have a thread each, which reads as soon as something comes: their latencies count. A crowd is read by two
/// threads every 20 ms, so that the tool leaves the processors to the server.
/// </summary>
internal sealed class Audience : IDisposable
{
    private const int Few = 32;
    private const int Readers = 2;
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(20);
    private readonly List<Viewer> _viewers = [];
    private readonly List<Thread> _threads = [];
    private readonly ManualResetEventSlim _ended = new();
    private Exception? _error;

    public IReadOnlyList<Viewer> Viewers => _viewers;

    public bool IsCrowd { get; private set; }

    /// <summary>Lets so many watch, spread over the publishers. Each is read from the moment it plays.</summary>
    public void Connect(Clip clip, IReadOnlyList<Publisher> publishers, int count, int port, string application)
    {
        IsCrowd = count > Few;
        for (var reader = 0; reader < Readers && IsCrowd; reader++)
        {
            var mine = reader;
            Start(() => ReadInRounds(mine));
        }

        for (var i = 0; i < count && _error is null; i++)
        {
            var viewer = new Viewer(clip, publishers[i * publishers.Count / count]);
            lock (_viewers)
                _viewers.Add(viewer); // whatever becomes of it, it is disposed
            viewer.Connect(port, application);
            if (!IsCrowd)
                Start(viewer.ReadToEnd);
        }
    }

    /// <summary>Waits until each viewer has the last frame of its publisher, 20 s at most.</summary>
    public void Finish()
    {
        // Nobody tells when the last frame has come through; it is asked for every round.
        for (var rounds = 0; rounds < 1000 && _error is null && !_viewers.TrueForAll(v => v.HasAll); rounds++)
            _ = _ended.Wait(Round);
        _ended.Set();
        if (_error is not null)
            throw new IOException($"A viewer failed: {_error.Message}", _error);
    }

    public void Dispose()
    {
        _ended.Set();
        foreach (var viewer in _viewers)
            viewer.Dispose();
        foreach (var thread in _threads)
            thread.Join();
        _ended.Dispose();
    }

    /// <summary>Reads its share of the viewers that play; they become more while others connect.</summary>
    private void ReadInRounds(int reader)
    {
        Viewer[] mine = [];
        var known = 0;
        do
        {
            lock (_viewers)
            {
                if (known != _viewers.Count)
                    mine = [.. _viewers.Where((_, i) => i % Readers == reader)];
                known = _viewers.Count;
            }

            foreach (var viewer in mine)
            {
                if (viewer.IsPlaying)
                    viewer.ReadAvailable();
            }
        }
        while (!_ended.Wait(Round));
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
                if (!_ended.IsSet)
                    _error = e;
            }
        });
        thread.Start();
        _threads.Add(thread);
    }
}
