using System.Collections.Concurrent;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Tapedeck.Engine.Catalog;

/// <summary>Runs queries on a few connections of their own, each seeing what was committed when it began. Safe for use by any thread.</summary>
internal sealed partial class CatalogReader(string path, CatalogSettings settings) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(settings.Readers);
    private readonly ConcurrentBag<CatalogSession> _idle = [];
    private volatile bool _disposed;

    public Task<CatalogPage<RecordingRow>> FindRecordingsAsync(CatalogQuery query, CancellationToken cancellationToken) =>
        PageAsync<StoredRecording, RecordingRow>(CatalogSearch.Recordings, StoredRecording.Columns, query, r => (r.ToRow(), new CatalogCursor(r.CreatedMs, r.Number)), cancellationToken);

    public Task<CatalogPage<FileRow>> FindFilesAsync(CatalogQuery query, CancellationToken cancellationToken) =>
        PageAsync<StoredFile, FileRow>(CatalogSearch.Files, StoredFile.Columns, query, f => (f.ToRow(), new CatalogCursor(f.StartedMs, f.Number)), cancellationToken);

    public Task<RecordingRow?> RecordingAsync(Guid id, CancellationToken cancellationToken) =>
        RunAsync(c => c.QueryFirstOrDefault<StoredRecording>($"SELECT {StoredRecording.Columns} FROM recordings WHERE id = @id", new { id = CatalogSession.Blob(id) })?.ToRow(), cancellationToken);

    public Task<FileRow?> FileAsync(Guid id, CancellationToken cancellationToken) =>
        RunAsync(c => c.QueryFirstOrDefault<StoredFile>($"SELECT {StoredFile.Columns} FROM files WHERE id = @id", new { id = CatalogSession.Blob(id) })?.ToRow(), cancellationToken);

    public Task<IReadOnlyList<FileRow>> FilesOfAsync(Guid recording, CancellationToken cancellationToken) =>
        ListAsync<StoredFile, FileRow>($"SELECT {StoredFile.Columns} FROM files WHERE recording = @id ORDER BY sequence", new { id = CatalogSession.Blob(recording) }, f => f.ToRow(), cancellationToken);

    public Task<IReadOnlyList<FileRow>> FilesAtAsync(string filePath, CancellationToken cancellationToken) =>
        ListAsync<StoredFile, FileRow>($"SELECT {StoredFile.Columns} FROM files WHERE path = @filePath ORDER BY number DESC", new { filePath }, f => f.ToRow(), cancellationToken);

    /// <summary>A file that was gone on with has several rows, of which the largest counts.</summary>
    public Task<long> BytesOfAsync(string application, CancellationToken cancellationToken) =>
        RunAsync(
            c => c.ExecuteScalar<long>(
                "SELECT coalesce(sum(size), 0) FROM (SELECT max(bytes) AS size FROM files INDEXED BY files_by_application WHERE application = @application AND state NOT IN (11, 12) GROUP BY path)",
                new { application }),
            cancellationToken);

    public Task<IReadOnlyList<LedgerEntry>> LedgerOfAsync(Guid recording, CancellationToken cancellationToken) =>
        ListAsync<StoredLedgerEntry, LedgerEntry>($"SELECT {StoredLedgerEntry.Columns} FROM ledger WHERE recording = @id ORDER BY wall_ms, number", new { id = CatalogSession.Blob(recording) }, e => e.ToEntry(), cancellationToken);

    public Task<IReadOnlyDictionary<string, string>> LabelsOfAsync(Guid recording, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyDictionary<string, string>>(
            c => c.Query<(string Key, string Value)>("SELECT key, value FROM labels WHERE recording = @id", new { id = CatalogSession.Blob(recording) }).ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal),
            cancellationToken);

    public Task<IReadOnlyList<RecordingRequest>> RequestsAsync(CancellationToken cancellationToken) =>
        ListAsync<StoredRequest, RecordingRequest>($"SELECT {StoredRequest.Columns} FROM requests ORDER BY created_ms, id", new { }, r => r.ToRequest(), cancellationToken);

    /// <summary>All that was interrupted, oldest first. What is unfinished is what was active at one time: it fits in memory.</summary>
    public Task<IReadOnlyList<UnfinishedRecording>> UnfinishedAsync(CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<UnfinishedRecording>>(
            c =>
            {
                var files = c.Query<StoredFile>(CatalogReaderSql.UnfinishedFiles).Select(f => f.ToRow()).ToLookup(f => f.Recording);
                var recordings = c.Query<StoredRecording>(CatalogReaderSql.UnfinishedRecordings).Select(r => r.ToRow()).ToDictionary(r => r.Id);
                // A recording may be over for its owner while the row of a file never learned it.
                foreach (var group in files.Where(g => !recordings.ContainsKey(g.Key)))
                    recordings[group.Key] = c.QueryFirst<StoredRecording>($"SELECT {StoredRecording.Columns} FROM recordings WHERE id = @id", new { id = CatalogSession.Blob(group.Key) }).ToRow();
                return [.. recordings.Values.OrderBy(r => r.CreatedAt).ThenBy(r => r.Id).Select(r => new UnfinishedRecording(r, [.. files[r.Id]]))];
            },
            cancellationToken);

    /// <summary>What SQLite finds wrong with the file; empty when nothing.</summary>
    public Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<string>>(
            c =>
            {
                var findings = c.Query<string>("PRAGMA integrity_check").Where(f => f != "ok").ToList();
                foreach (var violation in c.Query("PRAGMA foreign_key_check"))
                    findings.Add($"A row of '{violation.table}' refers to a missing row of '{violation.parent}'.");
                return findings;
            },
            cancellationToken);

    /// <summary>Runs a query on a connection of its own.</summary>
    public async Task<T> RunAsync<T>(Func<SqliteConnection, T> query, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            // SQLite has no asynchronous calls: a thread of the pool waits for the disk.
            return await Task.Run(() => Run(query), cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var session))
            session.Dispose();
    }

    private T Run<T>(Func<SqliteConnection, T> query)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        CatalogSession? session = null;
        try
        {
            if (!_idle.TryTake(out session))
                session = CatalogSession.OpenReader(path, settings);
            var result = query(session.Connection);
            _idle.Add(session);
            session = null;
            return result;
        }
        catch (SqliteException e)
        {
            throw new CatalogException(CatalogError.Unavailable, $"The catalog '{path}' cannot be read: {e.Message}", e);
        }
        finally
        {
            session?.Dispose(); // what failed is not used again
            if (_disposed)
                Dispose();
        }
    }

    private Task<IReadOnlyList<TRow>> ListAsync<TStored, TRow>(string sql, object parameters, Func<TStored, TRow> toRow, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<TRow>>(c => [.. c.Query<TStored>(sql, parameters).Select(toRow)], cancellationToken);

    private Task<CatalogPage<TRow>> PageAsync<TStored, TRow>(CatalogSearch search, string columns, CatalogQuery query, Func<TStored, (TRow Row, CatalogCursor Place)> toRow, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, CatalogQuery.MaximumPage);
        return RunAsync(
            c =>
            {
                var (sql, parameters) = search.Build(columns, query, (probe, values) => c.ExecuteScalar<long>(probe, values));
                var found = c.Query<TStored>(sql, parameters).Select(toRow).ToList();
                var more = found.Count > query.Limit;
                if (more)
                    found.RemoveAt(query.Limit);
                return new CatalogPage<TRow>([.. found.Select(f => f.Row)], more ? found[^1].Place : null);
            },
            cancellationToken);
    }
}

/// <summary>The searches at a start, by their partial indexes.</summary>
internal static class CatalogReaderSql
{
    public static readonly string UnfinishedFiles = $"SELECT {StoredFile.Columns} FROM files INDEXED BY files_unfinished WHERE state < 5 ORDER BY started_ms, number";

    public static readonly string UnfinishedRecordings = $"SELECT {StoredRecording.Columns} FROM recordings INDEXED BY recordings_unfinished WHERE state < 5 ORDER BY created_ms, number";
}
