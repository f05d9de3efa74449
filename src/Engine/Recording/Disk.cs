namespace Tapedeck.Engine.Recording;

/// <summary>
/// What recordings ask of a file system. Everything that a recording writes passes through here, so that tests put disks below it that are full,
/// fail, stall or lose power. Calls block; a volume's threads make them.
/// </summary>
public interface IDisk
{
    /// <summary>Makes a file that must not exist.</summary>
    /// <exception cref="IOException">Something of that name exists, or the disk does not take it.</exception>
    IDiskFile Create(string path);

    /// <summary>Opens a regular file for reading and writing; not through a link.</summary>
    /// <exception cref="NotRegularException">It is none.</exception>
    /// <exception cref="IOException">It is not there, or the disk fails.</exception>
    IDiskFile Open(string path);

    /// <summary>Whether anything has that name, be it a link that leads nowhere.</summary>
    bool Exists(string path);

    /// <summary>Length in bytes of a regular file; null when there is none.</summary>
    long? Length(string path);

    /// <summary>Removes a file; one that is not there is no error.</summary>
    void Delete(string path);

    /// <summary>Gives a file, or a link, one more name; never replaces anything. Where the file system knows no second names it is moved: false.</summary>
    /// <exception cref="IOException">It cannot be done; the file is as it was.</exception>
    bool LinkOrMove(string path, string added);

    /// <summary>Takes the first of two names of a file away. Where that name leads to another file by now, or to none, nothing is done.</summary>
    void RemoveName(string path, string other);

    /// <summary>Makes a folder below the root and sees that files can be made in it.</summary>
    /// <exception cref="IOException">They cannot.</exception>
    /// <exception cref="Recordings.RecordingException">A link lies on the way.</exception>
    void PrepareFolder(string root, string folder);

    /// <summary>Bytes that may still be written where this path is, and bytes there are in all.</summary>
    DiskSpace Space(string path);

    /// <summary>The mount point that a path is on now.</summary>
    string MountPoint(string path);
}

/// <summary>An open file of an <see cref="IDisk"/>.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>In bytes.</summary>
    long Length { get; }

    /// <summary>One gather write.</summary>
    /// <param name="buffers">One after the other.</param>
    /// <param name="offset">Where the first begins, in bytes.</param>
    void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset);

    /// <summary>What was written is on the medium when this returns.</summary>
    void Sync();

    /// <summary>Cuts the file, or makes it longer.</summary>
    void SetLength(long length);

    /// <summary>A view from its beginning; to be disposed of before the file.</summary>
    Stream Read();
}

/// <summary>Room on a disk.</summary>
/// <param name="Free">Bytes that this process may still write.</param>
/// <param name="Total">Bytes of the whole file system.</param>
public readonly record struct DiskSpace(long Free, long Total);
