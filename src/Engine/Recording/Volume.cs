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
    private readonly WorkThread _writes;
    private readonly WorkThread _syncs;
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
        _writes = new WorkThread("writes " + name);
        _syncs = new WorkThread("syncs " + name);
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
                // What is not parted by a sync is done in one go: each hand-over to the thread and back costs more than the call.
                var end = start;
                while (end < operations.Count && !(withSyncs && operations[end].Kind == DiskOperationKind.Sync))
                    end++;
                if (end > start)
                    await _writes.RunAsync(() => Carry(file, operations, start, end));
                if (end < operations.Count)
                    await _syncs.RunAsync(() => Sync(file));
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
        T result = default!;
        await _writes.RunAsync(() => result = work());
        return result;
    }

    /// <summary>No more work is taken; the threads end when the queues are empty.</summary>
    public void Dispose()
    {
        _writes.Complete();
        _syncs.Complete();
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

    /// <summary>Writes and truncations; syncs among them are passed over.</summary>
    private static void Carry(IDiskFile file, IReadOnlyList<DiskOperation> operations, int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            if (operations[i].Kind != DiskOperationKind.Sync)
                Carry(file, operations[i]);
        }
    }

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
