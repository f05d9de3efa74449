using System.Diagnostics;
using System.Globalization;
using Dapper;
using Tapedeck.Engine.Catalog;
using Xunit.Abstractions;

namespace Tapedeck.Engine.Tests.Catalog;

public sealed class CatalogSearchTests(ITestOutputHelper output) : IDisposable
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly CatalogBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task No_query_reads_a_table_from_end_to_end_or_sorts_it()
    {
        await using (await _bench.OpenAsync())
        {
        }

        using var session = CatalogSession.OpenReader(_bench.Path, _bench.Settings);
        foreach (var query in Shapes())
        {
            foreach (var (search, table) in new[] { (CatalogSearch.Files, "files"), (CatalogSearch.Recordings, "recordings") })
            {
                var (sql, parameters) = search.Build("*", query, labelLeads: false, stateLeads: false);
                ShouldWalkAnIndex(session, sql, parameters, table);
                if (query.State is not null)
                {
                    (sql, parameters) = search.Build("*", query, labelLeads: false, stateLeads: true);
                    ShouldWalkAnIndex(session, sql, parameters, table);
                }

                if (query.Label is not null)
                {
                    // Few rows by definition: these are sorted, but found by indexes alone.
                    (sql, parameters) = search.Build("*", query, labelLeads: true, stateLeads: false);
var plan = Plan(session, sql, parameters);
                    plan[0].ShouldContain("labels_by_value", customMessage: sql);
                    plan[1].ShouldContain(table == "files" ? "files_by_recording (recording=?" : "sqlite_autoindex_recordings_1 (id=?", customMessage: sql);
                }
            }
        }

        foreach (var sql in new[] { CatalogReaderSql.UnfinishedFiles, CatalogReaderSql.UnfinishedRecordings })
            Plan(session, sql, new DynamicParameters()).ShouldHaveSingleItem().ShouldContain("_unfinished");
        foreach (var sql in new[]
                 {
                     "SELECT * FROM files WHERE path = 'a' ORDER BY number DESC", "SELECT * FROM files WHERE recording = x'00' ORDER BY sequence",
                     "SELECT * FROM ledger WHERE recording = x'00' ORDER BY wall_ms, number", "SELECT * FROM labels WHERE recording = x'00'", "SELECT * FROM files WHERE id = x'00'",
                 })
            Plan(session, sql, new DynamicParameters()).ShouldHaveSingleItem().ShouldStartWith("SEARCH");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Pages_together_are_what_the_filters_say(int seed)
    {
        var random = new Random(seed);
        await using var catalog = await _bench.OpenAsync();
        var (recordings, files) = await FillAsync(catalog, 600, random);
        foreach (var shape in Shapes())
        {
            var query = shape with { Limit = random.Next(1, 60), OldestFirst = random.Next(2) == 0 };
            (await AllAsync(q => catalog.FindFilesAsync(q), query)).Select(f => f.Id)
                .ShouldBe(Expected(files, f => f.StartedAt, f => Fits(query, f.Address, f.State, f.StartedAt, recordings[f.Recording].Label), query).Select(f => f.Id));
            (await AllAsync(q => catalog.FindRecordingsAsync(q), query)).Select(r => r.Id)
                .ShouldBe(Expected(recordings.Values, r => r.New.CreatedAt, r => Fits(query, r.New.Address, r.State, r.New.CreatedAt, r.Label), query).Select(r => r.New.Id));
        }
    }

    [Theory]
    [InlineData("0-1")]
    [InlineData("-5-7")]
    [InlineData("1767225600000-123")]
    public void A_cursor_is_text_and_back(string text)
    {
        CatalogCursor.TryParse(text, out var cursor).ShouldBeTrue();
        cursor.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("5")]
    [InlineData("5-")]
    [InlineData("a-1")]
    [InlineData("5--1")]
    public void What_is_no_cursor_is_none(string? text) => CatalogCursor.TryParse(text, out _).ShouldBeFalse();

    /// <summary>A measurement rather than a test: TAPEDECK_CATALOG_FILES=1000000 shows figures; in the suite it is only kept from rotting.</summary>
    [Fact]
    public async Task Figures_at_size()
    {
        var size = int.Parse(Environment.GetEnvironmentVariable("TAPEDECK_CATALOG_FILES") ?? "3000", CultureInfo.InvariantCulture);
        var watch = Stopwatch.StartNew();
        Generate(size);
        await using var catalog = await _bench.OpenAsync();
        output.WriteLine($"SQLite {RecordingCatalog.SqliteVersion}: {size} files in {watch.Elapsed.TotalSeconds:0.0} s, {new FileInfo(_bench.Path).Length / 1048576} MiB");
        foreach (var query in Shapes())
        {
            foreach (var (what, find) in new (string, Func<CatalogQuery, Task>)[] { ("files", q => catalog.FindFilesAsync(q)), ("recordings", q => catalog.FindRecordingsAsync(q)) })
            {
                await find(query); // warm
                watch.Restart();
                for (var i = 0; i < 5; i++)
                    await find(query);
                output.WriteLine($"{watch.Elapsed.TotalMilliseconds / 5,9:0.00} ms  {what,-10} {query}");
            }
        }

        watch.Restart();
        (await catalog.FindByPathAsync("/rec/17.mp4")).ShouldNotBeEmpty();
        output.WriteLine($"{watch.Elapsed.TotalMilliseconds,9:0.00} ms  by path");
        watch.Restart();
        var unfinished = await catalog.UnfinishedAsync();
        output.WriteLine($"{watch.Elapsed.TotalMilliseconds,9:0.00} ms  unfinished: {unfinished.Count}");
        var recording = _bench.Recording();
        await catalog.CreateRecordingAsync(recording);
        watch.Restart();
        for (var i = 0; i < 100; i++)
            await catalog.OpenFileAsync(_bench.File(recording.Id, i));
        output.WriteLine($"{watch.Elapsed.TotalMilliseconds / 100,9:0.00} ms  a file's row, synced, one after the other");
        watch.Restart();
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => catalog.OpenFileAsync(_bench.File(recording.Id, 1000 + i))));
        output.WriteLine($"{watch.Elapsed.TotalMilliseconds,9:0.00} ms  a thousand at once");
    }

    private static IEnumerable<CatalogQuery> Shapes()
    {
        foreach (var name in Enumerable.Range(0, 6))
        {
            var places = new CatalogQuery
            {
                Application = name is 1 or 2 or 3 ? "app1" : null,
                Instance = name is 2 or 3 ? "_definst_" : null,
                Stream = name is 3 or 4 ? "cam7" : name == 5 ? "nobody" : null,
            };
            foreach (var state in new CatalogState?[] { null, CatalogState.Done, CatalogState.Quarantined })
            {
                foreach (var label in new KeyValuePair<string, string>?[] { null, new("env", "prod"), new("ticket", "42") })
                {
                    yield return places with { State = state, Label = label };
                    yield return places with { State = state, Label = label, From = Epoch.AddSeconds(50), Until = Epoch.AddSeconds(500), OldestFirst = true };
                    yield return places with { State = state, Label = label, After = new CatalogCursor(Epoch.AddSeconds(200).ToUnixTimeMilliseconds(), 100) };
                }
            }
        }
    }

    /// <summary>One recording per three files; streams of all sorts, rare states, a broad label and a rare one, several rows in one millisecond.</summary>
    private static async Task<(Dictionary<Guid, Made> Recordings, List<FileRow> Files)> FillAsync(RecordingCatalog catalog, int size, Random random)
    {
        var recordings = new Dictionary<Guid, Made>();
        var files = new List<FileRow>();
        Task last = Task.CompletedTask;
        for (var i = 0; i < size; i += 3)
        {
            var address = new StreamAddress($"app{random.Next(10)}", random.Next(20) == 0 ? "other" : "_definst_", $"cam{random.Next(Math.Max(20, size / 1000))}");
            var at = Epoch.AddSeconds(i / 6 * 2);
            var label = random.Next(500) == 0 || i == 30 ? new KeyValuePair<string, string>("ticket", "42") : new("env", random.Next(2) == 0 ? "prod" : "test");
            var recording = new NewRecording(Guid.CreateVersion7(at), address, "{}", at) { Labels = new Dictionary<string, string>([label]), State = CatalogState.Writing };
            var state = random.Next(300) == 0 ? CatalogState.Quarantined : CatalogState.Done;
            _ = catalog.CreateRecordingAsync(recording);
            for (var n = 0; n < 3 && i + n < size; n++)
            {
                var file = new NewFile(Guid.CreateVersion7(at), recording.Id, n, $"/rec/{i + n}.mp4", "mp4", at.AddSeconds(n * 2));
                _ = catalog.OpenFileAsync(file);
                _ = catalog.CloseFileAsync(new FileClosing(file.Id, 1, TimeSpan.Zero, at));
                foreach (var step in Steps(state).SkipWhile(s => s < CatalogState.Quarantined))
                    _ = catalog.MoveFileAsync(file.Id, step);
                files.Add(new FileRow(file.Id, recording.Id, address, n, file.Path, "mp4", state, 1, TimeSpan.Zero, file.StartedAt, at, null, null, null, at));
            }

            foreach (var step in Steps(state))
                last = catalog.MoveRecordingAsync(recording.Id, step);
            recordings.Add(recording.Id, new Made(recording, state, label));
            if (i % 30_000 == 0)
                await last;
        }

        await last;
        return (recordings, files);
    }

    /// <summary>The same kind of rows as <see cref="FillAsync"/> makes, by SQL alone: one recording per file.</summary>
    private void Generate(int size)
    {
        using var session = CatalogSession.OpenWriter(_bench.Path, _bench.Settings, _bench.Time);
        session.Execute("PRAGMA synchronous = OFF");
        session.Execute("PRAGMA cache_size = -400000");
        session.Execute("BEGIN");
        session.Execute(
            $"""
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {size}), r AS MATERIALIZED (SELECT i, abs(random()) AS x FROM n)
            INSERT INTO recordings (id, application, instance, stream, options, state, created_ms, started_ms, changed_ms)
            SELECT cast(printf('%016d', i) AS BLOB), 'app' || (x % 10), CASE WHEN x % 20 = 0 THEN 'other' ELSE '_definst_' END, 'cam' || (x % {Math.Max(20, size / 1000)}),
                '{"{}"}', CASE WHEN x % 997 = 0 THEN 6 ELSE 9 END, {Epoch.ToUnixTimeMilliseconds()} + i * 300, 0, 0 FROM r
            """);
        session.Execute(
            """
            INSERT INTO files (id, recording, application, instance, stream, sequence, path, format, state, bytes, duration_ms, started_ms, changed_ms)
            SELECT id, id, application, instance, stream, 0, '/rec/' || (number - 1) || '.mp4', 'mp4', state, 1, 1, created_ms, 0 FROM recordings
            """);
        session.Execute(
            """
            INSERT INTO labels (recording, key, value, created_ms)
            SELECT id, CASE WHEN number % 1009 = 0 THEN 'ticket' ELSE 'env' END, CASE WHEN number % 1009 = 0 THEN '42' WHEN number % 2 THEN 'prod' ELSE 'test' END, created_ms FROM recordings
            """);
        session.Execute("COMMIT");
    }

    private static CatalogState[] Steps(CatalogState to) => to == CatalogState.Quarantined
        ? [CatalogState.Closing, CatalogState.Closed, CatalogState.Quarantined]
        : [CatalogState.Closing, CatalogState.Closed, CatalogState.Validated, CatalogState.Announced, CatalogState.Done];

    private static bool Fits(CatalogQuery query, StreamAddress address, CatalogState state, DateTimeOffset at, KeyValuePair<string, string> label) =>
        (query.Application is null || address.Application == query.Application)
        && (query.Instance is null || address.Instance == query.Instance)
        && (query.Stream is null || address.Stream == query.Stream)
        && (query.State is null || state == query.State)
        && (query.Label is null || query.Label.Value.Equals(label))
        && (query.From is null || at >= query.From)
        && (query.Until is null || at < query.Until);

    private static IEnumerable<T> Expected<T>(IEnumerable<T> rows, Func<T, DateTimeOffset> time, Func<T, bool> fits, CatalogQuery query)
    {
        // Rows were made in the order of their numbers.
        var after = query.After;
        var found = rows.Select((row, i) => (Row: row, Ms: time(row).ToUnixTimeMilliseconds(), Number: (long)i + 1)).Where(r => fits(r.Row));
        if (after is { } a)
            found = found.Where(r => query.OldestFirst ? (r.Ms, r.Number).CompareTo((a.Milliseconds, a.Number)) > 0 : (r.Ms, r.Number).CompareTo((a.Milliseconds, a.Number)) < 0);
        return (query.OldestFirst ? found.OrderBy(r => r.Ms).ThenBy(r => r.Number) : found.OrderByDescending(r => r.Ms).ThenByDescending(r => r.Number)).Select(r => r.Row);
    }

    private static async Task<List<T>> AllAsync<T>(Func<CatalogQuery, Task<CatalogPage<T>>> find, CatalogQuery query)
    {
        var all = new List<T>();
        while (true)
        {
            var page = await find(query);
            page.Rows.Count.ShouldBeLessThanOrEqualTo(query.Limit);
            all.AddRange(page.Rows);
            if (page.Next is null)
                return all;
            query = query with { After = page.Next };
        }
    }

    private static void ShouldWalkAnIndex(CatalogSession session, string sql, DynamicParameters parameters, string table)
    {
        foreach (var line in Plan(session, sql, parameters))
        {
            line.ShouldNotContain("TEMP B-TREE", customMessage: sql);
            if (line.StartsWith("SCAN", StringComparison.Ordinal))
                line.ShouldContain($"USING INDEX {table}_by_time", customMessage: sql); // from one end in time order, until the page is full
        }
    }

    private static string[] Plan(CatalogSession session, string sql, DynamicParameters parameters) =>
        [.. session.Connection.Query("EXPLAIN QUERY PLAN " + sql, parameters).Select(r => (string)r.detail)];

    private sealed record Made(NewRecording New, CatalogState State, KeyValuePair<string, string> Label);
}
