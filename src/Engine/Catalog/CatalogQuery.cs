using System.Globalization;

namespace Tapedeck.Engine.Catalog;

/// <summary>What to look for. Everything left out matches all; what is given must all hold.</summary>
public sealed record CatalogQuery
{
    /// <summary>The most rows that one page may have.</summary>
    public const int MaximumPage = 1000;

    /// <summary>Name of the application.</summary>
    public string? Application { get; init; }

    /// <summary>Name of the instance.</summary>
    public string? Instance { get; init; }

    /// <summary>Name of the stream.</summary>
    public string? Stream { get; init; }

    /// <summary>Began at this instant or later (recordings: were asked for; files: first frame).</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Began before this instant.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Stands in this state.</summary>
    public CatalogState? State { get; init; }

    /// <summary>The recording carries this label, with this value.</summary>
    public KeyValuePair<string, string>? Label { get; init; }

    /// <summary>Oldest first instead of newest first.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>Rows of a page, 1 to <see cref="MaximumPage"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Where the page before this one ended; null for the first page.</summary>
    public CatalogCursor? After { get; init; }
}

/// <summary>The place after a row in time order. Rows that come or go meanwhile neither repeat nor hide others.</summary>
/// <param name="Milliseconds">The row's time.</param>
/// <param name="Number">Its place among the rows of that millisecond.</param>
public readonly record struct CatalogCursor(long Milliseconds, long Number)
{
    /// <summary>As text, for a URL.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Number}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string? text, out CatalogCursor cursor)
    {
        cursor = default;
        var dash = string.IsNullOrEmpty(text) ? -1 : text.IndexOf('-', 1); // a time before 1970 begins with one
        if (text is null || dash < 0
            || !long.TryParse(text.AsSpan(0, dash), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
            || !long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        cursor = new CatalogCursor(milliseconds, number);
        return true;
    }
}

/// <summary>A page of rows.</summary>
/// <param name="Rows">At most as many as asked for.</param>
/// <param name="Next">For <see cref="CatalogQuery.After"/> of the next page; null when this is the last.</param>
public sealed record CatalogPage<T>(IReadOnlyList<T> Rows, CatalogCursor? Next);
