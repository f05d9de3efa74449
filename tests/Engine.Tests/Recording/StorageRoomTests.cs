using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Recording;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class StorageRoomTests : IDisposable
{
    private const long Mebibyte = 1 << 20;
    private readonly ManualTime _time = new();
    private readonly MemoryDisk _disk = new();
    private readonly Volume _volume;
    private readonly TempFolder _folder = new();

    public StorageRoomTests() => _volume = new Volume("/mnt/rec", 4, _disk);

    public void Dispose()
    {
        _volume.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Below_the_floor_nothing_is_written_until_there_is_a_little_more()
    {
        var room = Room(new StoragePolicy { FreeSpace = 100 * Mebibyte });
        _disk.Capacity = 100 * Mebibyte;
        await room.EnsureAsync(_volume);
        _disk.Capacity--;
        Next();
        (await RefusedAsync(room)).ShouldContain("/mnt/rec has 100.00 MiB free, recordings leave 100.00 MiB (storageFreeSpace)");
        _disk.Capacity = 104 * Mebibyte;
        Next();
        await RefusedAsync(room);
        _disk.Capacity = 105 * Mebibyte;
        await RefusedAsync(room); // looked at once a second
        Next();
        await room.EnsureAsync(_volume);
    }

    [Theory]
    [InlineData(8, 0.07, false)]
    [InlineData(8, 0.09, true)]
    [InlineData(1_000_000, 255, false)]
    [InlineData(1_000_000, 257, true)]
    public async Task The_floor_of_the_settings_is_at_most_a_hundredth_of_a_small_disk(long total, double free, bool isEnough)
    {
        var disk = new FixedSpace((long)(free * Mebibyte), total * Mebibyte);
        using var volume = new Volume("v", 4, disk);
        var refused = await Record.ExceptionAsync(async () => await Room(new StoragePolicy()).EnsureAsync(volume));
        (refused is null).ShouldBe(isEnough);
    }

    [Fact]
    public async Task A_quota_counts_what_was_written_since_it_was_counted()
    {
        var room = Room(new StoragePolicy { Quota = 1000, FreeSpace = 0 });
        room.Used(5000); // not counted yet: nobody knows
        await room.EnsureAsync(_volume);
        room.Count(900);
        room.Used(100);
        Next();
        (await RefusedAsync(room)).ShouldContain("storageQuota");
        room.Count(500);
        Next();
        await room.EnsureAsync(_volume);
    }

    [Fact]
    public void A_directory_that_was_on_a_disk_of_its_own_belongs_to_it()
    {
        var memory = new MountMemory(_folder["mounts.json"], NullLogger.Instance);
        memory.Expect("/mnt/rec/app", "/").ShouldBe("/");
        memory.Expect("/mnt/rec/app", "/mnt/rec").ShouldBe("/mnt/rec");
        memory.Expect("/mnt/rec/app", "/").ShouldBe("/mnt/rec");
        var restarted = new MountMemory(_folder["mounts.json"], NullLogger.Instance);
        restarted.Expect("/mnt/rec/app", "/").ShouldBe("/mnt/rec");
        restarted.Expect("/elsewhere", "/").ShouldBe("/");
    }

    [Fact]
    public void A_memory_that_cannot_be_read_begins_anew()
    {
        File.WriteAllText(_folder["mounts.json"], "{ torn");
        new MountMemory(_folder["mounts.json"], NullLogger.Instance).Expect("/a", "/").ShouldBe("/");
    }

    private StorageRoom Room(StoragePolicy policy) => new("/mnt/rec/app", policy, new RecordingSettings(), _time);

    private void Next() => _time.Advance(TimeSpan.FromSeconds(1));

    private async Task<string> RefusedAsync(StorageRoom room) =>
        (await Should.ThrowAsync<NoRoomException>(async () => await room.EnsureAsync(_volume))).Message;

    private sealed class FixedSpace(long free, long total) : IDisk
    {
        public DiskSpace Space(string path) => new(free, total);

        public IDiskFile Create(string path) => throw new NotSupportedException();

        public IDiskFile Open(string path) => throw new NotSupportedException();

        public bool Exists(string path) => false;

        public long? Length(string path) => null;

        public void Delete(string path) { }

        public void RemoveName(string path, string other) => throw new NotSupportedException();

        public bool LinkOrMove(string path, string added) => throw new NotSupportedException();

        public void PrepareFolder(string root, string folder) { }

        public string MountPoint(string path) => "/";
    }
}
