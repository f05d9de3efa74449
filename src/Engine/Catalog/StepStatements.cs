using System.Text.Json;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Catalog;

/// <summary>The statements of steps. All may be applied twice.</summary>
internal static class StepStatements
{
    /// <summary>Somebody in the same chain, before this one, is open.</summary>
    private const string ChainWaits =
        """
        EXISTS (SELECT 1 FROM steps e WHERE e.recording = s.recording AND e.event = s.event AND e.place < s.place AND e.file IS s.file AND e.cause IS s.cause AND e.state < 5)
        """;

    /// <summary>Somebody of the same stream, kind and argument came before and is not through.</summary>
    private const string OrderWaits =
        """
        (s.in_order = 1 AND EXISTS (SELECT 1 FROM steps e WHERE e.application = s.application AND e.instance = s.instance AND e.stream = s.stream AND e.kind = s.kind
            AND e.argument IS s.argument AND e.in_order = 1 AND e.state < 3 AND e.number < s.number))
        """;

    private const string Free = $"NOT {ChainWaits} AND NOT {OrderWaits}";

    /// <summary>Adds steps of events that have come. Those of one event come in the order of their places.</summary>
    public static void Add(CatalogSession session, IReadOnlyList<NewStep> steps, long now)
    {
        foreach (var step in steps)
        {
            session.Execute(
                """
                INSERT INTO steps (id, recording, file, cause, event, application, instance, stream, place, kind, argument, options, in_order, priority, state, at_ms, since_ms, due_ms, changed_ms)
                SELECT @id, id, @file, @cause, @event, application, instance, stream, @place, @kind, @argument, @options, @inOrder, @priority, 0, @at, @now, @now, @now
                FROM recordings WHERE id = @recording
                ON CONFLICT (id) DO NOTHING
                """,
                ("@id", CatalogSession.Blob(step.Id)),
                ("@file", Blob(step.File)),
                ("@cause", Blob(step.Cause)),
                ("@event", (int)step.Definition.On),
                ("@place", step.Place),
                ("@kind", step.Definition.Kind),
                ("@argument", step.Definition.Argument),
                ("@options", step.Definition.Options.Count == 0 ? null : JsonSerializer.Serialize(step.Definition.Options)),
                ("@inOrder", step.InOrder ? 1 : 0),
                ("@priority", step.Priority),
                ("@at", CatalogStatements.Ms(step.At)),
                ("@now", now),
                ("@recording", CatalogSession.Blob(step.Recording)));
            session.Execute($"UPDATE steps AS s SET state = 1 WHERE s.id = @id AND s.state = 0 AND {Free}", ("@id", CatalogSession.Blob(step.Id)));
        }
    }

    /// <summary>A file is announced: with its steps in one go, so that neither is without the other.</summary>
    public static void AnnounceFile(CatalogSession session, Guid file, IReadOnlyList<NewStep> steps, long now)
    {
        if (session.StateOf("SELECT state FROM files WHERE id = @id", file) >= CatalogState.Announced)
            return; // somebody did
        CatalogStatements.MoveFile(session, file, CatalogState.Announced, null, now);
        Add(session, steps, now);
        CompleteFile(session, file, now);
    }

    /// <summary>The same for a recording that has ended.</summary>
    public static void AnnounceRecording(CatalogSession session, Guid recording, IReadOnlyList<NewStep> steps, long now)
    {
        if (session.StateOf("SELECT state FROM recordings WHERE id = @id", recording) >= CatalogState.Announced)
            return;
        CatalogStatements.MoveRecording(session, recording, CatalogState.Announced, null, now);
        Add(session, steps, now);
        CompleteRecording(session, recording, now);
    }

    /// <summary>An attempt begins.</summary>
    public static void Start(CatalogSession session, Guid step, long now) =>
        session.Execute("UPDATE steps SET state = 2, attempts = attempts + 1, started_ms = @now, changed_ms = @now WHERE id = @id AND state = 1", ("@now", now), ("@id", CatalogSession.Blob(step)));

