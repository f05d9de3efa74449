using System.Globalization;

namespace Tapedeck.Engine.Catalog;

/// <summary>
/// The statements of each change. All may be applied twice. A row's state is read and written in one transaction of the only writer, so
/// that the table of <see cref="CatalogStates"/> holds whoever asks.
/// </summary>
internal static class CatalogStatements
{
    private const string RecordingState = "SELECT state FROM recordings WHERE id = @id";
    private const string FileState = "SELECT state FROM files WHERE id = @id";

    public static void CreateRecording(CatalogSession session, NewRecording r)
    {
        session.Execute(
            """
            INSERT INTO recordings (id, application, instance, stream, options, publisher, request, state, created_ms, started_ms, changed_ms)
            VALUES (@id, @application, @instance, @stream, @options, @publisher, @request, @state, @created, @started, @created)
            ON CONFLICT (id) DO NOTHING
            """,
            ("@id", CatalogSession.Blob(r.Id)),
            ("@application", r.Address.Application),
            ("@instance", r.Address.Instance),
            ("@stream", r.Address.Stream),
            ("@options", r.Options),
            ("@publisher", r.Publisher),
            ("@request", r.Request is { } request ? CatalogSession.Blob(request) : null),
            ("@state", (int)r.State),
            ("@created", Ms(r.CreatedAt)),
            ("@started", r.State == CatalogState.Writing ? Ms(r.CreatedAt) : null));
        foreach (var (key, value) in r.Labels)
            SetLabel(session, r.Id, key, value);
    }

    public static void OpenFile(CatalogSession session, NewFile f, IReadOnlyList<NewStep> steps, long now)
    {
        OpenFile(session, f, now);
        StepStatements.Add(session, steps, now);
    }

    public static void OpenFile(CatalogSession session, NewFile f, long now)
    {
        var made = session.Execute(
            """
            INSERT INTO files (id, recording, application, instance, stream, sequence, path, format, state, started_ms, first_media_us, changed_ms)
            SELECT @id, id, application, instance, stream, @sequence, @path, @format, @state, @started, @media, @now FROM recordings WHERE id = @recording
            ON CONFLICT (id) DO NOTHING
            """,
            ("@id", CatalogSession.Blob(f.Id)),
            ("@sequence", f.Sequence),
            ("@path", f.Path),
            ("@format", f.Format),
            ("@state", (int)CatalogState.Writing),
            ("@started", Ms(f.StartedAt)),
            ("@media", Us(f.FirstMediaTime)),
            ("@now", now),
            ("@recording", CatalogSession.Blob(f.Recording)));
        if (made == 0 && session.StateOf(FileState, f.Id) is null)
            throw new CatalogException(CatalogError.NotFound, $"There is no recording {f.Recording} for the file '{f.Path}'.");
    }

    public static void Progress(CatalogSession session, Guid file, long bytes, long milliseconds) =>
        session.Execute(
            "UPDATE files SET bytes = @bytes, duration_ms = @duration WHERE id = @id AND state < 5", // a closed file has its final figures
            ("@bytes", bytes),
            ("@duration", milliseconds),
            ("@id", CatalogSession.Blob(file)));

    public static void CloseFile(CatalogSession session, FileClosing f, long now)
    {
        var from = session.StateOf(FileState, f.File) ?? throw Missing("file", f.File);
        // Closing is a state of the recorder rather than of the disk: a file may pass through it within one change.
        if (!CatalogStates.Allows(from, CatalogState.Closed))
            Check("file", f.File, from, CatalogState.Closing);
        session.Execute(
            """
            UPDATE files SET state = @state, bytes = @bytes, duration_ms = @duration, ended_ms = @ended,
                first_media_us = coalesce(first_media_us, @media), changed_ms = @now WHERE id = @id
            """,
            ("@state", (int)CatalogState.Closed),
            ("@bytes", f.Bytes),
            ("@duration", (long)f.Duration.TotalMilliseconds),
            ("@ended", Ms(f.EndedAt)),
            ("@media", Us(f.FirstMediaTime)),
            ("@now", now),
            ("@id", CatalogSession.Blob(f.File)));
    }

    public static void MoveFile(CatalogSession session, Guid file, CatalogState to, FileFinding? finding, long now)
    {
        Check("file", file, session.StateOf(FileState, file) ?? throw Missing("file", file), to);
        session.Execute(
            """
            UPDATE files SET state = @state, validation = coalesce(@validation, validation), sha256 = coalesce(@sha256, sha256),
                bytes = coalesce(@bytes, bytes), duration_ms = coalesce(@duration, duration_ms), changed_ms = @now WHERE id = @id
            """,
            ("@state", (int)to),
            ("@validation", finding?.Validation),
            ("@sha256", finding?.Sha256),
            ("@bytes", finding?.Bytes),
            ("@duration", finding?.Duration is { } duration ? (long)duration.TotalMilliseconds : null),
            ("@now", now),
            ("@id", CatalogSession.Blob(file)));
    }

    public static void RenameFile(CatalogSession session, Guid file, string path, long now)
    {
        if (session.Execute("UPDATE files SET path = @path, changed_ms = @now WHERE id = @id", ("@path", path), ("@now", now), ("@id", CatalogSession.Blob(file))) == 0)
            throw Missing("file", file);
    }

    public static void MoveFiles(CatalogSession session, string from, string to, long now) =>
        session.Execute(
            "UPDATE files SET path = @to, changed_ms = @now WHERE path = @from AND state <> @removed",
            ("@to", to), ("@now", now), ("@from", from), ("@removed", (int)CatalogState.Removed));

