using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;

namespace Tapedeck.Engine.Tests.Catalog;

/// <summary>The files as a killed process leaves them: copied by the writer itself, in the middle of its transactions.</summary>
public sealed class CatalogCrashTests : IDisposable
{
    private readonly CatalogBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Killed_within_any_batch_all_that_was_told_durable_is_there()
    {
        var random = new Random(20260102);
        _bench.Settings = new CatalogSettings { BatchLimit = 16 };
        var recording = _bench.Recording();
        var durable = new HashSet<Guid>();
        var copies = new List<(string Path, Guid[] Durable)>();
        var writer = new CatalogWriter(_bench.Path, _bench.Settings, _bench.Time, NullLogger.Instance, _ => { });
        await writer.Enqueue(new CatalogChange("recording", s => CatalogStatements.CreateRecording(s, recording)));
        for (var round = 0; round < 40; round++)
        {
            var tasks = new List<(Guid File, Task<CatalogOutcome> Task)>();
            var kill = random.Next(60);
            for (var i = 0; i < 60; i++)
            {
                if (i == kill)
                {
                    // Runs on the writer's thread within its transaction: nothing moves meanwhile.
                    _ = writer.Enqueue(new CatalogChange("kill", _ =>
                    {
                        lock (durable)
                            copies.Add((Copy(copies.Count), [.. durable]));
                    }));
                }

                var file = _bench.File(recording.Id, (round * 60) + i, new string('p', random.Next(1, 800)));
                tasks.Add((file.Id, writer.Enqueue(new CatalogChange("file", s => CatalogStatements.OpenFile(s, file, 0)))));
                if (random.Next(10) == 0)
                {
                    await tasks[^1].Task;
                    lock (durable)
                        durable.UnionWith(tasks.Where(t => t.Task.IsCompletedSuccessfully).Select(t => t.File));
                }
            }

            await Task.WhenAll(tasks.Select(t => t.Task));
            lock (durable)
                durable.UnionWith(tasks.Select(t => t.File));
        }

        await writer.DisposeAsync();
        copies.Count.ShouldBe(40);
        foreach (var (path, told) in copies)
            await CheckAsync(path, recording.Id, told);
    }

    [Fact]
    public async Task A_torn_log_costs_only_the_end()
    {
        var random = new Random(7);
        var recording = _bench.Recording();
        var order = new List<Guid>();
        string copy;
        await using (var catalog = await _bench.OpenAsync())
        {
            await catalog.CreateRecordingAsync(recording);
            for (var i = 0; i < 60; i++)
            {
                var file = _bench.File(recording.Id, i);
                order.Add(file.Id);
                await catalog.OpenFileAsync(file);
            }

            copy = Copy(0);
        }

        var log = await File.ReadAllBytesAsync(copy + "-wal");
        log.Length.ShouldBeGreaterThan(100_000);
        for (var i = 0; i < 40; i++)
        {
            var torn = Copy(100 + i, copy);
            var cut = random.Next(log.Length);
            // The power fails: the end is missing, or never reached the medium and reads as something else.
            var bytes = log[..(random.Next(2) == 0 ? cut : log.Length)];
            if (bytes.Length == log.Length)
                random.NextBytes(bytes.AsSpan(cut));
            await File.WriteAllBytesAsync(torn + "-wal", bytes);
            var bench = new CatalogSettings();
            await using var catalog = await RecordingCatalog.OpenAsync(torn, bench, _bench.Time, NullLogger.Instance);
            (await catalog.CheckAsync()).ShouldBeEmpty();
            var files = await catalog.FilesOfAsync(recording.Id);
            files.Select(f => f.Id).ShouldBe(order.Take(files.Count)); // in order, without a hole
        }
    }

    private async Task CheckAsync(string path, Guid recording, Guid[] told)
    {
        await using var catalog = await RecordingCatalog.OpenAsync(path, _bench.Settings, _bench.Time, NullLogger.Instance);
        (await catalog.CheckAsync()).ShouldBeEmpty();
        var found = (await catalog.FilesOfAsync(recording)).ToDictionary(f => f.Id);
        told.ShouldAllBe(id => found.ContainsKey(id));
        found.Values.Select(f => f.Sequence).Order().ShouldBe(Enumerable.Range(0, found.Count));
    }

    private string Copy(int number, string? from = null)
    {
        var to = _bench.Folder[$"copy{number}.db"];
        foreach (var suffix in new[] { "", "-wal" })
        {
            if (!File.Exists((from ?? _bench.Path) + suffix))
                continue;
            using var source = new FileStream((from ?? _bench.Path) + suffix, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var target = File.Create(to + suffix);
            source.CopyTo(target);
        }

        return to;
    }
}
