using Microsoft.Extensions.Logging;
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
