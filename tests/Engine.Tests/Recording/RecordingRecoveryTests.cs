using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Tests.Catalog;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class RecordingRecoveryTests
{
    [Fact]
    public async Task A_file_that_was_renamed_after_it_was_listed_is_looked_at_under_its_new_name()
    {
        using var bench = new CatalogBench();
        await using var catalog = await bench.OpenAsync();
        using var inspector = new FileInspector();
        var recording = bench.Recording(state: CatalogState.Writing);
        await catalog.CreateRecordingAsync(recording);
        var (empty, renamed) = (bench.File(recording.Id, 0, bench.Folder["empty.mp4"]), bench.File(recording.Id, 1, bench.Folder["cam.mp4"]));
        await catalog.OpenFileAsync(empty);
        await catalog.OpenFileAsync(renamed);
        await File.WriteAllTextAsync(renamed.Path, "no film at all");

        // The first file is said to be empty: by then both are listed.
        var onFirst = new Once(() =>
        {
            File.Move(renamed.Path, bench.Folder["cam_1.mp4"]);
            _ = catalog.MoveFilesAsync(renamed.Path, bench.Folder["cam_1.mp4"]);
        });
        await new RecordingRecovery(catalog, new FileClaims(), inspector, (_, _) => new(Engine.Steps.StepPlan.Empty), bench.Time, onFirst).RunAsync(default);

        onFirst.IsDone.ShouldBeTrue();
        var row = (await catalog.FileAsync(renamed.Id))!;
        row.Path.ShouldBe(bench.Folder["cam_1.mp4"]);
        row.Validation.ShouldBe("cannot be read", "not 'nothing had been written', which holds for the old name");
    }

    [Fact]
    public async Task However_many_files_were_not_announced_all_are_and_their_recordings_are_done()
    {
        const int Count = CatalogQuery.MaximumPage + 5;
        using var bench = new CatalogBench();
        using var recorded = new RecordingBench();
        await recorded.RecordTsAsync("cam");
        await using var catalog = await bench.OpenAsync();
        using var inspector = new FileInspector();
        var changes = new List<Task>();
        for (var i = 0; i < Count; i++)
        {
            var recording = bench.Recording(state: CatalogState.Writing);
            changes.Add(catalog.CreateRecordingAsync(recording));
            var file = bench.File(recording.Id, path: recorded.Folder["cam.ts"]);
            changes.Add(catalog.OpenFileAsync(file));
            changes.Add(catalog.CloseFileAsync(new FileClosing(file.Id, 188, TimeSpan.Zero, bench.Time.GetUtcNow())));
            // Killed between any two of these.
            foreach (var state in ((CatalogState[])[CatalogState.Validated, CatalogState.Announced])[..(i % 3)])
                changes.Add(catalog.MoveFileAsync(file.Id, state));
            foreach (var state in ((CatalogState[])[CatalogState.Closing, CatalogState.Closed, CatalogState.Validated, CatalogState.Announced])[..(2 + (i % 3))])
                changes.Add(catalog.MoveRecordingAsync(recording.Id, state));
        }

        await Task.WhenAll(changes);
        await new RecordingRecovery(catalog, new FileClaims(), inspector, (_, _) => new(Engine.Steps.StepPlan.Empty), bench.Time, NullLogger.Instance).RunAsync(default);
        foreach (var state in (CatalogState[])[CatalogState.Closed, CatalogState.Validated, CatalogState.Announced])
        {
            (await catalog.FindFilesAsync(new CatalogQuery { State = state })).Rows.ShouldBeEmpty();
            (await catalog.FindRecordingsAsync(new CatalogQuery { State = state })).Rows.ShouldBeEmpty();
        }
    }

    /// <summary>Does something at the first line of the log.</summary>
    private sealed class Once(Action what) : ILogger
    {
        public bool IsDone { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsDone)
                return;
            IsDone = true;
            what();
        }
    }
}