    public static void RemoveFile(CatalogSession session, Guid file)
    {
        if (session.StateOf(FileState, file) is not { } state)
            return;
        Removable("file", file, state);
        session.Execute("DELETE FROM steps WHERE file = @id", ("@id", CatalogSession.Blob(file)));
        session.Execute("DELETE FROM files WHERE id = @id", ("@id", CatalogSession.Blob(file)));
    }

    public static void MoveRecording(CatalogSession session, Guid recording, CatalogState to, RecordingEnding? ending, long now)
    {
        Check("recording", recording, session.StateOf(RecordingState, recording) ?? throw Missing("recording", recording), to);
        var ends = !CatalogStates.IsUnfinished(to);
        session.Execute(
            """
            UPDATE recordings SET state = @state, end_reason = coalesce(@reason, end_reason), error = coalesce(@error, error),
                started_ms = coalesce(started_ms, @started), ended_ms = coalesce(ended_ms, @ended), changed_ms = @now WHERE id = @id
            """,
            ("@state", (int)to),
            ("@reason", ending?.Reason.ToString()),
            ("@error", ending?.Error),
            ("@started", to == CatalogState.Writing ? now : null),
            ("@ended", ends ? now : null),
            ("@now", now),
            ("@id", CatalogSession.Blob(recording)));
    }

    public static void RemoveRecording(CatalogSession session, Guid recording)
    {
        if (session.StateOf(RecordingState, recording) is not { } state)
            return;
        Removable("recording", recording, state);
        session.Execute("DELETE FROM ledger WHERE recording = @id", ("@id", CatalogSession.Blob(recording)));
        session.Execute("DELETE FROM labels WHERE recording = @id", ("@id", CatalogSession.Blob(recording)));
        session.Execute("DELETE FROM steps WHERE recording = @id AND file IS NULL", ("@id", CatalogSession.Blob(recording)));
        session.Execute("DELETE FROM recordings WHERE id = @id", ("@id", CatalogSession.Blob(recording))); // refused while it has files
    }

    public static void AddLedger(CatalogSession session, LedgerEntry e) =>
        session.Execute(
            """
            INSERT INTO ledger (id, recording, file, cause, media_us, wall_ms, length_us, detail)
            VALUES (@id, @recording, @file, @cause, @media, @wall, @length, @detail) ON CONFLICT (id) DO NOTHING
            """,
            ("@id", CatalogSession.Blob(e.Id)),
            ("@recording", CatalogSession.Blob(e.Recording)),
            ("@file", e.File is { } file ? CatalogSession.Blob(file) : null),
            ("@cause", e.Cause.ToString()),
            ("@media", Us(e.MediaTime)),
            ("@wall", Ms(e.At)),
            ("@length", Us(e.Length)),
            ("@detail", e.Detail));

    public static void SetLabel(CatalogSession session, Guid recording, string key, string? value)
    {
        if (value is null)
        {
            session.Execute("DELETE FROM labels WHERE recording = @id AND key = @key", ("@id", CatalogSession.Blob(recording)), ("@key", key));
            return;
        }

        var set = session.Execute(
            """
            INSERT INTO labels (recording, key, value, created_ms) SELECT id, @key, @value, created_ms FROM recordings WHERE id = @id
            ON CONFLICT (recording, key) DO UPDATE SET value = excluded.value
            """,
            ("@key", key),
            ("@value", value),
            ("@id", CatalogSession.Blob(recording)));
        if (set == 0)
            throw Missing("recording", recording);
    }

    public static void SaveRequest(CatalogSession session, RecordingRequest r) =>
        session.Execute(
            """
            INSERT INTO requests (id, application, instance, stream, options, keep_alive, owner, created_ms)
            VALUES (@id, @application, @instance, @stream, @options, @keepAlive, @owner, @created)
            ON CONFLICT (id) DO UPDATE SET options = excluded.options, keep_alive = excluded.keep_alive, owner = excluded.owner
            """,
            ("@id", CatalogSession.Blob(r.Id)),
            ("@application", r.Address.Application),
            ("@instance", r.Address.Instance),
            ("@stream", r.Address.Stream),
            ("@options", r.Options),
            ("@keepAlive", r.KeepAlive ? 1 : 0),
            ("@owner", r.Owner),
            ("@created", Ms(r.CreatedAt)));

    public static void RemoveRequest(CatalogSession session, Guid request) =>
        session.Execute("DELETE FROM requests WHERE id = @id", ("@id", CatalogSession.Blob(request)));

    public static long Ms(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static object? Us(TimeSpan? time) => time is { } t ? t.Ticks / TimeSpan.TicksPerMicrosecond : null;

    private static void Check(string kind, Guid id, CatalogState from, CatalogState to)
    {
        if (!CatalogStates.Allows(from, to))
            throw new CatalogException(CatalogError.IllegalTransition, string.Create(CultureInfo.InvariantCulture, $"The {kind} {id} is {from} and cannot become {to}."));
    }

    private static void Removable(string kind, Guid id, CatalogState state)
    {
        if (state != CatalogState.Garbage)
            throw new CatalogException(CatalogError.IllegalTransition, $"The {kind} {id} is {state}; only garbage is removed.");
    }

    private static CatalogException Missing(string kind, Guid id) => new(CatalogError.NotFound, $"The catalog has no {kind} {id}.");
}
