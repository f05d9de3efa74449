using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;

namespace Tapedeck.KillTest;

/// <summary>A home with an application for each container, which record all that is published.</summary>
internal sealed class Home
{
    public static readonly string[] Formats = ["mp4", "ts", "flv", "mkv"];

    public Home(string root)
    {
        Root = root;
        foreach (var format in Formats)
        {
            var folder = Path.Combine(root, "applications", format);
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "Application.yaml"), $"streamType: live-record\nrecordingFormat: {format}\n");
        }
    }

    public string Root { get; }

    public string Content => Path.Combine(Root, "content");

    /// <summary>Waits until recovery has nothing left to do, and returns the newest row of each file.</summary>
    public async Task<Dictionary<string, FileRow>> RecoveredAsync(CancellationToken cancellationToken)
    {
        await using var catalog = await RecordingCatalog.OpenAsync(Path.Combine(Root, "data", "catalog.db"), new CatalogSettings(), TimeProvider.System, NullLogger.Instance);
        while (true)
        {
            var rows = await FilesAsync(catalog, cancellationToken);
            if ((await catalog.UnfinishedAsync(cancellationToken)).Count == 0
                && rows.Values.All(r => !CatalogStates.IsUnfinished(r.State) && r.State is not (CatalogState.Closed or CatalogState.Validated or CatalogState.Announced)))
                return rows;
            await Task.Delay(50, cancellationToken);
        }
    }

    private static async Task<Dictionary<string, FileRow>> FilesAsync(RecordingCatalog catalog, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<string, FileRow>(StringComparer.Ordinal);
        var query = new CatalogQuery { Limit = CatalogQuery.MaximumPage };
        while (true)
        {
            var page = await catalog.FindFilesAsync(query, cancellationToken);
            foreach (var row in page.Rows)
                rows.TryAdd(row.Path, row);
            if (page.Next is not { } next)
                return rows;
            query = query with { After = next };
        }
    }
}
