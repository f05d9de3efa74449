using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Tests.Catalog;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>Files that were closed, or given up, between their end and their announcement. Nobody's file but ours is ever mended.</summary>
public sealed class FileAnnouncerTests : IAsyncLifetime
{
    private readonly RecordingBench _bench = new();
    private readonly CatalogBench _data = new();
    private readonly FileInspector _inspector = new();
    private RecordingCatalog _catalog = null!;
    private RecordingEnvironment _environment = null!;
    private byte[] _good = [];

    public async Task InitializeAsync()
    {
        _catalog = await _data.OpenAsync();
        _environment = new RecordingEnvironment(_bench.Settings, _bench.Time, NullLogger.Instance, _bench, _ => { })
        {
            Claims = _bench.Claims,
            Inspector = _inspector,
            Journal = new RecordingJournal(_catalog, NullLogger.Instance),
        };
        await _bench.RecordTsAsync("good");
        _good = await File.ReadAllBytesAsync(_bench.Folder["good.ts"]);
        (await _inspector.CheckAsync(_bench.Folder["good.ts"], false, true, default)).ShouldBeEmpty();
    }

    public async Task DisposeAsync()
    {
        await _catalog.DisposeAsync();
        _inspector.Dispose();
        _data.Dispose();
        _bench.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_another_recording_writes_is_left_to_it_until_it_is_closed(bool wasGivenUp)
    {
        var path = _bench.Folder["cam.ts"];
        var torn = _good[..^100]; // ends in the middle of a packet, as while it is written
        await File.WriteAllBytesAsync(path, torn);
        (await _inspector.CheckAsync(path, false, true, default)).ShouldNotBeEmpty();
        _bench.Claims.TryTake(path).ShouldBeTrue();
        var (announcer, file, recorded) = await OpenAsync(path);
        if (wasGivenUp)
            announcer.AddBroken(file, _bench.Claims.Follow(path), recorded);
        else
            announcer.Add(file.Id, recorded, startsWithKeyFrame: false);

        for (var turn = 0; turn < 5; turn++) // one at a time: had it been mended, that would be over
            await _inspector.CheckAsync(_bench.Folder["good.ts"], false, true, default);
        announcer.Done.IsCompleted.ShouldBeFalse();
        (await File.ReadAllBytesAsync(path)).ShouldBe(torn);

        await File.WriteAllBytesAsync(path, _good);
        _bench.Claims.Release(path);
        await announcer.Done.WaitAsync(TimeSpan.FromSeconds(30));
        (await File.ReadAllBytesAsync(path)).ShouldBe(_good);
        _bench.Told[^1].ShouldBe("closed cam.ts");
        (await _catalog.FileAsync(file.Id))!.State.ShouldBe(CatalogState.Done);
        _bench.Claims.TryTake(path).ShouldBeTrue("it is free again");
    }

    [Fact]
    public async Task A_broken_file_is_mended_and_told()
    {
        var path = _bench.Folder["cam.ts"];
        await File.WriteAllBytesAsync(path, _good[..^100]);
        var (announcer, file, recorded) = await OpenAsync(path);
        announcer.Add(file.Id, recorded, startsWithKeyFrame: false);
        await announcer.Done.WaitAsync(TimeSpan.FromSeconds(30));
        _bench.Told[^1].ShouldBe("closed cam.ts");
        (await _inspector.CheckAsync(path, false, true, default)).ShouldBeEmpty();
        (await _catalog.FileAsync(file.Id))!.State.ShouldBe(CatalogState.Done);
    }

    [Fact]
    public async Task A_file_that_was_removed_is_not_looked_for_for_ever()
    {
        var path = _bench.Folder["gone.ts"];
        var (announcer, file, recorded) = await OpenAsync(path);
        announcer.AddBroken(file, _bench.Claims.Follow(path), recorded);
        await announcer.Done.WaitAsync(TimeSpan.FromSeconds(30));
        var row = (await _catalog.FileAsync(file.Id))!;
        row.State.ShouldBe(CatalogState.Failed);
        row.Validation.ShouldNotBeNull().ShouldContain("removed");
    }

    [Fact]
    public async Task A_file_whose_disk_is_unmounted_waits_for_it()
    {
        var path = _bench.Folder["cam.ts"];
        var disk = new MemoryDisk { Mount = "/" };
        var (announcer, file, recorded) = await OpenAsync(path, disk);
        announcer.AddBroken(file, _bench.Claims.Follow(path), recorded);
        await announcer.Done.WaitAsync(TimeSpan.FromSeconds(30));
        (await _catalog.FileAsync(file.Id))!.State.ShouldBe(CatalogState.Writing);
    }

    private async Task<(FileAnnouncer Announcer, RecordingFile File, RecordedFile Recorded)> OpenAsync(string path, MemoryDisk? disk = null)
    {
        var names = new FileNames(_bench.Folder.Path, "other", ".ts");
        var target = disk is null
            ? FileTarget.Claim(_bench.Claims, names, ExistingFile.Version)
            : FileTarget.Plan(_bench.Claims, names, ExistingFile.Version, disk, mount: "/mnt/rec");
        var recording = _bench.Prepare(new RecordingOptions { Format = RecordingFormat.MpegTs }, target);
        var format = ContainerFormat.Of(RecordingFormat.MpegTs);
        var file = new RecordingFile(target, format, new ContainerContext(_bench.Time.GetUtcNow(), default, false), _bench.Volume, Durability.None);
        await _environment.Journal.BeginAsync(recording, _bench.Time.GetUtcNow());
        await _environment.Journal.OpenFileAsync(recording, file.Id, 0, path, _bench.Time.GetUtcNow());
        var recorded = new RecordedFile(path, RecordingFormat.MpegTs, _good.Length, TimeSpan.FromSeconds(4), _bench.Time.GetUtcNow());
        return (new FileAnnouncer(recording, _environment), file, recorded);
    }
}
