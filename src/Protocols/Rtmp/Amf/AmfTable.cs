namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// The values that a reference can point to. A reference costs what it stands for, so a small message cannot unfold into
/// a huge value; it may not point to a value that is still being read, so there are no cycles.
/// </summary>
internal sealed class AmfTable(AmfBudget budget, string name)
{
    private readonly List<Entry> _entries = [];

    private struct Entry
    {
        public object Value;
        public int Items;
        public int Height;
        public int OuterDeepest;
        public bool IsOpen;
    }

    /// <summary>Starts a container: one level deeper until <see cref="Close"/>.</summary>
    public int Open(object value)
    {
        _entries.Add(new Entry { Value = value, Items = budget.Items, OuterDeepest = budget.Deepest, IsOpen = true });
        budget.Enter();
        budget.Deepest = budget.Depth;
        return _entries.Count - 1;
    }

    /// <param name="value">What the container became, where it could not be made before its content was known.</param>
    public void Close(int index, object? value = null)
    {
        var entry = _entries[index];
        entry.Value = value ?? entry.Value;
        entry.Items = budget.Items - entry.Items + 1;
        entry.Height = budget.Deepest - budget.Depth + 1;
        entry.IsOpen = false;
        _entries[index] = entry;
        budget.Leave();
        budget.Deepest = Math.Max(budget.Deepest, entry.OuterDeepest);
    }

    /// <summary>Adds a value without content of its own.</summary>
    public void Add(object value, int items) => _entries.Add(new Entry { Value = value, Items = items });

    public object Refer(int index)
    {
        if ((uint)index >= (uint)_entries.Count)
            throw new RtmpProtocolException($"An AMF {name} reference points to number {index}; only {_entries.Count} are known.");
        var entry = _entries[index];
        if (entry.IsOpen)
            throw new RtmpProtocolException($"AMF {name} reference {index} points to a value that contains it.");
        budget.Charge(entry.Items);
        budget.Reach(entry.Height);
        return entry.Value;
    }
}
