namespace Tapedeck.Engine.Recording;

/// <summary>
/// Paths that active recordings of this process write, so that two never take the same one, and closed files that somebody still has to look at, so that
/// he finds them when they were renamed. Safe for use by any thread.
/// </summary>
public sealed class FileClaims
{
    private readonly HashSet<string> _paths = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<FollowedFile> _followed = [];
    private readonly Lock _gate = new();

    internal bool TryTake(string path)
    {
        lock (_gate)
            return _paths.Add(path);
    }

    internal void Release(string path)
    {
        lock (_gate)
            _paths.Remove(path);
    }

    /// <summary>Keeps track of a closed file until disposed.</summary>
    internal FollowedFile Follow(string path)
    {
        var file = new FollowedFile(this, path);
        lock (_gate)
            _followed.Add(file);
        return file;
    }

    internal void Forget(FollowedFile file)
    {
        lock (_gate)
            _followed.Remove(file);
    }

    /// <summary>A closed file has another name; its old one still leads to it and will soon not.</summary>
    internal void Move(string from, string to)
    {
        lock (_gate)
        {
            foreach (var file in _followed)
            {
                if (file.Path == from)
                    file.Path = to;
            }
        }
    }
}

/// <summary>A closed file, wherever it is.</summary>
internal sealed class FollowedFile(FileClaims claims, string path) : IDisposable
{
    private volatile string _path = path;

    /// <summary>Its path now.</summary>
    public string Path
    {
        get => _path;
        set => _path = value;
    }

    public void Dispose() => claims.Forget(this);
}
