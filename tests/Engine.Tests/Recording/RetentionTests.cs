using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Tests.Catalog;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class RetentionTests : IAsyncLifetime
{
    private const int Size = 1000;
    private readonly CatalogBench _bench = new();
    private readonly FileClaims _claims = new();
    private RecordingCatalog _catalog = null!;
    private Retention _retention = null!;

    private string Root => _bench.Folder["rec"];

    public async Task InitializeAsync()
    {
        _catalog = await _bench.OpenAsync();
        _retention = new Retention(_catalog, _claims, SystemDisk.Instance, _bench.Time, NullLogger.Instance);
        Directory.CreateDirectory(Root);
    }

    public async Task DisposeAsync()
    {
        await _catalog.DisposeAsync();
        _bench.Dispose();
    }

    [Fact]
    public async Task What_is_older_goes_what_is_younger_stays()
    {
        await RecordAsync("a");
        await RecordAsync("b");
        _bench.Time.Advance(TimeSpan.FromDays(30));
        await RecordAsync("c");
        (await PlannedAsync(new RetentionPolicy { Age = TimeSpan.FromDays(30) })).ShouldBe(["a", "b"]);
        (await PlannedAsync(new RetentionPolicy { Age = TimeSpan.FromDays(31) })).ShouldBeEmpty();
        (await PlannedAsync(new RetentionPolicy())).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_oldest_go_until_the_quota_is_kept()
    {
        foreach (var name in new[] { "a", "b", "c", "d" })
            await RecordAsync(name);
        (await PlannedAsync(new RetentionPolicy { Quota = 4 * Size })).ShouldBeEmpty();
        (await PlannedAsync(new RetentionPolicy { Quota = (2 * Size) + 1 })).ShouldBe(["a", "b"]);
        (await PlannedAsync(new RetentionPolicy { Quota = 2 * Size })).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task The_oldest_go_while_free_space_is_lacking()
    {
        await RecordAsync("a");
        await RecordAsync("b");
        (await PlannedAsync(new RetentionPolicy { FreeSpace = 1 })).ShouldBeEmpty();
        (await PlannedAsync(new RetentionPolicy { FreeSpace = long.MaxValue / 2 })).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task The_protected_the_active_the_foreign_and_the_linked_stay()
    {
        var kept = await RecordAsync("protected");
        await _catalog.SetLabelAsync(kept, Retention.ProtectedLabel, "true");
        await RecordAsync("active", CatalogState.Writing);
        await RecordAsync("unannounced", CatalogState.Closed);
        await RecordAsync("outside", path: _bench.Folder["outside.mp4"]);
        await RecordAsync("above", path: Path.Combine(Root, "..", "above.mp4"));
        await RecordAsync("beside", path: Root + "2.mp4");
        await RecordAsync("other", application: "other");
        Directory.CreateSymbolicLink(Path.Combine(Root, "link"), _bench.Folder.Path);
        await RecordAsync("linked", path: Path.Combine(Root, "link", "linked.mp4"));
        File.Delete(FileOf("gone", await RecordAsync("gone")));
        await RecordAsync("last");
        _bench.Time.Advance(TimeSpan.FromDays(1));
        (await PlannedAsync(new RetentionPolicy { Age = TimeSpan.FromHours(1) })).ShouldBe(["last"]);
    }

    [Fact]
    public async Task A_file_that_is_gone_on_with_stays()
    {
        await RecordAsync("cam");
        await RecordAsync("cam", CatalogState.Writing);
        _bench.Time.Advance(TimeSpan.FromDays(1));
        (await PlannedAsync(new RetentionPolicy { Age = TimeSpan.FromHours(1) })).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_catalog_tells_what_was_removed_and_why()
    {
        await RecordAsync("a");
        _bench.Time.Advance(TimeSpan.FromDays(2));
        var removal = (await _retention.PlanAsync(Scope(new RetentionPolicy { Age = TimeSpan.FromDays(1) }), default)).ShouldHaveSingleItem();
        (await _retention.RemoveAsync(removal)).ShouldBeTrue();
        File.Exists(removal.File.Path).ShouldBeFalse();
        var row = (await _catalog.FileAsync(removal.File.Id))!;
        row.State.ShouldBe(CatalogState.Removed);
        row.Validation!.ShouldContain("retentionAge");
        (await _catalog.BytesOfAsync("live")).ShouldBe(0);
    }

    [Fact]
    public async Task A_file_in_use_is_left_and_an_interrupted_removal_is_completed()
    {
        await RecordAsync("a");
        _bench.Time.Advance(TimeSpan.FromDays(2));
        var scope = Scope(new RetentionPolicy { Age = TimeSpan.FromDays(1) });
        var removal = (await _retention.PlanAsync(scope, default)).ShouldHaveSingleItem();
        _claims.TryTake(removal.File.Path);
        (await _retention.RemoveAsync(removal)).ShouldBeFalse();
        (await _catalog.FileAsync(removal.File.Id))!.State.ShouldBe(CatalogState.Done);
        _claims.Release(removal.File.Path);

        await _catalog.MoveFileAsync(removal.File.Id, CatalogState.Garbage);
        await _retention.ResumeAsync(scope, default);
        (await _catalog.FileAsync(removal.File.Id))!.State.ShouldBe(CatalogState.Removed);
        File.Exists(removal.File.Path).ShouldBeFalse();
    }

    private string FileOf(string name, Guid recording) => recording == Guid.Empty ? "" : Path.Combine(Root, name + ".mp4");

    private RetentionScope Scope(RetentionPolicy policy) => new("live", _ => Root, policy);

    private async Task<string[]> PlannedAsync(RetentionPolicy policy) =>
        [.. (await _retention.PlanAsync(Scope(policy), default)).Select(r => Path.GetFileNameWithoutExtension(r.File.Path))];

    private async Task<Guid> RecordAsync(string name, CatalogState state = CatalogState.Done, string application = "live", string? path = null)
    {
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        path ??= Path.Combine(Root, name + ".mp4");
        await File.WriteAllBytesAsync(path, new byte[Size]);
        var recording = _bench.Recording(name, application, CatalogState.Writing);
        var file = _bench.File(recording.Id, path: path);
        await _catalog.CreateRecordingAsync(recording);
        await _catalog.OpenFileAsync(file);
        if (state == CatalogState.Writing)
            return recording.Id;
        await _catalog.CloseFileAsync(new FileClosing(file.Id, Size, TimeSpan.FromSeconds(1), _bench.Time.GetUtcNow()));
        if (state == CatalogState.Done)
        {
            foreach (var next in new[] { CatalogState.Validated, CatalogState.Announced, CatalogState.Done })
                await _catalog.MoveFileAsync(file.Id, next);
        }

        await _catalog.MoveRecordingAsync(recording.Id, CatalogState.Closing);
        await _catalog.MoveRecordingAsync(recording.Id, CatalogState.Closed, new RecordingEnding(RecordingEndReason.StreamEnded, null));
        return recording.Id;
    }
}
