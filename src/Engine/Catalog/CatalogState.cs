namespace Tapedeck.Engine.Catalog;

/// <summary>
/// Where a recording or one of its files stands as a transaction. The numbers are stored: they never change, and new states get new ones.
/// </summary>
public enum CatalogState
{
    /// <summary>Asked for; its stream need not exist.</summary>
    Requested = 0,

    /// <summary>Waits for its stream, for a key frame, or (within the grace window) for a publisher that left.</summary>
    Waiting = 1,

    /// <summary>May have bytes on disk.</summary>
    Writing = 2,

    /// <summary>The last fragment and the index are being written.</summary>
    Closing = 3,

    /// <summary>Found unfinished at a start, and made playable again; not closed yet.</summary>
    Recovered = 4,

    /// <summary>Complete and synced.</summary>
    Closed = 5,

    /// <summary>Did not pass validation; not shown to users until it was repaired.</summary>
    Quarantined = 6,

    /// <summary>Parsed by our own reader and found good.</summary>
    Validated = 7,

    /// <summary>Users know of it; its steps run.</summary>
    Announced = 8,

    /// <summary>Nothing is left to do.</summary>
    Done = 9,

    /// <summary>Ended with nothing that can be used.</summary>
    Failed = 10,

    /// <summary>About to be removed from disk; its row goes, or says so, when the file is gone.</summary>
    Garbage = 11,

    /// <summary>Was removed by retention or by a step; the row tells when and why.</summary>
    Removed = 12,
}

/// <summary>The one place that knows which state follows which, for recordings and files alike.</summary>
public static class CatalogStates
{
    /// <summary>States below this one are unfinished: what a start finds in them was interrupted.</summary>
    internal const CatalogState FirstFinished = CatalogState.Closed;

    private static readonly CatalogState[][] After =
    [
        /* Requested   */ [CatalogState.Waiting, CatalogState.Writing, CatalogState.Done, CatalogState.Failed],
        /* Waiting     */ [CatalogState.Writing, CatalogState.Closing, CatalogState.Recovered, CatalogState.Done, CatalogState.Failed],
        /* Writing     */ [CatalogState.Waiting, CatalogState.Closing, CatalogState.Recovered, CatalogState.Failed],
        /* Closing     */ [CatalogState.Closed, CatalogState.Recovered, CatalogState.Failed],
        /* Recovered   */ [CatalogState.Closed, CatalogState.Quarantined, CatalogState.Failed],
        /* Closed      */ [CatalogState.Validated, CatalogState.Quarantined, CatalogState.Failed],
        /* Quarantined */ [CatalogState.Closed, CatalogState.Failed, CatalogState.Garbage],
        /* Validated   */ [CatalogState.Announced, CatalogState.Quarantined, CatalogState.Failed],
        /* Announced   */ [CatalogState.Done, CatalogState.Quarantined, CatalogState.Garbage],
        /* Done        */ [CatalogState.Quarantined, CatalogState.Garbage],
        /* Failed      */ [CatalogState.Recovered, CatalogState.Garbage],
        /* Garbage     */ [CatalogState.Removed],
        /* Removed     */ [],
    ];

    /// <summary>All states that may follow.</summary>
    public static IReadOnlyList<CatalogState> Following(CatalogState state) => After[(int)state];

    /// <summary>Whether a row may go from one state to another. Staying is always allowed: an operation may come twice.</summary>
    public static bool Allows(CatalogState from, CatalogState to) => from == to || Array.IndexOf(After[(int)from], to) >= 0;

    /// <summary>Whether the process that owned the row had not finished it.</summary>
    public static bool IsUnfinished(CatalogState state) => state < FirstFinished;

    /// <summary>Whether a row may begin with this state.</summary>
    public static bool MayBegin(CatalogState state) => state is CatalogState.Requested or CatalogState.Waiting or CatalogState.Writing;
}