    /// <summary>An attempt has ended. Nothing happens when a person has cancelled or repeated the step meanwhile.</summary>
    public static void End(CatalogSession session, StepEnding ending, long now)
    {
        var state = ending.Outcome switch { StepOutcome.Done => StepState.Done, StepOutcome.Failed => StepState.Failed, _ => StepState.Due };
        var changed = session.Execute(
            """
            UPDATE steps SET state = @state, detail = @detail, due_ms = @due, ended_ms = @ended, changed_ms = @now,
                attempts = attempts - @undone, since_ms = CASE WHEN @undone THEN @now ELSE since_ms END
            WHERE id = @id AND state = 2
            """,
            ("@undone", ending.Outcome == StepOutcome.Wait ? 1 : 0), // no attempt, and no reason to lose patience
            ("@state", (int)state),
            ("@detail", ending.Detail),
            ("@due", CatalogStatements.Ms(ending.DueAt)),
            ("@ended", state == StepState.Due ? null : now),
            ("@now", now),
            ("@id", CatalogSession.Blob(ending.Step)));
        if (changed == 0 || state == StepState.Due)
            return;
        Add(session, ending.Following, now);
        if (state == StepState.Failed)
            Hold(session, ending.Step, now);
        Release(session, ending.Step, now);
    }

    /// <summary>Keeps what an attempt wants the next to know.</summary>
    public static void SaveProgress(CatalogSession session, Guid step, string progress, long now) =>
        session.Execute("UPDATE steps SET progress = @progress, changed_ms = @now WHERE id = @id AND state = 2", ("@progress", progress), ("@now", now), ("@id", CatalogSession.Blob(step)));

    public static void SetSha256(CatalogSession session, Guid file, byte[] hash, long now) =>
        session.Execute("UPDATE files SET sha256 = @hash, changed_ms = @now WHERE id = @id", ("@hash", hash), ("@now", now), ("@id", CatalogSession.Blob(file)));

    /// <summary>A person wants a step again: one that failed goes on with what it had kept, one that was done begins anew.</summary>
    public static void Repeat(CatalogSession session, Guid step, long now)
    {
        var id = CatalogSession.Blob(step);
        var changed = session.Execute(
            """
            UPDATE steps SET progress = CASE WHEN state = 4 THEN progress END, state = 0, attempts = 0, since_ms = @now, due_ms = @now, ended_ms = NULL, changed_ms = @now
            WHERE id = @id AND state IN (4, 5, 6)
            """,
            ("@now", now), ("@id", id));
        if (changed == 0)
        {
            session.Execute("UPDATE steps SET due_ms = @now, changed_ms = @now WHERE id = @id AND state = 1", ("@now", now), ("@id", id)); // waits for its next attempt: now
            return;
        }

        session.Execute($"UPDATE steps AS s SET state = 0 WHERE {SameChain} AND s.state = 3", ("@id", id));
        session.Execute($"UPDATE steps AS s SET state = 1 WHERE s.id = @id AND s.state = 0 AND {Free}", ("@id", id));
    }

    /// <summary>A person does without a step; what comes behind it goes on.</summary>
    public static void Cancel(CatalogSession session, Guid step, long now)
    {
        var id = CatalogSession.Blob(step);
        if (session.Execute("UPDATE steps SET state = 6, ended_ms = @now, changed_ms = @now WHERE id = @id AND state < 5", ("@now", now), ("@id", id)) == 0)
            return;
        session.Execute(
            $"""
            UPDATE steps AS s SET state = 0 WHERE {SameChain} AND s.state = 3
                AND NOT EXISTS (SELECT 1 FROM steps f WHERE f.recording = s.recording AND f.event = s.event AND f.file IS s.file AND f.cause IS s.cause AND f.place < s.place AND f.state = 4)
            """,
            ("@id", id));
        Release(session, step, now);
    }

    /// <summary>At a start: what ran when the process before ended is due again.</summary>
    public static void Resume(CatalogSession session, long now) =>
        session.Execute("UPDATE steps SET state = 1, due_ms = @now, changed_ms = @now WHERE state = 2", ("@now", now));

    /// <summary>At a start: files and recordings that were announced, and have nothing open, are done.</summary>
    public static void CompleteAnnounced(CatalogSession session, long now)
    {
        session.Execute("UPDATE files SET state = 9, changed_ms = @now WHERE state = 8 AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.file = files.id AND s.state < 5)", ("@now", now));
        session.Execute("UPDATE recordings SET state = 9, changed_ms = @now WHERE state = 8 AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.recording = recordings.id AND s.state < 5)", ("@now", now));
    }

