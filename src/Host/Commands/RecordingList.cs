using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Tapedeck.Engine.Catalog;
using Tapedeck.Recordings;

namespace Tapedeck.Host.Commands;

/// <summary>Recordings and kept requests that answer a question, in the order of the time they were asked for.</summary>
internal sealed class RecordingList(RecordingCatalog catalog, CatalogQuery query, bool withLedger)
{
    /// <summary>Reads page by page, no further than it is gone through.</summary>
    public async IAsyncEnumerable<ListedRecording> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var requests = new Queue<ListedRecording>(await RequestsAsync(cancellationToken));
        await foreach (var row in RowsAsync(cancellationToken))
        {
            while (requests.TryPeek(out var request) && (query.OldestFirst ? request.CreatedAt < row.CreatedAt : request.CreatedAt > row.CreatedAt))
                yield return requests.Dequeue();
            yield return await CompleteAsync(row, cancellationToken);
        }

        foreach (var request in requests)
            yield return request;
    }

    private async IAsyncEnumerable<RecordingRow> RowsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var next = query; ;)
        {
            var page = await catalog.FindRecordingsAsync(next, cancellationToken);
            foreach (var row in page.Rows)
                yield return row;
            if (page.Next is null)
                yield break;
            next = next with { After = page.Next };
        }
    }

    private async Task<IEnumerable<ListedRecording>> RequestsAsync(CancellationToken cancellationToken)
    {
        if (query.State is not (null or CatalogState.Requested) || query.Label is not null)
            return [];
        var found = (await catalog.RequestsAsync(cancellationToken)).Where(r =>
            r.Address.Application == (query.Application ?? r.Address.Application) && r.Address.Instance == (query.Instance ?? r.Address.Instance)
            && r.Address.Stream == (query.Stream ?? r.Address.Stream) && r.CreatedAt >= (query.From ?? r.CreatedAt) && (query.Until is null || r.CreatedAt < query.Until));
        var listed = found.Select(r => new ListedRecording(r.Id, r.Address.Application, r.Address.Instance, r.Address.Stream, CatalogState.Requested, r.CreatedAt) { KeepAlive = r.KeepAlive });
        return query.OldestFirst ? listed : listed.Reverse();
    }

    private async Task<ListedRecording> CompleteAsync(RecordingRow row, CancellationToken cancellationToken)
    {
        var files = await catalog.FilesOfAsync(row.Id, cancellationToken);
        var ledger = withLedger ? await catalog.LedgerOfAsync(row.Id, cancellationToken) : null;
        return new ListedRecording(row.Id, row.Address.Application, row.Address.Instance, row.Address.Stream, row.State, row.CreatedAt)
        {
            StartedAt = row.StartedAt,
            EndedAt = row.EndedAt,
            EndReason = row.EndReason,
            Error = row.Error,
            Publisher = row.Publisher,
            Request = row.Request,
            Labels = await catalog.LabelsOfAsync(row.Id, cancellationToken),
            Files = [.. files.Select(f => new ListedFile(f.Path, f.Format, f.State, f.Bytes, f.Duration.TotalSeconds, f.StartedAt, f.EndedAt, f.Validation))],
            Ledger = ledger is null ? null : [.. ledger.Select(e => new ListedEntry(e.Cause, e.At, e.MediaTime?.TotalSeconds, e.Length?.TotalSeconds, e.Detail))],
        };
    }
}

/// <summary>A recording as it is listed; a request that is kept has no files yet.</summary>
internal sealed record ListedRecording(Guid Id, string Application, string Instance, string Stream, CatalogState State, DateTimeOffset CreatedAt)
{
    /// <summary>Of a request: whether it stands for each time that its stream is there.</summary>
    public bool? KeepAlive { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public RecordingEndReason? EndReason { get; init; }

    public string? Error { get; init; }

    public string? Publisher { get; init; }

    public Guid? Request { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyList<ListedFile>? Files { get; init; }

    public IReadOnlyList<ListedEntry>? Ledger { get; init; }

    /// <summary>For people: a line, and one more for each file and entry.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        var stands = State == CatalogState.Requested ? KeepAlive == true ? ", each time it is there" : ", when it is there" : "";
        text.Append(CultureInfo.InvariantCulture, $"{CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}  {Application}/{Instance}/{Stream}  {State.ToString().ToLowerInvariant()}{stands}");
        if (EndReason is { } reason)
            text.Append(CultureInfo.InvariantCulture, $" ({reason})");
        foreach (var (key, value) in Labels ?? new Dictionary<string, string>())
            text.Append(CultureInfo.InvariantCulture, $"  {key}={value}");
        if (Error is not null)
            text.Append(CultureInfo.InvariantCulture, $"\n    {Error}");
        foreach (var file in Files ?? [])
        {
            text.Append(CultureInfo.InvariantCulture, $"\n    {file.Path}  {file.State.ToString().ToLowerInvariant()}, {file.Duration:0.000} s, {file.Bytes} bytes");
            if (file.Validation is not (null or "ok"))
                text.Append(CultureInfo.InvariantCulture, $": {file.Validation}");
        }

        foreach (var entry in Ledger ?? [])
            text.Append(CultureInfo.InvariantCulture, $"\n    {entry.Cause} at {entry.MediaTime:0.000} s ({entry.At.UtcDateTime:yyyy-MM-dd HH:mm:ss'Z'}), {entry.Length:0.000} s: {entry.Detail}");
        return text.ToString();
    }
}

/// <summary>A file as it is listed; <paramref name="Duration"/> in seconds.</summary>
internal sealed record ListedFile(string Path, string Format, CatalogState State, long Bytes, double Duration, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Validation);

/// <summary>An entry of the ledger as it is listed; <paramref name="MediaTime"/> and <paramref name="Length"/> in seconds.</summary>
internal sealed record ListedEntry(LedgerCause Cause, DateTimeOffset At, double? MediaTime, double? Length, string? Detail);
