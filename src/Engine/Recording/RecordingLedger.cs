using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>What was not as it should be in a recording. Written by its task, read by any; bounded, the oldest entries go first.</summary>
internal sealed class RecordingLedger(TimeProvider time)
{
    private const int Capacity = 1000;

    private readonly Lock _gate = new();
    private readonly Queue<Discontinuity> _entries = new();

    /// <summary>All entries that are kept, in order.</summary>
    public IReadOnlyList<Discontinuity> Entries
    {
        get
        {
            lock (_gate)
                return [.. _entries];
        }
    }

    public Discontinuity Add(DiscontinuityCause cause, TimeSpan mediaTime, TimeSpan length, string detail)
    {
        var entry = new Discontinuity(cause, mediaTime, time.GetUtcNow(), length, detail);
        lock (_gate)
        {
            if (_entries.Count == Capacity)
                _entries.Dequeue();
            _entries.Enqueue(entry);
        }

        return entry;
    }
}
