using System.ComponentModel.DataAnnotations;

namespace Tapedeck.Engine.Catalog;

/// <summary>What became of a change that was handed to the catalog.</summary>
public enum CatalogOutcome
{
    /// <summary>It is on the medium.</summary>
    Durable,

    /// <summary>The catalog is unavailable: the change is kept in memory, in its order, and tried again until it succeeds.</summary>
    Unavailable,

    /// <summary>The catalog is unavailable and the memory for changes is full: this one is lost. <c>tapedeck check</c> will find its traces.</summary>
    Lost,
}

/// <summary>Whether the catalog can be written.</summary>
/// <param name="Reason">Why not, for a person; null when it can.</param>
/// <param name="Queued">Changes that wait in memory.</param>
/// <param name="Lost">Changes that found no room in memory since the process began.</param>
public sealed record CatalogAvailability(string? Reason, int Queued, long Lost)
{
    /// <summary>True when changes reach the medium.</summary>
    public bool IsAvailable => Reason is null;
}

/// <summary>What is wrong with a call or with the catalog's file.</summary>
public enum CatalogError
{
    /// <summary>The file was written by a newer version of this host.</summary>
    NewerSchema,

    /// <summary>The file is not a catalog, or is damaged.</summary>
    NotACatalog,

    /// <summary>The state machine does not allow this step.</summary>
    IllegalTransition,

    /// <summary>There is no such row.</summary>
    NotFound,

    /// <summary>The change contradicts what is there.</summary>
    Conflict,

    /// <summary>It cannot be read at present.</summary>
    Unavailable,
}

/// <summary>The catalog cannot do what was asked.</summary>
public sealed class CatalogException(CatalogError error, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Which kind of reason the message tells.</summary>
    public CatalogError Error { get; } = error;
}

/// <summary>Settings of the catalog (section <c>catalog</c>).</summary>
public sealed record CatalogSettings
{
    /// <summary>Changes that are kept in memory while the file cannot be written.</summary>
    [Range(1, 10_000_000)]
    public int QueueLimit { get; init; } = 100_000;

    /// <summary>Changes of one transaction at most.</summary>
    [Range(1, 100_000)]
    public int BatchLimit { get; init; } = 1000;

    /// <summary>How often sizes and durations of growing files are written when nothing else is.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After how long a transaction that does not return counts as unavailable.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time to the first new try after a failure; doubled up to <see cref="RetryLimit"/>.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest time between two tries.</summary>
    public TimeSpan RetryLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long SQLite waits for a lock that another process holds.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Queries that run at once.</summary>
    [Range(1, 256)]
    public int Readers { get; init; } = 4;
}
