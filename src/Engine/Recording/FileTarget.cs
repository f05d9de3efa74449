using Microsoft.Win32.SafeHandles;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// The file a recording is going to write: its path, held against other recordings of this process, and how it comes into being. A new
/// file is always made exclusively: no existing file is ever opened for writing by accident, whoever made it.
/// </summary>
internal sealed class FileTarget : IDisposable
{
    private readonly FileClaims _claims;
    private readonly ExistingFile _existing;
    private bool _hasTwoNames;

    private FileTarget(FileClaims claims, FileNames names, ExistingFile existing, string path, int version, bool continues = false, bool replacesOlder = false)
    {
        _claims = claims;
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
    /// <exception cref="RecordingException">It cannot be written, or another recording writes it.</exception>
    public static FileTarget Claim(FileClaims claims, FileNames names, ExistingFile existing)
    {
        if (names.Refusal is { } refusal)
            throw new RecordingException(RecordingRefusal.BadName, refusal);
        var plain = names.Plain;
        var first = plain ?? names.Candidate(0);
        // A name that depends on the tracks may change once more: no folder is left behind under the present one.
        Prepare(names.Root, names.DependsOnTracks ? System.IO.Path.Combine(names.Root, "x") : first);
        if (existing != ExistingFile.Version)
        {
            var number = existing == ExistingFile.Append && plain is null && names.Counts ? Math.Max(0, FirstFree(names.Candidate, 0) - 1) : 0;
            var path = plain ?? names.Candidate(number);
            if (!claims.TryTake(path))
                throw new RecordingException(RecordingRefusal.FileInUse, $"Another recording is writing '{path}'; stop it first, or record with versions.");
            var continues = existing == ExistingFile.Append && File.Exists(path) && new FileInfo(path).Length > 0;
            return new FileTarget(claims, names, existing, path, plain is null ? number : -1, continues);
        }

        if (plain is not null && (names.RenamesOlder || !Exists(plain)) && claims.TryTake(plain))
            return new FileTarget(claims, names, existing, plain, -1, replacesOlder: names.RenamesOlder);
        var (free, version) = NextFree(claims, names, 0);
        return new FileTarget(claims, names, existing, free, version);
    }

    /// <summary>The file that follows this one in the same recording.</summary>
    /// <param name="names">As they are now.</param>
    public FileTarget ClaimNext(FileNames names)
    {
        var from = names.Counts || names.Candidate(0) == Names.Candidate(0) ? Version + 1 : 0;
        if (_existing == ExistingFile.Overwrite && names.AreParts && names.Candidate(from) is var part && _claims.TryTake(part))
            return new FileTarget(_claims, names, ExistingFile.Overwrite, part, from);
        var (path, version) = NextFree(_claims, names, from);
        Prepare(names.Root, path);
        return new FileTarget(_claims, names, ExistingFile.Version, path, version);
    }

    /// <summary>This target under the name that it has now that more is known; this one when that is no other.</summary>
    public FileTarget Settle(FileNames names)
    {
        if (names.Candidate(0) == Names.Candidate(0) && names.Plain == Names.Plain)
        {
            Prepare(names.Root, Path);
            return this;
        }

        var settled = Claim(_claims, names, _existing);
        _claims.Release(Path);
        Prepare(names.Root, settled.Path);
        return settled;
    }

    /// <summary>
    /// First step of making room: the older file gets a second name. Null when there is none, or when it cannot be renamed: then the new file takes
    /// the next free name. Called on the volume's thread.
    /// </summary>
    public string? NameOlder()
    {
        if (!ReplacesOlder || !Exists(Path))
            return null;
        for (var number = FirstFree(Names.Older, Names.OlderFrom); ; number++)
        {
            var older = Names.Older(number);
            if (Exists(older) || !_claims.TryTake(older))
                continue;
            try
            {
                _hasTwoNames = HardLink.MakeOrMove(Path, older);
                _claims.Move(Path, older);
                return older;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && Exists(older))
            {
                _claims.Release(older); // somebody was faster
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _claims.Release(older);
                return null;
            }
        }
    }

    /// <summary>Second step: its first name is free. Before it, the file has two names; whoever looks finds it by either.</summary>
    public void ReleaseName(string older)
    {
        if (_hasTwoNames)
            File.Delete(Path);
        _claims.Release(older);
    }

    /// <summary>Makes the file. Called on the volume's thread with the first media.</summary>
    public SafeFileHandle Create()
    {
        // An empty file has nothing to go on with: it is replaced.
        if (_existing == ExistingFile.Overwrite || (_existing == ExistingFile.Append && new FileInfo(Path) is { Exists: true, Length: 0 }))
            File.Delete(Path);
        while (true)
        {
            try
            {
                return File.OpenHandle(Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
            }
            catch (IOException) when (_existing == ExistingFile.Version && Exists(Path))
            {
                // Somebody else made a file of this name meanwhile: theirs stays, ours takes the next.
                _claims.Release(Path);
                (Path, Version) = NextFree(_claims, Names, Version + 1);
            }
        }
    }

    public void Dispose() => _claims.Release(Path);

    private static (string Path, int Version) NextFree(FileClaims claims, FileNames names, int from)
    {
        for (var version = FirstFree(names.Candidate, from); ; version++)
        {
            var path = names.Candidate(version);
            if (Exists(path) || !claims.TryTake(path))
                continue;
            return (path, version);
        }
    }

    /// <summary>A free number whose predecessor is taken. Doubling steps, then halving them: a folder with 100,000 versions costs 34 looks; with gaps it may end in one.</summary>
    private static int FirstFree(Func<int, string> path, int from)
    {
        int step = 1, low = from;
        while (Exists(path(low + step - 1)))
        {
            low += step;
            step *= 2;
        }

        var free = low + step - 1;
        while (low < free)
        {
            var middle = low + ((free - low) / 2);
            if (Exists(path(middle)))
                low = middle + 1;
            else
                free = middle;
        }

        return free;
    }

    private static bool Exists(string path) => System.IO.Path.Exists(path) || new FileInfo(path).LinkTarget is not null;

    private static void Prepare(string root, string path)
    {
        var folder = System.IO.Path.GetDirectoryName(path)!;
        root = System.IO.Path.GetFullPath(root); // as the path is
        try
        {
            Directory.CreateDirectory(root);
            // Below the root a link could lead anywhere: no folder of a recording may be one.
            for (var part = folder; part.Length > System.IO.Path.TrimEndingDirectorySeparator(root).Length; part = System.IO.Path.GetDirectoryName(part)!)
            {
                if (new DirectoryInfo(part).LinkTarget is not null)
                    throw new RecordingException(RecordingRefusal.NoAccess, $"'{part}' is a link; recordings are not written through links below the storage directory.");
            }

            Directory.CreateDirectory(folder);
            var probe = System.IO.Path.Combine(folder, "." + Guid.NewGuid().ToString("N"));
            using (File.OpenHandle(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecordingException(RecordingRefusal.NoAccess, $"The folder '{folder}' cannot be written: {e.Message} Check its rights and the disk, or set another StorageDir.", e);
        }
    }
}
