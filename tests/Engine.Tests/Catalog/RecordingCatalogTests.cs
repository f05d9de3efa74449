using Tapedeck.Engine.Catalog;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Catalog;

public sealed class RecordingCatalogTests : IDisposable
{
    private readonly CatalogBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_known_sqlite_runs() => RecordingCatalog.SqliteVersion.ShouldMatch(@"^3\.\d+\.\d+ \((system|bundled)\)$");

    [Fact]
    public async Task A_recording_goes_from_request_to_done()
    {
        var recording = _bench.Recording() with { Publisher = "anna@10.0.0.1", Request = Guid.NewGuid(), Labels = new Dictionary<string, string> { ["room"] = "7" } };
        var file = _bench.File(recording.Id) with { FirstMediaTime = TimeSpan.FromSeconds(1.5) };
        var hash = new byte[32];
        await using (var catalog = await _bench.OpenAsync())
        {
            await catalog.CreateRecordingAsync(recording);
            await catalog.MoveRecordingAsync(recording.Id, CatalogState.Waiting);
            await catalog.MoveRecordingAsync(recording.Id, CatalogState.Writing);
            (await catalog.OpenFileAsync(file)).ShouldBe(CatalogOutcome.Durable);
            catalog.Progress(file.Id, 500, TimeSpan.FromSeconds(1));
            await catalog.AddLedgerAsync(new LedgerEntry(Guid.NewGuid(), recording.Id, LedgerCause.Reconnect, _bench.Time.GetUtcNow())
            {
                File = file.Id, MediaTime = TimeSpan.FromMicroseconds(1_234_567), Length = TimeSpan.FromSeconds(3), Detail = "from 10.0.0.2",
            });
            (await catalog.FileAsync(file.Id))!.Bytes.ShouldBe(500);
            _bench.Time.Advance(TimeSpan.FromMinutes(1));
            await catalog.MoveRecordingAsync(recording.Id, CatalogState.Closing, new RecordingEnding(RecordingEndReason.StreamEnded));
            await catalog.CloseFileAsync(new FileClosing(file.Id, 1000, TimeSpan.FromSeconds(60), _bench.Time.GetUtcNow()));
            await catalog.MoveFileAsync(file.Id, CatalogState.Validated, new FileFinding { Validation = "ok", Sha256 = hash });
            await catalog.MoveRecordingAsync(recording.Id, CatalogState.Closed);
        }

        await using var reopened = await _bench.OpenAsync();
        var row = (await reopened.RecordingAsync(recording.Id))!;
        row.ShouldBe(new RecordingRow(recording.Id, recording.Address, "{}", "anna@10.0.0.1", recording.Request, CatalogState.Closed, RecordingEndReason.StreamEnded, null,
            recording.CreatedAt, recording.CreatedAt, recording.CreatedAt.AddMinutes(1), recording.CreatedAt.AddMinutes(1)));
        var found = (await reopened.FilesOfAsync(recording.Id)).ShouldHaveSingleItem();
        found.ShouldBe(new FileRow(file.Id, recording.Id, recording.Address, 0, file.Path, "mp4", CatalogState.Validated, 1000, TimeSpan.FromSeconds(60),
            file.StartedAt, file.StartedAt.AddMinutes(1), TimeSpan.FromSeconds(1.5), "ok", found.Sha256, file.StartedAt.AddMinutes(1)));
        found.Sha256.ShouldBe(hash);
        (await reopened.FindByPathAsync(file.Path)).ShouldHaveSingleItem().Id.ShouldBe(file.Id);
        (await reopened.LabelsOfAsync(recording.Id)).ShouldBe(new Dictionary<string, string> { ["room"] = "7" });
        var line = (await reopened.LedgerOfAsync(recording.Id)).ShouldHaveSingleItem();
        line.Cause.ShouldBe(LedgerCause.Reconnect);
        line.MediaTime.ShouldBe(TimeSpan.FromMicroseconds(1_234_567));
        (await reopened.CheckAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_change_may_come_twice()
    {
        await using var catalog = await _bench.OpenAsync();
        var recording = _bench.Recording();
        var file = _bench.File(recording.Id);
        var line = new LedgerEntry(Guid.NewGuid(), recording.Id, LedgerCause.Gap, _bench.Time.GetUtcNow());
        var request = new RecordingRequest(Guid.NewGuid(), recording.Address, "{}", true, _bench.Time.GetUtcNow());
        Func<Task<CatalogOutcome>>[] changes =
        [
            () => catalog.CreateRecordingAsync(recording),
            () => catalog.MoveRecordingAsync(recording.Id, CatalogState.Writing),
            () => catalog.OpenFileAsync(file),
            () => catalog.AddLedgerAsync(line),
            () => catalog.SetLabelAsync(recording.Id, "a", "b"),
            () => catalog.SaveRequestAsync(request),
            () => catalog.CloseFileAsync(new FileClosing(file.Id, 1, TimeSpan.Zero, _bench.Time.GetUtcNow())),
            () => catalog.RenameFileAsync(file.Id, "/elsewhere.mp4"),
            () => catalog.MoveFileAsync(file.Id, CatalogState.Quarantined),
            () => catalog.MoveFileAsync(file.Id, CatalogState.Garbage),
            () => catalog.RemoveFileAsync(file.Id),
            () => catalog.MoveRecordingAsync(recording.Id, CatalogState.Failed, new RecordingEnding(RecordingEndReason.WriteFailed, "disk full")),
            () => catalog.MoveRecordingAsync(recording.Id, CatalogState.Garbage),
            () => catalog.RemoveRecordingAsync(recording.Id),
            () => catalog.RemoveRequestAsync(request.Id),
        ];
        foreach (var change in changes)
        {
            (await change()).ShouldBe(CatalogOutcome.Durable);
            (await change()).ShouldBe(CatalogOutcome.Durable);
        }

        (await catalog.RecordingAsync(recording.Id)).ShouldBeNull();
        (await catalog.LedgerOfAsync(recording.Id)).ShouldBeEmpty();
        (await catalog.RequestsAsync()).ShouldBeEmpty();
        (await catalog.CheckAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_contradicts_the_catalog_is_refused_and_harms_nothing_else_of_its_batch()
    {
        await using var catalog = await _bench.OpenAsync();
        var good = _bench.Recording();
        var nobody = Guid.NewGuid();
        var first = catalog.CreateRecordingAsync(good);
        Task<CatalogOutcome>[] bad =
        [
            catalog.OpenFileAsync(_bench.File(nobody)),
            catalog.MoveRecordingAsync(nobody, CatalogState.Writing),
            catalog.MoveFileAsync(nobody, CatalogState.Closed),
            catalog.RenameFileAsync(nobody, "x"),
            catalog.SetLabelAsync(nobody, "a", "b"),
            catalog.AddLedgerAsync(new LedgerEntry(Guid.NewGuid(), nobody, LedgerCause.Gap, _bench.Time.GetUtcNow())),
            catalog.RemoveRecordingAsync(good.Id),
            catalog.MoveFileAsync(nobody, CatalogState.Validated, new FileFinding { Sha256 = [1] }),
        ];
        var last = catalog.OpenFileAsync(_bench.File(good.Id));
        foreach (var task in bad)
            await task.ShouldThrowAsync<CatalogException>();
        (await first).ShouldBe(CatalogOutcome.Durable);
        (await last).ShouldBe(CatalogOutcome.Durable);
        await Should.ThrowAsync<ArgumentException>(() => catalog.CreateRecordingAsync(_bench.Recording(state: CatalogState.Done)));
    }

    [Fact]
    public async Task A_recording_with_files_is_not_removed()
    {
        await using var catalog = await _bench.OpenAsync();
        var recording = _bench.Recording();
        await catalog.CreateRecordingAsync(recording);
        await catalog.OpenFileAsync(_bench.File(recording.Id));
        await catalog.MoveRecordingAsync(recording.Id, CatalogState.Failed);
        await catalog.MoveRecordingAsync(recording.Id, CatalogState.Garbage);
        (await catalog.RemoveRecordingAsync(recording.Id).ShouldThrowAsync<CatalogException>()).Error.ShouldBe(CatalogError.Conflict);
        (await catalog.CheckAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Progress_is_written_at_its_interval_and_never_after_the_end()
    {
        await using var catalog = await _bench.OpenAsync();
        var recording = _bench.Recording();
        var file = _bench.File(recording.Id);
        await catalog.CreateRecordingAsync(recording);
        await catalog.OpenFileAsync(file);
        for (var i = 1; i <= 1000; i++)
            catalog.Progress(file.Id, i, TimeSpan.FromSeconds(i));
        (await catalog.FileAsync(file.Id))!.Bytes.ShouldBe(0);
        _bench.Time.Advance(_bench.Settings.ProgressInterval);
        while ((await catalog.FileAsync(file.Id))!.Bytes != 1000)
            await Task.Yield();

        catalog.Progress(file.Id, 1500, TimeSpan.FromSeconds(1500));
        await catalog.CloseFileAsync(new FileClosing(file.Id, 2000, TimeSpan.FromSeconds(2000), _bench.Time.GetUtcNow()));
        catalog.Progress(file.Id, 1700, TimeSpan.FromSeconds(1700)); // came late
        await catalog.SetLabelAsync(recording.Id, "a", "b");
        (await catalog.FileAsync(file.Id))!.Bytes.ShouldBe(2000);
    }

    [Fact]
    public async Task Unfinished_comes_oldest_first_with_its_files()
    {
        await using var catalog = await _bench.OpenAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 4; i++)
        {
            var recording = _bench.Recording($"cam{i}");
            ids.Add(recording.Id);
            await catalog.CreateRecordingAsync(recording);
            await catalog.MoveRecordingAsync(recording.Id, CatalogState.Writing);
            for (var n = 0; n < 3; n++)
            {
                _bench.Time.Advance(TimeSpan.FromSeconds(1));
                var file = _bench.File(recording.Id, n);
                await catalog.OpenFileAsync(file);
                if (n < 2)
                    await catalog.CloseFileAsync(new FileClosing(file.Id, 1, TimeSpan.Zero, _bench.Time.GetUtcNow()));
            }
        }

        // Ended, while its last file never learned it; and one that is wholly over.
        await catalog.MoveRecordingAsync(ids[1], CatalogState.Failed);
        await catalog.MoveRecordingAsync(ids[3], CatalogState.Failed);
        await catalog.MoveFileAsync((await catalog.FilesOfAsync(ids[3]))[2].Id, CatalogState.Failed);

        var unfinished = await catalog.UnfinishedAsync();
        unfinished.Select(u => u.Recording.Id).ShouldBe([ids[0], ids[1], ids[2]]);
        unfinished.ShouldAllBe(u => u.Files.Count == 1 && u.Files[0].Sequence == 2);
    }

    [Fact]
    public async Task Requests_outlive_a_restart()
    {
        var request = new RecordingRequest(Guid.NewGuid(), new StreamAddress("live", "_definst_", "later"), """{"format":"mp4"}""", true, _bench.Time.GetUtcNow()) { Owner = "api" };
        await using (var catalog = await _bench.OpenAsync())
            await catalog.SaveRequestAsync(request);
        await using var reopened = await _bench.OpenAsync();
        await reopened.SaveRequestAsync(request with { KeepAlive = false });
        (await reopened.RequestsAsync()).ShouldBe([request with { KeepAlive = false }]);
    }

    [Fact]
    public async Task What_was_handed_over_before_the_end_is_written()
    {
        var recordings = Enumerable.Range(0, 5000).Select(i => _bench.Recording($"cam{i}")).ToArray();
        var catalog = await _bench.OpenAsync();
        var tasks = recordings.Select(catalog.CreateRecordingAsync).ToArray();
        await catalog.DisposeAsync();
        (await Task.WhenAll(tasks)).ShouldAllBe(o => o == CatalogOutcome.Durable);
        (await catalog.CreateRecordingAsync(_bench.Recording())).ShouldBe(CatalogOutcome.Lost);
    }

    [Fact]
    public async Task Two_readers_see_whole_transactions_while_the_writer_writes()
    {
        await using var catalog = await _bench.OpenAsync();
        var recording = _bench.Recording();
        await catalog.CreateRecordingAsync(recording);
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                _bench.Time.Advance(TimeSpan.FromMilliseconds(1));
                await catalog.OpenFileAsync(_bench.File(recording.Id, i));
            }
        });

        async Task ReadAsync()
        {
            var seen = 0;
            while (!writing.IsCompleted)
            {
                var files = await catalog.FilesOfAsync(recording.Id);
                files.Select(f => f.Sequence).ShouldBe(Enumerable.Range(0, files.Count)); // no hole, ever
                files.Count.ShouldBeGreaterThanOrEqualTo(seen);
                seen = files.Count;
            }
        }

        await Task.WhenAll(writing, Task.Run(ReadAsync), Task.Run(ReadAsync));
        (await catalog.FilesOfAsync(recording.Id)).Count.ShouldBe(500);
    }
}
