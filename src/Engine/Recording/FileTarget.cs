using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// The file a recording is going to write: its path, held against other recordings of this process, and how it comes into being. A new
/// file is always made exclusively: no existing file is ever opened for writing by accident, whoever made it.
/// </summary>
internal sealed partial class FileTarget : IDisposable
{
    private readonly FilePlace _place;
    private readonly ExistingFile _existing;

    private FileTarget(FilePlace place, FileNames names, ExistingFile existing, string path, int version, bool continues = false, bool replacesOlder = false)
    {
        _place = place;
        Names = names;
        _existing = existing;
        Path = path;
        Version = version;
        Continues = continues;
        ReplacesOlder = replacesOlder;
    }

    /// <summary>Absolute path. Changes only when a file of this name turns up between the claim and the first media.</summary>
    public string Path { get; private set; }

    /// <summary>Number of the candidate; -1 for the plain name where that is none.</summary>
    public int Version { get; private set; }

    /// <summary>What this file and the next ones may be called.</summary>
    public FileNames Names { get; }

    /// <summary>True when the file exists and is gone on with.</summary>
    public bool Continues { get; }

    /// <summary>True when an older file of this name gets another one before this file is made.</summary>
    public bool ReplacesOlder { get; }

    /// <summary>Finds the file for a new recording, makes its folders and checks that they can be written.</summary>
    /// <param name="claims">Of the process.</param>
    /// <param name="names">What it may be called.</param>
    /// <param name="existing">What to do when it exists.</param>
    /// <param name="disk">Null: the machine's.</param>
    /// <param name="mount">The mount point that must be there whenever something is made; null: any.</param>
    /// <exception cref="RecordingException">It cannot be written, or another recording writes it.</exception>
    public static FileTarget Claim(FileClaims claims, FileNames names, ExistingFile existing, IDisk? disk = null, string? mount = null) =>
        Claim(new FilePlace(claims, disk ?? SystemDisk.Instance, mount), names, existing);

    private static FileTarget Claim(FilePlace place, FileNames names, ExistingFile existing)
    {
        RefuseBad(names);
        var plain = names.Plain;
        var first = plain ?? names.Candidate(0);
        // A name that depends on the tracks may change once more: no folder is left behind under the present one.
        place.Prepare(names.Root, names.DependsOnTracks ? names.Root : FolderOf(first));
        if (existing != ExistingFile.Version)
        {
            var number = existing == ExistingFile.Append && plain is null && names.Counts ? Math.Max(0, place.FirstFree(names.Candidate, 0) - 1) : 0;
            var path = plain ?? names.Candidate(number);
            if (!place.Claims.TryTake(path))
                throw InUse(path);
            var continues = existing == ExistingFile.Append && place.Disk.Length(path) > 0;
            return new FileTarget(place, names, existing, path, plain is null ? number : -1, continues);
        }

        if (plain is not null && (names.RenamesOlder || !place.Disk.Exists(plain)) && place.Claims.TryTake(plain))
            return new FileTarget(place, names, existing, plain, -1, replacesOlder: names.RenamesOlder);
        var (free, version) = place.TakeFree(names, 0);
        var target = new FileTarget(place, names, existing, free, version);
        return names.DependsOnTracks || FolderOf(free) == FolderOf(first) ? target : target.Prepared();
    }

    /// <summary>
    /// The same without a look at the disk, which does not answer: what is there is looked at when the file is made, and the rules for names are kept then.
    /// A file that would be gone on with stays as it is; the new one gets the next name.
    /// </summary>
    /// <exception cref="RecordingException">The name is bad, or another recording writes it.</exception>
    public static FileTarget Plan(FileClaims claims, FileNames names, ExistingFile existing, IDisk disk, string? mount)
    {
        RefuseBad(names);
        var place = new FilePlace(claims, disk, mount);
        if (names.Plain is { } plain && claims.TryTake(plain))
            return new FileTarget(place, names, existing, plain, -1, replacesOlder: names.RenamesOlder && existing == ExistingFile.Version);
        if (names.Plain is { } taken && existing != ExistingFile.Version)
            throw InUse(taken);
        for (var version = 0; ; version++)
        {
            var path = names.Candidate(version);
            if (claims.TryTake(path))
                return new FileTarget(place, names, existing, path, version);
            if (existing != ExistingFile.Version)
                throw InUse(path);
        }
    }

