using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>Where the files of a recording come into being: the disk, what must be mounted there, and the names that others hold. Its calls block.</summary>
/// <param name="Claims">Of the process.</param>
/// <param name="Disk">Below the storage directory.</param>
/// <param name="Mount">The mount point that must be there whenever something is made; null: any.</param>
internal sealed record FilePlace(FileClaims Claims, IDisk Disk, string? Mount)
{
    /// <summary>A folder whose disk is not mounted is a folder of the disk below: nothing is written there.</summary>
    public void EnsureMounted(string root)
    {
        if (Mount is null)
            return;
        var present = Disk.MountPoint(root);
        if (present.Length < Mount.Length)
            throw new MountMissingException($"nothing is mounted at {Mount}: '{root}' is a folder of {present} now, and nothing is written through to that");
    }

    /// <summary>Makes a folder and sees that files can be made in it.</summary>
    /// <exception cref="IOException">They cannot.</exception>
    public void Probe(string root, string folder)
    {
        EnsureMounted(root);
        Disk.PrepareFolder(root, folder);
    }

    /// <summary>The same, told to who asked for the recording.</summary>
    /// <exception cref="RecordingException">They cannot.</exception>
    public void Prepare(string root, string folder)
    {
        try
        {
            Probe(root, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecordingException(RecordingRefusal.NoAccess, $"The folder '{folder}' cannot be written: {e.Message} Check its rights and the disk, or set another StorageDir.", e);
        }
    }

    /// <summary>Takes the first candidate that nobody has, on the disk or in this process.</summary>
    public (string Path, int Version) TakeFree(FileNames names, int from)
    {
        for (var version = FirstFree(names.Candidate, from); ; version++)
        {
            var path = names.Candidate(version);
            if (Disk.Exists(path) || !Claims.TryTake(path))
                continue;
            return (path, version);
        }
    }

    /// <summary>A free number whose predecessor is taken. Doubling steps, then halving them: a folder with 100,000 versions costs 34 looks; with gaps it may end in one.</summary>
    public int FirstFree(Func<int, string> path, int from)
    {
        int step = 1, low = from;
        while (Disk.Exists(path(low + step - 1)))
        {
            low += step;
            step *= 2;
        }

        var free = low + step - 1;
        while (low < free)
        {
            var middle = low + ((free - low) / 2);
            if (Disk.Exists(path(middle)))
                low = middle + 1;
            else
                free = middle;
        }

        return free;
    }
}
