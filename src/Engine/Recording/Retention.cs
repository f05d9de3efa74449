using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Catalog;

namespace Tapedeck.Engine.Recording;

/// <summary>When recordings of an application are removed. Everything null: never.</summary>
public sealed record RetentionPolicy
{
    /// <summary>A file is removed when its end is so long ago.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>The oldest files are removed while all have more bytes together.</summary>
    public long? Quota { get; init; }

    /// <summary>The oldest files are removed while their volume has fewer bytes free.</summary>
    public long? FreeSpace { get; init; }

    /// <summary>Whether anything is ever removed.</summary>
    public bool Removes => Age is not null || Quota is not null || FreeSpace is not null;
}

/// <summary>What retention is about: one application.</summary>
/// <param name="Application">Its name.</param>
/// <param name="Directory">The storage directory of an instance; nothing outside is touched.</param>
/// <param name="Policy">When to remove.</param>
public sealed record RetentionScope(string Application, Func<string, string> Directory, RetentionPolicy Policy);

/// <summary>A file that is to be removed.</summary>
/// <param name="File">Its row.</param>
/// <param name="Reason">Why, for a person; kept in the catalog.</param>
public sealed record Removal(FileRow File, string Reason);

/// <summary>
/// Removes recordings that have had their time, oldest first. Only files that the catalog knows as done, of recordings that have ended and are not
/// protected. The catalog says what was removed and why; a removal that was interrupted is completed the next time.
/// </summary>
/// <param name="catalog">What there is.</param>
/// <param name="claims">A file that a recording goes on with is left to it.</param>
/// <param name="disk">Where it is.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets a line for each file.</param>
public sealed partial class Retention(RecordingCatalog catalog, FileClaims claims, IDisk disk, TimeProvider time, ILogger logger)
{
    /// <summary>Recordings with this label, whatever its value but <c>false</c>, are kept.</summary>
    public const string ProtectedLabel = "protected";

    /// <summary>What would be removed now, in the order of removal.</summary>
    public async Task<IReadOnlyList<Removal>> PlanAsync(RetentionScope scope, CancellationToken cancellationToken)
    {
        var removals = new List<Removal>();
        if (!scope.Policy.Removes)
            return removals;
        var now = time.GetUtcNow();
        var excess = scope.Policy.Quota is { } quota ? await catalog.BytesOfAsync(scope.Application, cancellationToken) - quota : 0;
        var lacking = new Dictionary<string, long>(StringComparer.Ordinal);
        var kept = new Dictionary<Guid, bool>();
        var query = new CatalogQuery { Application = scope.Application, State = CatalogState.Done, OldestFirst = true, Limit = CatalogQuery.MaximumPage };
        while (true)
        {
            var page = await catalog.FindFilesAsync(query, cancellationToken);
            foreach (var file in page.Rows)
            {
                var age = now - (file.EndedAt ?? file.StartedAt + file.Duration);
                var isOld = age > scope.Policy.Age;
                var lack = Lack(scope, file, lacking);
                if (!isOld && excess <= 0 && lack <= 0)
                {
                    if (scope.Policy.Age is null || file.StartedAt > now - scope.Policy.Age)
                        return removals; // what follows is younger
                    continue;
                }

                if (!await MayGoAsync(scope, file, kept, cancellationToken))
                    continue;
                removals.Add(new Removal(file, isOld ? $"{Days(age)} old, retentionAge is {Days(scope.Policy.Age!.Value)}"
                    : excess > 0 ? $"the recordings had {excess} bytes more than retentionQuota ({scope.Policy.Quota})"
                    : $"{lack} bytes of free space were lacking to retentionFreeSpace ({scope.Policy.FreeSpace})"));
                excess -= file.Bytes;
                foreach (var mount in lacking.Keys.ToArray())
                    lacking[mount] -= mount == disk.MountPoint(file.Path) ? file.Bytes : 0;
            }

            if (page.Next is not { } next)
                return removals;
            query = query with { After = next };
        }
    }

    /// <summary>Removes a file. False: not now, because it is in use or cannot be removed.</summary>
    public async Task<bool> RemoveAsync(Removal removal)
    {
        var path = removal.File.Path;
        if (!claims.TryTake(path))
            return false;
        try
        {
            // The row first: a file that is gone while its row says done would be a loss that nobody ordered.
            if (await catalog.MoveFileAsync(removal.File.Id, CatalogState.Garbage, new FileFinding { Validation = removal.Reason }) != CatalogOutcome.Durable)
                return false;
            disk.Delete(path);
            await catalog.MoveFileAsync(removal.File.Id, CatalogState.Removed);
            LogRemoved(logger, path, removal.Reason);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CatalogException)
        {
            LogFailed(logger, path, e.Message);
            return false;
        }
        finally
        {
            claims.Release(path);
        }
    }

    /// <summary>Completes removals of an application that were interrupted.</summary>
    public async Task ResumeAsync(RetentionScope scope, CancellationToken cancellationToken)
    {
        var query = new CatalogQuery { Application = scope.Application, State = CatalogState.Garbage, OldestFirst = true, Limit = CatalogQuery.MaximumPage };
        foreach (var file in (await catalog.FindFilesAsync(query, cancellationToken)).Rows)
        {
            if (IsInside(scope, file) && (await catalog.FindByPathAsync(file.Path, cancellationToken))[0].Id == file.Id)
                await RemoveAsync(new Removal(file, file.Validation ?? "interrupted"));
        }
    }

    private long Lack(RetentionScope scope, FileRow file, Dictionary<string, long> lacking)
    {
        if (scope.Policy.FreeSpace is not { } wanted)
            return 0;
        var mount = disk.MountPoint(file.Path);
        if (!lacking.TryGetValue(mount, out var lack))
            lacking[mount] = lack = wanted - disk.Space(file.Path).Free;
        return lack;
    }

    private async Task<bool> MayGoAsync(RetentionScope scope, FileRow file, Dictionary<Guid, bool> kept, CancellationToken cancellationToken)
    {
        if (!kept.TryGetValue(file.Recording, out var isKept))
        {
            var isProtected = (await catalog.LabelsOfAsync(file.Recording, cancellationToken)).TryGetValue(ProtectedLabel, out var value) && value != "false";
            kept[file.Recording] = isKept = isProtected || await catalog.RecordingAsync(file.Recording, cancellationToken) is not { } recording || CatalogStates.IsUnfinished(recording.State);
        }

        if (isKept || !IsInside(scope, file))
            return false;
        // A file that was gone on with, or replaced, belongs to its newest row.
        var rows = await catalog.FindByPathAsync(file.Path, cancellationToken);
        return rows[0].Id == file.Id && disk.Length(file.Path) is not null;
    }

    private static bool IsInside(RetentionScope scope, FileRow file)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(scope.Directory(file.Address.Instance)));
        if (!Path.GetFullPath(file.Path).StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return false;
        for (FileSystemInfo part = new FileInfo(file.Path); part.FullName.Length > root.Length; part = new DirectoryInfo(Path.GetDirectoryName(part.FullName)!))
        {
            if (part.LinkTarget is not null)
                return false;
        }

        return true;
    }

    private static string Days(TimeSpan time) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{time.TotalDays:0.##} d");

    [LoggerMessage(LogLevel.Information, "Removed {Path}: {Reason}")]
    private static partial void LogRemoved(ILogger logger, string path, string reason);

    [LoggerMessage(LogLevel.Error, "{Path} cannot be removed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string path, string reason);
}
