using Tapedeck.Engine.Recording;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>What is about to be done to a disk.</summary>
public enum DiskCall
{
    Create,
    Open,
    Write,
    Sync,
    SetLength,
    Delete,
    PrepareFolder,
    Length,
    Link,
}

/// <summary>A disk in memory that can be full, fail, or stand still.</summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MemoryFile> _files = new(StringComparer.Ordinal);

    /// <summary>Called before everything that is done, on the volume's thread; may throw (the disk fails) or wait (it stalls).</summary>
    public Action<DiskCall, string> Before { get; set; } = (_, _) => { };

    /// <summary>Bytes of all files together; a write beyond takes what fits and fails.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>What every path is on.</summary>
    public string Mount { get; set; } = "/";

    public string[] Files
    {
        get
        {
            lock (_gate)
                return [.. _files.Keys.Order(StringComparer.Ordinal)];
        }
    }

    public byte[] Content(string path)
    {
        lock (_gate)
            return [.. _files[path].Bytes];
    }

    /// <summary>Takes a file away below the feet of who writes it.</summary>
    public void Vanish(string path)
    {
        lock (_gate)
            _files.Remove(path);
    }

    public static IOException Full() => new("No space left on device", 28);

    public IDiskFile Create(string path)
    {
        Before(DiskCall.Create, path);
        lock (_gate)
        {
            if (_files.ContainsKey(path))
                throw new IOException($"'{path}' exists.");
            return _files[path] = new MemoryFile(this, path);
        }
    }

    public IDiskFile Open(string path)
    {
        Before(DiskCall.Open, path);
        lock (_gate)
            return _files.GetValueOrDefault(path) ?? throw new FileNotFoundException($"There is no '{path}'.");
    }

    public bool Exists(string path)
    {
        lock (_gate)
            return _files.ContainsKey(path);
    }

    public long? Length(string path)
    {
        Before(DiskCall.Length, path);
        lock (_gate)
            return _files.GetValueOrDefault(path)?.Bytes.Count;
    }

    public void Delete(string path)
    {
        Before(DiskCall.Delete, path);
        Vanish(path);
    }

    /// <summary>False: files are moved instead.</summary>
    public bool KnowsLinks { get; set; } = true;

    public bool LinkOrMove(string path, string added)
    {
        Before(DiskCall.Link, path);
        lock (_gate)
        {
            if (!_files.TryGetValue(path, out var file) || !_files.TryAdd(added, file))
                throw new IOException($"'{path}' cannot be called '{added}'.");
            if (!KnowsLinks)
                _files.Remove(path);
            return KnowsLinks;
        }
    }

    public void RemoveName(string path, string other)
    {
        Before(DiskCall.Delete, path);
        lock (_gate)
        {
            if (_files.TryGetValue(path, out var file) && ReferenceEquals(file, _files.GetValueOrDefault(other)))
                _files.Remove(path);
        }
    }

    public void PrepareFolder(string root, string folder) => Before(DiskCall.PrepareFolder, folder);

    public DiskSpace Space(string path)
    {
        lock (_gate)
            return new DiskSpace(Capacity - Used, Capacity);
    }

    public string MountPoint(string path) => Mount;

    private long Used => _files.Values.Sum(f => (long)f.Bytes.Count);

    private sealed class MemoryFile(MemoryDisk disk, string path) : IDiskFile
    {
        public List<byte> Bytes { get; } = [];

        public long Length => Bytes.Count;

        public void Write(IReadOnlyList<ReadOnlyMemory<byte>> buffers, long offset)
        {
            disk.Before(DiskCall.Write, path);
            lock (disk._gate)
            {
                foreach (var buffer in buffers)
                {
                    var room = disk.Capacity - disk.Used + Math.Max(0, Bytes.Count - offset);
                    var bytes = buffer.Span[..(int)Math.Min(buffer.Length, Math.Max(0, room))];
                    Resize(Math.Max(Bytes.Count, offset + bytes.Length));
                    bytes.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Bytes)[(int)offset..]);
                    offset += bytes.Length;
                    if (bytes.Length < buffer.Length)
                        throw Full();
                }
            }
        }

        public void Sync() => disk.Before(DiskCall.Sync, path);

        public void SetLength(long length)
        {
            disk.Before(DiskCall.SetLength, path);
            lock (disk._gate)
                Resize(length);
        }

        public Stream Read() => new MemoryStream([.. Bytes]);

        public void Dispose() { }

        private void Resize(long length) => System.Runtime.InteropServices.CollectionsMarshal.SetCount(Bytes, checked((int)length));
    }
}
