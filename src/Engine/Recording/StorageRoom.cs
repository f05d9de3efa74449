using System.Globalization;

namespace Tapedeck.Engine.Recording;

/// <summary>How a storage directory may be filled.</summary>
public sealed record StoragePolicy
{
    /// <summary>Bytes of its volume that recordings leave free; null: as <see cref="RecordingSettings.FreeSpaceBytes"/> says.</summary>
    public long? FreeSpace { get; init; }

    /// <summary>Bytes that its recordings may have together; null: no limit.</summary>
    public long? Quota { get; init; }

    /// <summary>The mount point that it must be on; null: the one it was on before.</summary>
    public string? Mount { get; init; }

    /// <summary>False: whatever is mounted, or is not, is written to.</summary>
    public bool GuardsMount { get; init; } = true;
}

/// <summary>
/// Whether there is room for more in a storage directory: its volume has its floor of free space, the directory its quota. Looked at no more than
/// once a second, on the volume's thread. Safe for use by any task.
/// </summary>
internal sealed class StorageRoom(string directory, StoragePolicy policy, RecordingSettings settings, TimeProvider time)
{
    private const int SmallestShare = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly long Never = long.MinValue;

    private long _lookedAt = Never;
    private string? _refusal;
    private long _used = -1;

    /// <summary>Bytes that the recordings here have, counted by whoever knows; what is written later adds to it.</summary>
    public void Count(long used) => Volatile.Write(ref _used, used);

    /// <summary>So much was written.</summary>
    public void Used(long bytes)
    {
        if (Volatile.Read(ref _used) >= 0)
            Interlocked.Add(ref _used, bytes);
    }

    /// <exception cref="NoRoomException">Nothing more may be written now.</exception>
    public async ValueTask EnsureAsync(Volume volume)
    {
        var now = time.GetTimestamp();
        var last = Volatile.Read(ref _lookedAt);
        if (last == Never || time.GetElapsedTime(last, now) >= Interval)
        {
            Volatile.Write(ref _lookedAt, now);
            Volatile.Write(ref _refusal, await volume.RunAsync(() => Look(volume)));
        }

        if (Volatile.Read(ref _refusal) is { } refusal)
            throw new NoRoomException(refusal);
    }

    private string? Look(Volume volume)
    {
        if (policy.Quota is { } quota && Volatile.Read(ref _used) is var used && used >= quota)
            return $"the recordings in '{directory}' have {Text(used)}, their quota (storageQuota) is {Text(quota)}";
        if (policy.FreeSpace == 0 || (policy.FreeSpace is null && settings.FreeSpaceBytes == 0))
            return null;
        var space = volume.Disk.Space(directory);
        var floor = policy.FreeSpace ?? Math.Min(settings.FreeSpaceBytes, space.Total / SmallestShare);
        // Once below, it takes a little more to go on: recordings must not stop and go with every file that somebody deletes.
        var needed = _refusal is null ? floor : floor + (floor / 20);
        return space.Free >= needed
            ? null
            : $"{volume.Name} has {Text(space.Free)} free, recordings leave {Text(floor)} ({(policy.FreeSpace is null ? "recording.freeSpaceBytes" : "storageFreeSpace")})";
    }

    private static string Text(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.00} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.00} MiB");
}
