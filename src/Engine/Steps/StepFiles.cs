using System.Security.Cryptography;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Steps;

/// <summary>
/// Moves, copies and removes recorded files for steps. Nothing is ever replaced; what was interrupted is completed by the next attempt, because each
/// looks first whether the work is done.
/// </summary>
/// <param name="catalog">Says where files are.</param>
/// <param name="claims">Names that recordings use.</param>
/// <param name="retention">Removes files, with their rows.</param>
public sealed class StepFiles(RecordingCatalog catalog, FileClaims claims, Retention retention)
{
    private const string Unfinished = ".part";

    /// <summary>Moves a file and has the catalog say so.</summary>
    /// <returns>Its new path.</returns>
    /// <exception cref="StepException">It cannot be moved; the message names the remedy.</exception>
    internal async Task<string> MoveAsync(FileRow file, string from, string to, IReadOnlyList<string> allowed, CancellationToken cancellationToken)
    {
        var target = Place(from, to, allowed);
        if (target == from)
            return from;
        await WithNamesAsync(from, target, async () =>
        {
            // Several recordings may have had the name, one after the other: the file is the newest's.
            var isOurs = (await catalog.FindByPathAsync(from, cancellationToken)).FirstOrDefault(r => r.State != CatalogState.Removed)?.Id == file.Id;
            if (!await WasMovedAsync(file, target, isThere: isOurs && File.Exists(from), cancellationToken))
            {
                if (!isOurs)
                    throw new StepException($"{from} is the file of a newer recording by now, which replaced it or went on with it; cancel the step (tapedeck steps cancel).");
                RequireFree(from, target);
                await MoveContentAsync(from, target, cancellationToken);
            }

            var entered = isOurs ? catalog.MoveFilesAsync(from, target) : catalog.RenameFileAsync(file.Id, target);
            if (isOurs)
                claims.Move(from, target);
            if (await entered != CatalogOutcome.Durable)
                throw new StepException($"{from} was moved to {target}, but the catalog cannot be written now; it is entered when it can.");
        });
        return target;
    }

    /// <summary>Whether an attempt before came this far, and the catalog never heard of it.</summary>
    private async Task<bool> WasMovedAsync(FileRow file, string target, bool isThere, CancellationToken cancellationToken) =>
        !isThere && new FileInfo(target) is { Exists: true } moved && moved.Length == file.Bytes && (await catalog.FindByPathAsync(target, cancellationToken)).Count == 0;

    private static async Task MoveContentAsync(string from, string target, CancellationToken cancellationToken)
    {
        if (SystemDisk.Instance.MountPoint(from) == SystemDisk.Instance.MountPoint(target))
        {
            File.Move(from, target, overwrite: false);
            return;
        }

        await CopyContentAsync(from, target, cancellationToken);
        File.Delete(from);
    }

    /// <summary>Copies a file. One of the same content that is there already is the copy.</summary>
    /// <returns>Path of the copy.</returns>
    /// <exception cref="StepException">It cannot be copied; the message names the remedy.</exception>
    internal async Task<string> CopyAsync(string from, string to, IReadOnlyList<string> allowed, CancellationToken cancellationToken)
    {
        var target = Place(from, to, allowed);
        if (target == from)
            throw new StepException($"{from} cannot be copied onto itself; name another place.");
        if (!claims.TryTake(target))
            throw new StepException($"{target} is being recorded; name another place.");
        try
        {
            if (File.Exists(target) && await SameAsync(from, target, cancellationToken))
                return target;
            RequireFree(from, target);
            await CopyContentAsync(from, target, cancellationToken);
            return target;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StepException($"{from} cannot be copied to {target}: {e.Message}", e);
        }
        finally
        {
            claims.Release(target);
        }
    }

    /// <summary>Removes a file; its row says by which step.</summary>
    /// <exception cref="StepException">It cannot be removed now.</exception>
    internal async Task DeleteAsync(Guid id, string step, CancellationToken cancellationToken)
    {
        if (await catalog.FileAsync(id, cancellationToken) is not { } row || row.State == CatalogState.Removed)
            return;
        if (!await retention.RemoveAsync(new Removal(row, $"removed by step {step}")))
            throw new StepException($"{row.Path} cannot be removed now: it is in use by a recording or a newer recording has its name, or the disk refuses (the log says which).");
    }

    /// <summary>Absolute path of a place, which must be allowed.</summary>
    private static string Place(string from, string to, IReadOnlyList<string> allowed)
    {
        if (to.Length == 0 || to.Contains('\0'))
            throw new StepException("The new place of a file is empty; name a path.");
        var target = Path.GetFullPath(to, Path.GetDirectoryName(from)!);
        if (Path.EndsInDirectorySeparator(to) || Directory.Exists(target))
            target = Path.Combine(target, Path.GetFileName(from));
        var root = allowed.Select(a => Path.TrimEndingDirectorySeparator(Path.GetFullPath(a))).FirstOrDefault(a => target.StartsWith(a + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            ?? throw new StepException($"{target} lies outside the storage directory; add its folder to the application's property stepDirectories.");
        for (var part = Path.GetDirectoryName(target)!; part.Length > root.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new DirectoryInfo(part).LinkTarget is not null)
                throw new StepException($"'{part}' is a link; files are not moved through links below {root}.");
        }

        return target;
    }

    private static void RequireFree(string from, string target)
    {
        if (!File.Exists(from))
            throw new StepException($"{from} is not there any more; cancel the step if it was removed on purpose.");
        if (SystemDisk.Instance.Exists(target))
            throw new StepException($"{target} exists already and is not replaced; name another place, or remove it.");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
    }

    private async Task WithNamesAsync(string from, string target, Func<Task> work)
    {
        if (!claims.TryTake(from))
            throw new StepException($"{from} is in use by a recording.");
        try
        {
            if (!claims.TryTake(target))
                throw new StepException($"{target} is being recorded; name another place.");
            try
            {
                await work();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new StepException($"{from} cannot be moved to {target}: {e.Message}", e);
            }
            finally
            {
                claims.Release(target);
            }
        }
        finally
        {
            claims.Release(from);
        }
    }

    /// <summary>The copy has its name only when it is complete and on the medium.</summary>
    private static async Task CopyContentAsync(string from, string target, CancellationToken cancellationToken)
    {
        var part = target + Unfinished;
        try
        {
            await using (var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.Asynchronous | FileOptions.SequentialScan))
            await using (var copy = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20, FileOptions.Asynchronous))
            {
                await source.CopyToAsync(copy, 1 << 20, cancellationToken);
                await copy.FlushAsync(cancellationToken);
                RandomAccess.FlushToDisk(copy.SafeFileHandle);
            }

            File.Move(part, target, overwrite: false);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    private static async Task<bool> SameAsync(string one, string other, CancellationToken cancellationToken)
    {
        if (new FileInfo(one).Length != new FileInfo(other).Length)
            return false;
        await using var a = File.OpenRead(one);
        await using var b = File.OpenRead(other);
        var (first, second) = (await SHA256.HashDataAsync(a, cancellationToken), await SHA256.HashDataAsync(b, cancellationToken));
        return first.AsSpan().SequenceEqual(second);
    }
}
