using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Tapedeck.Containers;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// A disk that recordings go to. All writes to it run one after the other on a thread of its own, so that a stalled disk holds up
/// neither the thread pool nor ingest; syncs, which may take long, run on a second one. A full queue makes recordings wait in their logs.
/// </summary>
public sealed class Volume : IDisposable
{
    private readonly BlockingCollection<Job> _writes;
    private readonly BlockingCollection<Job> _syncs;
    private readonly SemaphoreSlim _room;

    /// <summary>Starts the threads.</summary>
    /// <param name="name">For people: the mount point.</param>
    /// <param name="queueLength">Plans that may wait.</param>
    public Volume(string name, int queueLength)
    {
        Name = name;
        _room = new SemaphoreSlim(queueLength);
        _writes = [];
        _syncs = [];
        Run(_writes, "writes " + name);
        Run(_syncs, "syncs " + name);
    }

    /// <summary>Mount point.</summary>
    public string Name { get; }

    /// <summary>Carries out a plan, in order. Each write goes to the disk as one gather write.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="plan">What to do; must not change until this returns.</param>
    /// <param name="withSyncs">False: the plan's syncs are passed over.</param>
    /// <exception cref="IOException">An operation failed; none after it was carried out.</exception>
    public async Task ExecuteAsync(SafeFileHandle file, DiskPlan plan, bool withSyncs)
    {
        await _room.WaitAsync();
        try
        {
            var operations = plan.Operations;
            for (var start = 0; start < operations.Count;)
            {
                var end = start;
                while (end < operations.Count && operations[end].Kind != DiskOperationKind.Sync)
                    end++;
                if (end > start)
                    await RunAsync(_writes, new Job(file, operations, start, end));
                if (end < operations.Count && withSyncs)
                    await RunAsync(_syncs, new Job(file, operations, end, end + 1));
                start = end + 1;
            }
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>Runs something that touches this disk (open, delete, look) where it cannot hold up anybody else.</summary>
    public async Task<T> RunAsync<T>(Func<T> work)
    {
        var job = new Job(work: () => work());
        await RunAsync(_writes, job);
        return (T)job.Result!;
    }

    /// <summary>No more work is taken; the threads end when the queues are empty.</summary>
    public void Dispose()
    {
        _writes.CompleteAdding();
        _syncs.CompleteAdding();
    }

    /// <summary>Carries out a whole plan on the calling thread, syncs included: for commands and repairs.</summary>
    /// <exception cref="IOException">An operation failed; none after it was carried out.</exception>
    public static void CarryOut(SafeFileHandle file, DiskPlan plan)
    {
        foreach (var operation in plan.Operations)
            Carry(file, operation);
        RandomAccess.FlushToDisk(file);
    }

    private static void Carry(SafeFileHandle file, DiskOperation operation)
    {
        switch (operation.Kind)
        {
            case DiskOperationKind.Write:
                Write(file, operation);
                break;
            case DiskOperationKind.Sync:
                RandomAccess.FlushToDisk(file);
                break;
            case DiskOperationKind.Truncate:
                RandomAccess.SetLength(file, operation.Offset);
                break;
        }
    }

    private static void Write(SafeFileHandle file, DiskOperation operation)
    {
        try
        {
            RandomAccess.Write(file, operation.Buffers, operation.Offset);
        }
        catch (ArgumentOutOfRangeException e)
        {
            // .NET's word for EFBIG.
            throw new IOException("the file would be larger than the file system, or a limit of the system, allows.", e);
        }
    }

    private static Task RunAsync(BlockingCollection<Job> queue, Job job)
    {
        queue.Add(job);
        return job.Done.Task;
    }

    private static void Run(BlockingCollection<Job> queue, string name)
    {
        var thread = new Thread(() =>
        {
            foreach (var job in queue.GetConsumingEnumerable())
                job.Execute();
        })
        {
            IsBackground = true,
            Name = name,
        };
        thread.Start();
    }

    private sealed class Job(SafeFileHandle? file = null, IReadOnlyList<DiskOperation>? operations = null, int start = 0, int end = 0, Func<object?>? work = null)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public object? Result { get; private set; }

        public void Execute()
        {
            try
            {
                Result = work?.Invoke();
                for (var i = start; i < end; i++)
                    Carry(file!, operations![i]);
                Done.SetResult();
            }
            catch (Exception e)
            {
                Done.SetException(e);
            }
        }
    }
}

/// <summary>The volumes of this host, one for each mount point that something is recorded to.</summary>
public sealed class VolumeSet(RecordingSettings settings) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Volume>> _volumes = new(StringComparer.Ordinal);

    /// <summary>The volume that holds a path.</summary>
    public Volume For(string path)
    {
        var mount = MountPoint(Path.GetFullPath(path));
        return _volumes.GetOrAdd(mount, m => new Lazy<Volume>(() => new Volume(m, settings.VolumeQueue))).Value;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var volume in _volumes.Values)
            volume.Value.Dispose();
    }

    private static string MountPoint(string path)
    {
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