    /// <summary>Pauses a kind, or lets it go on.</summary>
    public static void Pause(CatalogSession session, string kind, string application, bool isPaused, long now)
    {
        if (isPaused)
            session.Execute("INSERT INTO step_pauses (kind, application, since_ms) VALUES (@kind, @application, @now) ON CONFLICT DO NOTHING", ("@kind", kind), ("@application", application), ("@now", now));
        else
            session.Execute("DELETE FROM step_pauses WHERE kind = @kind AND application = @application", ("@kind", kind), ("@application", application));
    }

    private const string SameChain =
        """
        EXISTS (SELECT 1 FROM steps m WHERE m.id = @id AND m.recording = s.recording AND m.event = s.event AND m.file IS s.file AND m.cause IS s.cause AND m.place < s.place)
        """;

    /// <summary>What comes behind a step that was given up waits for a person too, and nobody waits for it.</summary>
    private static void Hold(CatalogSession session, Guid step, long now)
    {
        var id = CatalogSession.Blob(step);
        session.Execute(
            $"UPDATE steps AS s SET state = 3, changed_ms = @now WHERE s.recording = (SELECT recording FROM steps WHERE id = @id) AND {SameChain} AND s.state = 0",
            ("@now", now), ("@id", id));
        session.Execute(
            $"""
            UPDATE steps AS s SET state = 1, due_ms = @now, changed_ms = @now WHERE s.state = 0 AND s.in_order = 1 AND {Free} AND s.number IN
                (SELECT min(o.number) FROM steps o, steps m WHERE m.id = @id AND o.application = m.application AND o.instance = m.instance AND o.stream = m.stream
                    AND o.in_order = 1 AND o.state < 3 GROUP BY o.kind, o.argument)
            """,
            ("@now", now), ("@id", id));
    }

    /// <summary>What waited for this one, and for nobody else, is due; its file and recording are done when nothing is open.</summary>
    private static void Release(CatalogSession session, Guid step, long now)
    {
        var id = CatalogSession.Blob(step);
        session.Execute(
            $"UPDATE steps AS s SET state = 1, due_ms = @now, changed_ms = @now WHERE s.recording = (SELECT recording FROM steps WHERE id = @id) AND {SameChain} AND s.state = 0 AND {Free}",
            ("@now", now), ("@id", id));
        // Only the oldest that waits can be free.
        session.Execute(
            $"""
            UPDATE steps AS s SET state = 1, due_ms = @now, changed_ms = @now WHERE s.state = 0 AND {Free} AND s.number =
                (SELECT o.number FROM steps o, steps m WHERE m.id = @id AND m.in_order = 1 AND o.application = m.application AND o.instance = m.instance AND o.stream = m.stream
                    AND o.kind = m.kind AND o.argument IS m.argument AND o.in_order = 1 AND o.state < 3 ORDER BY o.number LIMIT 1)
            """,
            ("@now", now), ("@id", id));
        if (session.Scalar("SELECT file FROM steps WHERE id = @id", ("@id", id)) is byte[] file)
            CompleteFile(session, new Guid(file, bigEndian: true), now);
        if (session.Scalar("SELECT recording FROM steps WHERE id = @id", ("@id", id)) is byte[] recording)
            CompleteRecording(session, new Guid(recording, bigEndian: true), now);
    }

    /// <summary>A file whose steps are all through has nothing left to do.</summary>
    private static void CompleteFile(CatalogSession session, Guid file, long now) =>
        session.Execute(
            """
            UPDATE files SET state = 9, changed_ms = @now WHERE id = @id AND state = 8
                AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.recording = files.recording AND s.file = @id AND s.state < 5)
            """,
            ("@now", now), ("@id", CatalogSession.Blob(file)));

    private static void CompleteRecording(CatalogSession session, Guid recording, long now) =>
        session.Execute(
            "UPDATE recordings SET state = 9, changed_ms = @now WHERE id = @id AND state = 8 AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.recording = @id AND s.state < 5)",
            ("@now", now), ("@id", CatalogSession.Blob(recording)));

    private static byte[]? Blob(Guid? id) => id is { } value ? CatalogSession.Blob(value) : null;
}
