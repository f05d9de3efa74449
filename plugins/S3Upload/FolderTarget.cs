using System.Runtime.InteropServices;

namespace Tapedeck.S3Upload;

/// <summary>Another folder, such as one on a network share. A file is there under its name only when it is whole and on the medium.</summary>
internal sealed class FolderTarget(TargetSettings settings, S3UploadOptions options, Bandwidth bandwidth) : IUploadTarget
{
    private const int Piece = 1 << 18;

    public TargetSettings Settings => settings;

    public void Dispose()
    {
    }

    public string Explain(Exception exception) => exception switch
    {
        UploadException => exception.Message,
        IOException or UnauthorizedAccessException => $"{settings.Root}: {exception.Message} Make room or give the right to write there, or correct {settings.Property("Root")}",
        _ => $"{settings.Root}: {exception.Message}",
    };

    public Task CheckAsync(CancellationToken cancellationToken)
    {
        MustExist();
        return Task.CompletedTask;
    }

    public async Task<string> UploadAsync(UploadJob job, CancellationToken cancellationToken)
    {
        MustExist();
        var hash = await job.HashAsync(null, cancellationToken);
        (job.Progress.Length, job.Progress.Modified, job.Progress.Sha256) = (job.File.Length, job.File.Modified, hash);
        using var name = await NameChoice.MakeAsync(job, options, settings.Identity, key => LookAsync(PathOf(key, job), job, hash, cancellationToken));
        var path = PathOf(name.Key, job);
        if (name.IsThere)
            return path;
        if (name.Key != job.Key)
        {
            job.Progress.Key = name.Key;
            await job.SaveAsync(cancellationToken);
        }

        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        var unfinished = Path.Combine(folder, $".{job.Step.Id:N}.part");
        try
        {
            await CopyAsync(job, unfinished, cancellationToken);
            job.File.MustBeUnchanged();
            if (await HashAsync(unfinished, cancellationToken) != hash)
                throw new UploadException($"{unfinished} reads otherwise than it was written; it is copied anew. Check the disk of {settings.Root}");
            File.Move(unfinished, path, overwrite: options.VersionFile == false);
            // The name on the medium, and those of folders that were made for it.
            for (var parent = folder; parent.Length >= Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Root)).Length; parent = Path.GetDirectoryName(parent)!)
                SyncFolder(parent);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }

        return path;
    }

    public Task AbandonAsync(TargetProgress progress, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The folder itself is never made: where it is missing, its disk may not be mounted.</summary>
    private void MustExist()
    {
        if (!Directory.Exists(settings.Root))
            throw new UploadException($"the folder {settings.Root} does not exist; mount its disk, make it, or correct {settings.Property("Root")}");
    }

    private string PathOf(string key, UploadJob job)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Root)) + Path.DirectorySeparatorChar;
        var path = Path.GetFullPath(Path.Combine(root, key));
        if (!path.StartsWith(root, StringComparison.Ordinal))
            throw new UploadFailedException($"the name {key} leads out of {settings.Root}");
        var resolved = new DirectoryInfo(root).ResolveLinkTarget(returnFinalTarget: true)?.FullName is { } target ? Path.GetFullPath(Path.Combine(target, key)) : path;
        if (resolved == Path.GetFullPath(job.Step.File!.Path))
            throw new UploadFailedException($"{settings.Property("Root")} is where the recording itself lies; set another folder");
        return path;
    }

    private static async Task<Occupant> LookAsync(string path, UploadJob job, string hash, CancellationToken cancellationToken)
    {
        var there = new FileInfo(path);
        if (!there.Exists)
            return Directory.Exists(path) ? Occupant.Other : Occupant.None;
        return there.Length == job.File.Length && await HashAsync(path, cancellationToken) == hash ? Occupant.Same : Occupant.Other;
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        using var file = LocalFile.Open(path);
        return Convert.ToHexStringLower(await file.HashAsync(cancellationToken));
    }

    private async Task CopyAsync(UploadJob job, string path, CancellationToken cancellationToken)
    {
        using var copy = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.Asynchronous, job.File.Length);
        var buffer = new byte[Math.Min(Piece, Math.Max(1, job.File.Length))];
        for (long offset = 0; offset < job.File.Length;)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(Math.Min(buffer.Length, bandwidth.Slice), job.File.Length - offset));
            await bandwidth.SpendAsync(piece.Length, cancellationToken);
            await job.File.ReadAsync(offset, piece, cancellationToken);
            await RandomAccess.WriteAsync(copy, piece, offset, cancellationToken);
            offset += piece.Length;
        }

        RandomAccess.FlushToDisk(copy);
    }

    /// <summary>Before anybody deletes the original.</summary>
    private static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var handle = OpenFolder(folder, 0);
        if (handle < 0)
            throw new IOException($"{folder} cannot be opened to sync it");
        try
        {
            if (Sync(handle) != 0)
                throw new IOException($"{folder} cannot be synced");
        }
        finally
        {
            _ = Close(handle);
        }
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFolder([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int handle);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
