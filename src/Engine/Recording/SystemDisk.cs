using Microsoft.Win32.SafeHandles;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>The file system of the machine.</summary>
public sealed class SystemDisk : IDisk
{
    private SystemDisk() { }

    /// <summary>The only one.</summary>
    public static SystemDisk Instance { get; } = new();

    /// <inheritdoc />
    public IDiskFile Create(string path) => new SystemFile(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read));

    /// <inheritdoc />
    public IDiskFile Open(string path)
    {
        RefuseOthers(path);
        return new SystemFile(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read));
    }

    /// <summary>Opens a closed file that modules may have open too; not through a link.</summary>
    internal static Stream OpenToRead(string path)
    {
        RefuseOthers(path);
        return File.OpenRead(path);
    }

    /// <summary>A link may lead anywhere.</summary>
    private static void RefuseOthers(string path)
    {
        var info = new FileInfo(path);
        if (info.LinkTarget is not null || (Path.Exists(path) && (info.Attributes & (FileAttributes.Directory | FileAttributes.Device)) != 0))
            throw new NotRegularException(path);
    }

    /// <inheritdoc />
    public bool Exists(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;

    /// <inheritdoc />
    public long? Length(string path) => new FileInfo(path) is { Exists: true } info ? info.Length : null;

    /// <inheritdoc />
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc />
    public bool LinkOrMove(string path, string added) => HardLink.MakeOrMove(path, added);

    /// <inheritdoc />
    public void RemoveName(string path, string other)
    {
        // Names of one file tell the same about it, to the last tick.
        if (Marks(path) == Marks(other))
            File.Delete(path);
    }

    private static (long, DateTime, DateTime)? Marks(string path) =>
        new FileInfo(path) is { Exists: true } info ? (info.Length, info.LastWriteTimeUtc, info.CreationTimeUtc) : null;

    /// <inheritdoc />
    public void PrepareFolder(string root, string folder)
    {
        root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)); // as the folder is
        Directory.CreateDirectory(root);
        // Below the root a link could lead anywhere: no folder of a recording may be one.
        for (var part = folder; part.Length > root.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new DirectoryInfo(part).LinkTarget is not null)
                throw new RecordingException(RecordingRefusal.NoAccess, $"'{part}' is a link; recordings are not written through links below the storage directory.");
        }

        Directory.CreateDirectory(folder);
        var probe = Path.Combine(folder, "." + Guid.NewGuid().ToString("N"));
        using (File.OpenHandle(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose))
        {
        }
    }

    /// <inheritdoc />
    public DiskSpace Space(string path)
    {
        var drive = new DriveInfo(MountPoint(path));
        return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
    }

    /// <inheritdoc />
    public string MountPoint(string path)
    {
        path = Path.GetFullPath(path);
        var best = Path.GetPathRoot(path) ?? path;
        foreach (var drive in DriveInfo.GetDrives())
        {
            var root = drive.Name;
            var prefix = root.EndsWith(Path.DirectorySeparatorChar) ? root : root + Path.DirectorySeparatorChar;
            if (root.Length > best.Length && (path + Path.DirectorySeparatorChar).StartsWith(prefix, StringComparison.Ordinal))
                best = root;
        }

        return best;
    }
}

/// <summary>A file of the machine's file system.</summary>
internal sealed class SystemFile(SafeFileHandle handle) : IDiskFile
{
    public long Length => RandomAccess.GetLength(handle);

    public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset)
    {
        try
        {
            RandomAccess.Write(handle, buffers, offset);
        }
        catch (ArgumentOutOfRangeException e)
        {
            // .NET's word for EFBIG.
            throw new FileTooLargeException("the file would be larger than the file system, or a limit of the system, allows.", e);
        }
    }

    public void Sync() => RandomAccess.FlushToDisk(handle);

    public void SetLength(long length) => RandomAccess.SetLength(handle, length);

    public Stream Read() => new FileStream(new SafeFileHandle(handle.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 64 * 1024);

    public void Dispose() => handle.Dispose();
}
