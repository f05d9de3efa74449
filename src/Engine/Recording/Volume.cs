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
    /// <param name="disk">Null: the machine's.</param>
    public Volume(string name, int queueLength, IDisk? disk = null)
    {
        Name = name;
        Disk = disk ?? SystemDisk.Instance;
        _room = new SemaphoreSlim(queueLength);
        _writes = [];
        _syncs = [];
        Run(_writes, "writes " + name);
        Run(_syncs, "syncs " + name);
    }

    /// <summary>Mount point.</summary>
    public string Name { get; }

    /// <summary>Where the work is done; used by the volume's threads.</summary>
    public IDisk Disk { get; }

    /// <summary>Carries out a plan, in order. Each write goes to the disk as one gather write.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="plan">What to do; must not change until this returns.</param>
    /// <param name="withSyncs">False: the plan's syncs are passed over.</param>
    /// <exception cref="IOException">An operation failed; none after it was carried out.</exception>
    public async Task ExecuteAsync(IDiskFile file, DiskPlan plan, bool withSyncs)
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
    public static void CarryOut(IDiskFile file, DiskPlan plan)
    {
        foreach (var operation in plan.Operations)
            Carry(file, operation);
        Sync(file);
    }

    /// <inheritdoc cref="CarryOut(IDiskFile, DiskPlan)" />
    public static void CarryOut(SafeFileHandle file, DiskPlan plan) => CarryOut(new SystemFile(file), plan);

    private static void Carry(IDiskFile file, DiskOperation operation)
    {
        switch (operation.Kind)
        {
            case DiskOperationKind.Write:
                file.Write(operation.Buffers, operation.Offset);
                break;
            case DiskOperationKind.Sync:
                Sync(file);
                break;
            case DiskOperationKind.Truncate:
                file.SetLength(operation.Offset);
                break;
        }
    }

    private static void Sync(IDiskFile file)
    {
        try
        {
            file.Sync();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SyncFailedException(e);
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

    private sealed class Job(IDiskFile? file = null, IReadOnlyList<DiskOperation>? operations = null, int start = 0, int end = 0, Func<object?>? work = null)
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
/// <param name="settings">Section <c>recording</c>.</param>
/// <param name="disk">Null: the machine's.</param>
/// <param name="memory">Remembers mount points over restarts; null: nobody does.</param>
public sealed class VolumeSet(RecordingSettings settings, IDisk? disk = null, MountMemory? memory = null) : IDisposable
{
    private readonly IDisk _disk = disk ?? SystemDisk.Instance;
    private readonly ConcurrentDictionary<string, Lazy<Volume>> _volumes = new(StringComparer.Ordinal);

    /// <summary>The volume that holds a path, or should hold it.</summary>
    /// <param name="path">A storage directory.</param>
    /// <param name="mount">The mount point it must be on; null: where it was when something was recorded there last, as far as is known.</param>
    public Volume For(string path, string? mount = null)
    {
        mount ??= memory?.Expect(path, _disk.MountPoint(path)) ?? _disk.MountPoint(path);
        return _volumes.GetOrAdd(mount, m => new Lazy<Volume>(() => new Volume(m, settings.VolumeQueue, _disk))).Value;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var volume in _volumes.Values)
            volume.Value.Dispose();
    }
}
