using Tapedeck.Media;

namespace Tapedeck.Containers.Repair;

/// <summary>In what state a file was found.</summary>
public enum FileState
{
    /// <summary>Complete; nothing to do.</summary>
    Ordinary,

    /// <summary>Playable to its end, but its recorder never wrote the index, or stopped before it was switched on.</summary>
    NeedsFinishing,

    /// <summary>Cut off: something at its end, or its index, is only partly there.</summary>
    Torn,

    /// <summary>Nothing in it can be read, or it is of no kind that can be mended here.</summary>
    Unreadable,
}

/// <summary>
/// What was found in a file, and what would mend it in place. Nothing was written yet: <see cref="Disk"/> is to be carried out on the same, unchanged
/// file. Holds index memory until it is disposed, which may be done once the plan was carried out.
/// </summary>
public sealed class RepairPlan : IDisposable
{
    private readonly IDisposable? _owner;

    internal RepairPlan(string kind, FileState state, DiskPlan? disk = null, IDisposable? owner = null)
    {
        Kind = kind;
        State = state;
        Disk = disk ?? new DiskPlan();
        _owner = owner;
    }

    /// <summary>What the file is, in words: "MP4, fragmented".</summary>
    public string Kind { get; }

    /// <summary>In what state.</summary>
    public FileState State { get; }

    /// <summary>Its tracks, as far as they are known.</summary>
    public IReadOnlyList<Track> Tracks { get; internal init; } = [];

    /// <summary>How long it plays now; zero when no player can tell.</summary>
    public TimeSpan DurationBefore { get; internal init; }

    /// <summary>How long it will play.</summary>
    public TimeSpan DurationAfter { get; internal init; }

    /// <summary>What was found, and what would be done, one sentence each.</summary>
    public IReadOnlyList<string> Steps { get; internal init; } = [];

    /// <summary>The operations; empty when there is nothing to do, or nothing that can be done.</summary>
    public DiskPlan Disk { get; }

    /// <summary>Whether carrying out <see cref="Disk"/> would change the file.</summary>
    public bool HasWork => Disk.Operations.Count > 0;

    /// <inheritdoc/>
    public void Dispose() => _owner?.Dispose();
}
