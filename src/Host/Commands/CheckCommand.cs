using System.CommandLine;
using System.Globalization;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck check</c>: holds the catalog against the disk.</summary>
internal static class CheckCommand
{
    private static readonly string[] Extensions = [".mp4", ".flv", ".ts", ".webm", ".mkv"];

    public static Command Create(Option<string?> home)
    {
        var deep = new Option<bool>("--deep") { Description = "Also read every file from beginning to end." };
        var command = new Command("check", "Holds the catalog against the disk: every file that should be there is, and the other way round. Ends with 1 when something is wrong. A running host is no hindrance.") { home, deep };
        command.SetAction((result, cancellationToken) =>
            HomeCatalog.UseAsync(result.GetValue(home), (place, catalog) => RunAsync(place, catalog, result.GetValue(deep), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(Home home, RecordingCatalog catalog, bool isDeep, CancellationToken cancellationToken)
    {
        try
        {
            var problems = 0;
            foreach (var problem in await catalog.CheckAsync(cancellationToken))
                Say(ref problems, problem);
            var known = new HashSet<string>(StringComparer.Ordinal);
            using var inspector = new FileInspector();
            var files = await FilesAsync(catalog, known, cancellationToken);
            var bar = Terminal.Progress("Checking", isDeep ? files.Sum(BytesToRead) : 0, files.Count);
            foreach (var file in files)
            {
                foreach (var problem in await JudgeAsync(file, isDeep ? inspector : null, bar, cancellationToken))
                    Say(ref problems, problem);
                bar?.FileDone(BytesToRead(file));
            }

            Terminal.EndProgress();

            foreach (var stranger in Strangers(home.Content, known))
                Say(ref problems, $"{stranger}: the catalog does not know it");
            Terminal.Out(string.Create(CultureInfo.InvariantCulture, $"{files.Count} files, {problems} problems"));
            return problems == 0 ? ExitCode.Success : ExitCode.Failure;
        }
        finally
        {
            Terminal.EndProgress();
        }
    }

    /// <summary>What is removed, failed or still being written is not read.</summary>
    private static long BytesToRead(FileRow file) => file.State is CatalogState.Closed or CatalogState.Validated or CatalogState.Announced or CatalogState.Done ? file.Bytes : 0;

    private static void Say(ref int problems, string problem)
    {
        problems++;
        Terminal.Error(problem);
    }

    /// <summary>The newest row of each path counts: a file may be gone on with by a later recording.</summary>
    private static async Task<List<FileRow>> FilesAsync(RecordingCatalog catalog, HashSet<string> known, CancellationToken cancellationToken)
    {
        var files = new List<FileRow>();
        var query = new CatalogQuery { Limit = CatalogQuery.MaximumPage };
        while (true)
        {
            var page = await catalog.FindFilesAsync(query, cancellationToken);
            files.AddRange(page.Rows.Where(row => known.Add(row.Path)));
            if (page.Next is not { } next)
                return files;
            query = query with { After = next };
        }
    }

    private static async Task<IReadOnlyList<string>> JudgeAsync(FileRow file, FileInspector? inspector, ProgressBar? bar, CancellationToken cancellationToken)
    {
        var size = File.Exists(file.Path) ? new FileInfo(file.Path).Length : -1;
        switch (file.State)
        {
            case CatalogState.Failed or CatalogState.Garbage or CatalogState.Removed:
                return [];
            case CatalogState.Quarantined:
                return [$"{file.Path}: kept aside, it has errors: {file.Validation}"];
            case < CatalogState.Closed:
                // Being recorded, or left behind: only the host that holds the home knows.
                return size < 0 && file.Bytes > 0 ? [$"{file.Path}: is {file.State.ToString().ToLowerInvariant()}, but is not there"] : [];
        }

        if (size < 0)
            return [$"{file.Path}: is not there"];
        if (size != file.Bytes)
            return [$"{file.Path}: has {size} bytes, the catalog says {file.Bytes}"];
        if (inspector is null)
            return [];
        var problems = await inspector.CheckAsync(file.Path, startsWithKeyFrame: false, isFinished: true, cancellationToken, bar is null ? null : bar.Reach);
        return [.. problems.Select(p => $"{file.Path}: {p}")];
    }

    private static IEnumerable<string> Strangers(string content, HashSet<string> known) => Directory.Exists(content)
        ? Directory.EnumerateFiles(content, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Where(f => Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase) && !known.Contains(f))
        : [];
}
