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
    private TaskCompletionSource? _released; // somebody waits for the next release

    internal bool TryTake(string path)
    {
        lock (_gate)
            return _paths.Add(path);
    }

    /// <summary>Takes a path as soon as nobody else has it.</summary>
    internal async Task TakeAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task released;
            lock (_gate)
            {
                if (_paths.Add(path))
                    return;
                released = (_released ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await released.WaitAsync(cancellationToken);
        }
    }

    internal void Release(string path)
    {
        lock (_gate)
        {
            _paths.Remove(path);
            _released?.SetResult();
            _released = null;
        }
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

    /// <summary>Waits until nobody writes the file, or renames it; until the result is disposed of, nobody begins to.</summary>
    public async Task<HeldFile> HoldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var path = Path;
            await claims.TakeAsync(path, cancellationToken);
            if (path == Path)
                return new HeldFile(claims, path);
            claims.Release(path);
        }
    }

    public void Dispose() => claims.Forget(this);
}

/// <summary>A path that nobody else may write.</summary>
internal sealed class HeldFile(FileClaims claims, string path) : IDisposable
{
    public void Dispose() => claims.Release(path);
}