    /// <summary>The file that follows this one in the same recording.</summary>
    /// <param name="names">As they are now.</param>
    public FileTarget ClaimNext(FileNames names)
    {
        _place.EnsureMounted(names.Root);
        var from = names.Counts || names.Candidate(0) == Names.Candidate(0) ? Version + 1 : 0;
        if (_existing == ExistingFile.Overwrite && names.AreParts && names.Candidate(from) is var part && _place.Claims.TryTake(part))
            return new FileTarget(_place, names, ExistingFile.Overwrite, part, from).Prepared();
        var (path, version) = _place.TakeFree(names, from);
        return new FileTarget(_place, names, ExistingFile.Version, path, version).Prepared();
    }

    /// <summary>This target under the name that it has now that more is known; this one when that is no other.</summary>
    public FileTarget Settle(FileNames names)
    {
        if (names.Candidate(0) == Names.Candidate(0) && names.Plain == Names.Plain)
        {
            _place.Prepare(Names.Root, FolderOf(Path));
            return this;
        }

        var settled = Claim(_place, names, _existing).Prepared();
        Dispose();
        return settled;
    }

    /// <summary>Makes the file. Called on the volume's thread with the first media.</summary>
    public IDiskFile Create()
    {
        EnsureMounted();
        // An empty file has nothing to go on with: it is replaced.
        if (_existing == ExistingFile.Overwrite || (_existing == ExistingFile.Append && _place.Disk.Length(Path) == 0))
            _place.Disk.Delete(Path);
        while (true)
        {
            try
            {
                return _place.Disk.Create(Path);
            }
            catch (IOException) when (_existing != ExistingFile.Overwrite && _place.Disk.Exists(Path))
            {
                TakeNext(); // somebody else made a file of this name meanwhile: theirs stays
            }
        }
    }

    /// <summary>Makes the file after that failed: its folders again, too, and at last under another name.</summary>
    /// <param name="otherName">The name itself may be what is wrong.</param>
    public IDiskFile CreateAgain(bool otherName)
    {
        Probe();
        if (otherName && _place.Disk.Exists(Path))
        {
            TakeNext();
            return _place.Disk.Create(Path);
        }

        return Create();
    }

    /// <summary>Removes it, if it is empty: by now another program may have put something in its place.</summary>
    public void DeleteEmpty()
    {
        EnsureMounted();
        if (_place.Disk.Length(Path) == 0)
            _place.Disk.Delete(Path);
    }

    /// <exception cref="MountMissingException">Its disk is not there.</exception>
    public void EnsureMounted() => _place.EnsureMounted(Names.Root);

    /// <summary>Sees whether a file could be made beside this one.</summary>
    public void Probe() => _place.Probe(Names.Root, FolderOf(Path));

    public void Dispose()
    {
        _place.Claims.Release(Path);
        ForgetOlder();
    }

    /// <summary>This target with its folder; free again when that cannot be made, so that who asks again gets the same name.</summary>
    private FileTarget Prepared()
    {
        try
        {
            _place.Prepare(Names.Root, FolderOf(Path));
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private void TakeNext()
    {
        _place.Claims.Release(Path);
        (Path, Version) = _place.TakeFree(Names, Version + 1);
    }

    private static void RefuseBad(FileNames names)
    {
        if (names.Refusal is { } refusal)
            throw new RecordingException(RecordingRefusal.BadName, refusal);
    }

    private static string FolderOf(string path) => System.IO.Path.GetDirectoryName(path)!;

    private static RecordingException InUse(string path) =>
        new(RecordingRefusal.FileInUse, $"Another recording is writing '{path}'; stop it first, or record with versions.");
}
