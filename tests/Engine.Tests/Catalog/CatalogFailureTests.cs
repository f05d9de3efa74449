using Microsoft.Data.Sqlite;
using Tapedeck.Engine.Catalog;

namespace Tapedeck.Engine.Tests.Catalog;

public sealed class CatalogFailureTests : IDisposable
{
    private readonly CatalogBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_full_disk_makes_changes_wait_in_order_and_loses_none()
    {
        var full = false;
        // SQLite answers SQLITE_FULL when a file may not grow, just as for a full disk.
        _bench.OnOpened = s => s.Execute(full ? "PRAGMA max_page_count = 1" : "PRAGMA max_page_count = 1000000");
        await using var catalog = await _bench.OpenAsync();
        var session = await CatchSessionAsync(catalog);
        var first = _bench.Recording();
        await catalog.CreateRecordingAsync(first);

        full = true;
        session.Value.Execute("PRAGMA max_page_count = 1");
        var unavailable = CatalogBench.NextAsync(catalog);
        var files = Enumerable.Range(0, 500).Select(i => _bench.File(first.Id, i)).ToArray();
        var outcomes = await Task.WhenAll(files.Select(f => catalog.OpenFileAsync(f)));
        outcomes.ShouldContain(CatalogOutcome.Unavailable);
        (await unavailable).Reason!.ShouldContain("full");
        catalog.Availability.IsAvailable.ShouldBeFalse();
        // While it lasts, nobody waits, and what was written before is read.
        (await catalog.MoveRecordingAsync(first.Id, CatalogState.Writing)).ShouldBe(CatalogOutcome.Unavailable);
        (await catalog.RecordingAsync(first.Id))!.State.ShouldBe(CatalogState.Requested);

        var available = CatalogBench.NextAsync(catalog);
        full = false;
        _bench.Time.Advance(_bench.Settings.RetryLimit);
        (await available).IsAvailable.ShouldBeTrue();
        await catalog.SetLabelAsync(first.Id, "after", "all");
        (await catalog.FilesOfAsync(first.Id)).Select(f => f.Id).ShouldBe(files.Select(f => f.Id));
        (await catalog.RecordingAsync(first.Id))!.State.ShouldBe(CatalogState.Writing);
        catalog.Availability.ShouldBe(new CatalogAvailability(null, 0, 0));
        (await catalog.CheckAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unreadable_disk_at_the_start_is_tried_again()
    {
        var broken = true;
        _bench.OnOpen = () => broken ? new SqliteException("disk I/O error", 10) : null;
        await using var catalog = await _bench.OpenAsync();
        catalog.Availability.IsAvailable.ShouldBeFalse();
        var recording = _bench.Recording();
        (await catalog.CreateRecordingAsync(recording)).ShouldBe(CatalogOutcome.Unavailable);
        (await Should.ThrowAsync<CatalogException>(() => catalog.RecordingAsync(recording.Id))).Error.ShouldBe(CatalogError.Unavailable);

        var available = CatalogBench.NextAsync(catalog);
        broken = false;
        _bench.Time.Advance(_bench.Settings.RetryLimit);
        await available;
        (await catalog.RecordingAsync(recording.Id)).ShouldNotBeNull();
    }

    [Fact]
    public async Task The_file_counts_as_available_again_without_any_change()
    {
        var broken = true;
        _bench.OnOpen = () => broken ? new SqliteException("disk I/O error", 10) : null;
        await using var catalog = await _bench.OpenAsync();
        var available = CatalogBench.NextAsync(catalog);
        broken = false;
        _bench.Time.Advance(_bench.Settings.RetryLimit);
        (await available).IsAvailable.ShouldBeTrue();
    }

    [Fact]
    public async Task The_memory_for_changes_is_bounded()
    {
        _bench.Settings = new CatalogSettings { QueueLimit = 10 };
        var broken = true;
        _bench.OnOpen = () => broken ? new SqliteException("disk I/O error", 10) : null;
        var catalog = await _bench.OpenAsync();
        var outcomes = new List<CatalogOutcome>();
        for (var i = 0; i < 15; i++)
            outcomes.Add(await catalog.CreateRecordingAsync(_bench.Recording($"cam{i}")));
        outcomes.ShouldBe([.. Enumerable.Repeat(CatalogOutcome.Unavailable, 10), .. Enumerable.Repeat(CatalogOutcome.Lost, 5)]);
        (catalog.Availability with { Reason = null }).ShouldBe(new CatalogAvailability(null, 10, 5));

        var available = CatalogBench.NextAsync(catalog);
        broken = false;
        _bench.Time.Advance(_bench.Settings.RetryLimit);
        await available;
        (await catalog.FindRecordingsAsync(new CatalogQuery())).Rows.Count.ShouldBe(10);
        await catalog.DisposeAsync();
    }

    [Fact]
    public async Task A_disk_that_does_not_answer_holds_up_nobody()
    {
        _bench.Settings = new CatalogSettings { BusyTimeout = TimeSpan.FromMinutes(5) };
        await using var catalog = await _bench.OpenAsync();
        using var blocker = CatalogSession.OpenWriter(_bench.Path, _bench.Settings, _bench.Time);
        blocker.Execute("BEGIN IMMEDIATE");
        var unavailable = CatalogBench.NextAsync(catalog);
        var recording = _bench.Recording();
        var creation = catalog.CreateRecordingAsync(recording);
        while (!creation.IsCompleted)
        {
            _bench.Time.Advance(_bench.Settings.StallLimit);
            await Task.Yield();
        }

        (await creation).ShouldBe(CatalogOutcome.Unavailable);
        (await unavailable).Reason!.ShouldContain("not answered");
        var available = CatalogBench.NextAsync(catalog);
        blocker.Execute("COMMIT");
        await available;
        (await catalog.RecordingAsync(recording.Id)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_file_that_is_no_catalog_is_refused()
    {
        await File.WriteAllTextAsync(_bench.Path, new string('x', 5000));
        (await Should.ThrowAsync<CatalogException>(_bench.OpenAsync)).Error.ShouldBe(CatalogError.NotACatalog);
    }

    /// <summary>The writer's connection, got at by a change that does nothing else.</summary>
    private static async Task<StrongBox> CatchSessionAsync(RecordingCatalog catalog)
    {
        var box = new StrongBox();
        await catalog.ChangeAsync("nothing", s => box.Session = s);
        return box;
    }

    private sealed class StrongBox
    {
        public CatalogSession? Session { get; set; }

        public CatalogSession Value => Session!;
    }
}
