using System.Collections.Concurrent;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// The file a recording is going to write: its path, held against other recordings of this process, and how it comes into being. A new
/// file is always made exclusively: no existing file is ever opened for writing by accident, whoever made it.
/// </summary>
internal sealed class FileTarget : IDisposable
{
    private readonly FileClaims _claims;
    private readonly IDisk _disk;
    private readonly string _root;
    private readonly string _name;
    private readonly string _extension;
    private readonly ExistingFile _existing;
    private readonly string? _mount;

    private FileTarget(FileClaims claims, IDisk disk, string root, string name, string extension, ExistingFile existing, string path, int version, bool continues, string? mount)
    {
        _claims = claims;
        _disk = disk;
        _root = root;
        _name = name;
        _extension = extension;
        _existing = existing;
        Path = path;
        Version = version;
        Continues = continues;
        _mount = mount;
    }

    /// <summary>Absolute path. Changes only when a file of this name turns up between the claim and the first media.</summary>
    public string Path { get; private set; }

    /// <summary>0 for the plain name.</summary>
    public int Version { get; private set; }

    /// <summary>True when the file exists and is gone on with.</summary>
    public bool Continues { get; }

    /// <summary>Finds the file for a new recording, makes its folders and checks that they can be written.</summary>
    /// <param name="claims">Of the process.</param>
    /// <param name="root">The storage directory.</param>
    /// <param name="name">Without extension; folders allowed.</param>
    /// <param name="extension">With the dot.</param>
    /// <param name="existing">What to do when it exists.</param>
    /// <param name="disk">Null: the machine's.</param>
    /// <param name="mount">The mount point that must be there whenever something is made; null: any.</param>
    /// <exception cref="RecordingException">It cannot be written, or another recording writes it.</exception>
    public static FileTarget Claim(FileClaims claims, string root, string name, string extension, ExistingFile existing, IDisk? disk = null, string? mount = null)
    {
        disk ??= SystemDisk.Instance;
        if (StorageName.Refusal(name) is { } refusal)
            throw new RecordingException(RecordingRefusal.BadName, refusal);

        if (existing != ExistingFile.Version)
        {
            var path = StorageName.Resolve(root, name, extension, 0);
            Prepare(disk, root, path, mount);
            if (!claims.TryTake(path))
                throw InUse(path);
            var continues = existing == ExistingFile.Append && disk.Length(path) > 0;
            return new FileTarget(claims, disk, root, name, extension, existing, path, 0, continues, mount);
        }

        Prepare(disk, root, StorageName.Resolve(root, name, extension, 0), mount);
        var (free, version) = NextFree(claims, disk, root, name, extension, 0);
        return new FileTarget(claims, disk, root, name, extension, existing, free, version, continues: false, mount);
    }

    /// <summary>The same without a look at the disk, which does not answer: what is there is looked at when the file is made.</summary>
    /// <exception cref="RecordingException">The name is bad, or another recording writes it.</exception>
    public static FileTarget Plan(FileClaims claims, string root, string name, string extension, ExistingFile existing, IDisk disk, string? mount)
    {
        if (StorageName.Refusal(name) is { } refusal)
            throw new RecordingException(RecordingRefusal.BadName, refusal);
        for (var version = 0; ; version++)
        {
            var path = StorageName.Resolve(root, name, extension, version);
            if (claims.TryTake(path))
                return new FileTarget(claims, disk, root, name, extension, existing, path, version, continues: false, mount);
            if (existing != ExistingFile.Version)
                throw InUse(path);
        }
    }

    /// <summary>The file that follows this one in the same recording.</summary>
    public FileTarget ClaimNext()
    {
        EnsureMounted(_disk, _root, _mount);
        var (path, version) = NextFree(_claims, _disk, _root, _name, _extension, Version + 1);
        return new FileTarget(_claims, _disk, _root, _name, _extension, ExistingFile.Version, path, version, continues: false, _mount);
    }

