namespace Tapedeck.LoadProbe;

/// <summary>
/// Notes every collection and, once a second, the totals. A collection is noticed by an object without a reference: its finalizer runs after each of
/// them, asks the runtime what it was and leaves a new object behind. Costs the host some microseconds for a collection and one timer.
/// </summary>
internal sealed class Probe : IDisposable
{
    private static readonly GCKind[] Kinds = [GCKind.Ephemeral, GCKind.FullBlocking, GCKind.Background];
    private static Probe? s_probe;
    private readonly Lock _lock = new();
    private readonly StreamWriter _file;
    private readonly Timer _timer;
    private readonly long[] _seen = new long[Kinds.Length];
    private readonly List<string> _lines = [];

    private Probe(string path)
    {
        _file = new StreamWriter(path);
        _timer = new Timer(_ => Write(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public static void Start(string path)
    {
        s_probe = new Probe(path);
        s_probe.Write();
        Sentinel.Leave();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => s_probe.Dispose();
    }

    public void Dispose()
    {
        _timer.Dispose();
        Write();
    }

    /// <summary>Keeps what was collected since the last call; no I/O, as the finalizer calls it.</summary>
    private void Note()
    {
        lock (_lock)
        {
            for (var i = 0; i < Kinds.Length; i++)
            {
                var info = GC.GetGCMemoryInfo(Kinds[i]);
                if (info.Index <= _seen[i])
                    continue;
                _seen[i] = info.Index;
                var pause = 0.0;
                foreach (var part in info.PauseDurations)
                    pause = Math.Max(pause, part.TotalMilliseconds); // a background collection stops the threads twice
                _lines.Add(ProbeLines.Write(ProbeLines.Collection, Now(), info.Index, info.Generation, pause, info.HeapSizeBytes));
            }
        }
    }

    private void Write()
    {
        Note();
        lock (_lock)
        {
            _lines.Add(ProbeLines.Write(
                ProbeLines.Moment,
                Now(),
                GC.GetTotalMemory(forceFullCollection: false),
                GC.GetTotalAllocatedBytes(),
                GC.GetTotalPauseDuration().TotalMilliseconds,
                GC.CollectionCount(0),
                GC.CollectionCount(1),
                GC.CollectionCount(2)));
            foreach (var line in _lines)
                _file.WriteLine(line);
            _lines.Clear();
            _file.Flush();
        }
    }

    private static double Now() => (DateTime.UtcNow - DateTime.UnixEpoch).TotalMilliseconds;

    private sealed class Sentinel
    {
        public static void Leave() => _ = new Sentinel();

        ~Sentinel()
        {
            if (Environment.HasShutdownStarted)
                return;
            s_probe?.Note();
            Leave();
        }
    }
}