    /// <summary>Makes the file. Called on the volume's thread with the first media.</summary>
    public IDiskFile Create()
    {
        EnsureMounted(_disk, _root, _mount);
        // An empty file has nothing to go on with: it is replaced.
        if (_existing == ExistingFile.Overwrite || (_existing == ExistingFile.Append && _disk.Length(Path) == 0))
            _disk.Delete(Path);
        while (true)
        {
            try
            {
                return _disk.Create(Path);
            }
            catch (IOException) when (_existing == ExistingFile.Version && _disk.Exists(Path))
            {
                TakeNext(); // somebody else made a file of this name meanwhile: theirs stays
            }
        }
    }

    /// <summary>Makes the file after that failed: its folders again, too, and at last under another name.</summary>
    /// <param name="otherName">The name itself may be what is wrong.</param>
    public IDiskFile CreateAgain(bool otherName)
    {
        EnsureMounted(_disk, _root, _mount);
        _disk.PrepareFolder(_root, System.IO.Path.GetDirectoryName(Path)!);
        if (otherName && _disk.Exists(Path))
        {
            TakeNext();
            return _disk.Create(Path);
        }

        return Create();
    }

    /// <summary>Removes it.</summary>
    public void Delete()
    {
        EnsureMounted(_disk, _root, _mount);
        _disk.Delete(Path);
    }

    /// <summary>Sees whether a file could be made beside this one.</summary>
    public void Probe()
    {
        EnsureMounted(_disk, _root, _mount);
        _disk.PrepareFolder(_root, System.IO.Path.GetDirectoryName(Path)!);
    }

    public void Dispose() => _claims.Release(Path);

    private static (string Path, int Version) NextFree(FileClaims claims, IDisk disk, string root, string name, string extension, int from)
    {
        // Doubling steps, then halving them: a folder with 100,000 versions costs 34 looks, not 100,000.
        var step = 1;
        var low = from;
        while (disk.Exists(StorageName.Resolve(root, name, extension, low + step - 1)))
        {
            low += step;
            step *= 2;
        }

        for (var version = LastTaken(disk, root, name, extension, low, low + step - 1); ; version++)
        {
            var path = StorageName.Resolve(root, name, extension, version);
            if (disk.Exists(path) || !claims.TryTake(path))
                continue;
            return (path, version);
        }
    }

    /// <summary>A free version between <paramref name="low"/> and <paramref name="free"/> whose predecessor is taken, as far as halving finds it.</summary>
    private static int LastTaken(IDisk disk, string root, string name, string extension, int low, int free)
    {
        while (low < free)
        {
            var middle = low + ((free - low) / 2);
            if (disk.Exists(StorageName.Resolve(root, name, extension, middle)))
                low = middle + 1;
            else
                free = middle;
        }

        return free;
    }

    private void TakeNext()
    {
        _claims.Release(Path);
        (Path, Version) = NextFree(_claims, _disk, _root, _name, _extension, Version + 1);
    }

    private static RecordingException InUse(string path) =>
        new(RecordingRefusal.FileInUse, $"Another recording is writing '{path}'; stop it first, or record with versions.");

    /// <summary>A folder whose disk is not mounted is a folder of the disk below: nothing is written there.</summary>
    private static void EnsureMounted(IDisk disk, string root, string? mount)
    {
        if (mount is null)
            return;
        var present = disk.MountPoint(root);
        if (present.Length < mount.Length)
            throw new MountMissingException($"nothing is mounted at {mount}: '{root}' is a folder of {present} now, and nothing is written through to that");
    }

    private static void Prepare(IDisk disk, string root, string path, string? mount)
    {
        var folder = System.IO.Path.GetDirectoryName(path)!;
        try
        {
            EnsureMounted(disk, root, mount);
            disk.PrepareFolder(root, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecordingException(RecordingRefusal.NoAccess, $"The folder '{folder}' cannot be written: {e.Message} Check its rights and the disk, or set another StorageDir.", e);
        }
    }
}

/// <summary>Paths that active recordings of this process write, so that two never take the same one. Safe for use by any thread.</summary>
public sealed class FileClaims
{
    private readonly ConcurrentDictionary<string, byte> _paths = new(StringComparer.OrdinalIgnoreCase);

    internal bool TryTake(string path) => _paths.TryAdd(path, 0);

    internal void Release(string path) => _paths.TryRemove(path, out _);
}
