using Tapedeck.Recordings;

namespace Tapedeck.Engine.Catalog;

/// <summary>A row of <c>recordings</c> as it is stored.</summary>
internal sealed class StoredRecording
{
    public const string Columns =
        """
        number AS Number, id AS Id, application AS Application, instance AS Instance, stream AS Stream, options AS Options, publisher AS Publisher,
        request AS Request, state AS State, end_reason AS EndReason, error AS Error, created_ms AS CreatedMs, started_ms AS StartedMs,
        ended_ms AS EndedMs, changed_ms AS ChangedMs
        """;

    public long Number { get; init; }
    public byte[] Id { get; init; } = [];
    public string Application { get; init; } = "";
    public string Instance { get; init; } = "";
    public string Stream { get; init; } = "";
    public string Options { get; init; } = "";
    public string? Publisher { get; init; }
    public byte[]? Request { get; init; }
    public long State { get; init; }
    public string? EndReason { get; init; }
    public string? Error { get; init; }
    public long CreatedMs { get; init; }
    public long? StartedMs { get; init; }
    public long? EndedMs { get; init; }
    public long ChangedMs { get; init; }

    public RecordingRow ToRow() => new(
        Stored.Id(Id),
        new StreamAddress(Application, Instance, Stream),
        Options,
        Publisher,
        Request is null ? null : Stored.Id(Request),
        (CatalogState)State,
        Enum.TryParse<RecordingEndReason>(EndReason, out var reason) ? reason : null,
        Error,
        Stored.Time(CreatedMs),
        Stored.Time(StartedMs),
        Stored.Time(EndedMs),
        Stored.Time(ChangedMs));
}

/// <summary>A row of <c>files</c> as it is stored.</summary>
internal sealed class StoredFile
{
    public const string Columns =
        """
        number AS Number, id AS Id, recording AS Recording, application AS Application, instance AS Instance, stream AS Stream, sequence AS Sequence,
        path AS Path, format AS Format, state AS State, bytes AS Bytes, duration_ms AS DurationMs, started_ms AS StartedMs, ended_ms AS EndedMs,
        first_media_us AS FirstMediaUs, validation AS Validation, sha256 AS Sha256, changed_ms AS ChangedMs
        """;

    public long Number { get; init; }
    public byte[] Id { get; init; } = [];
    public byte[] Recording { get; init; } = [];
    public string Application { get; init; } = "";
    public string Instance { get; init; } = "";
    public string Stream { get; init; } = "";
    public long Sequence { get; init; }
    public string Path { get; init; } = "";
    public string Format { get; init; } = "";
    public long State { get; init; }
    public long Bytes { get; init; }
    public long DurationMs { get; init; }
    public long StartedMs { get; init; }
    public long? EndedMs { get; init; }
    public long? FirstMediaUs { get; init; }
    public string? Validation { get; init; }
    public byte[]? Sha256 { get; init; }
    public long ChangedMs { get; init; }

    public FileRow ToRow() => new(
        Stored.Id(Id),
        Stored.Id(Recording),
        new StreamAddress(Application, Instance, Stream),
        (int)Sequence,
        Path,
        Format,
        (CatalogState)State,
        Bytes,
        TimeSpan.FromMilliseconds(DurationMs),
        Stored.Time(StartedMs),
        Stored.Time(EndedMs),
        Stored.Span(FirstMediaUs),
        Validation,
        Sha256,
        Stored.Time(ChangedMs));
}

/// <summary>A row of <c>ledger</c> as it is stored.</summary>
internal sealed class StoredLedgerEntry
{
    public const string Columns =
        "id AS Id, recording AS Recording, file AS File, cause AS Cause, media_us AS MediaUs, wall_ms AS WallMs, length_us AS LengthUs, detail AS Detail";

    public byte[] Id { get; init; } = [];
    public byte[] Recording { get; init; } = [];
    public byte[]? File { get; init; }
    public string Cause { get; init; } = "";
    public long? MediaUs { get; init; }
    public long WallMs { get; init; }
    public long? LengthUs { get; init; }
    public string? Detail { get; init; }

    public LedgerEntry ToEntry() =>
        new(Stored.Id(Id), Stored.Id(Recording), Enum.TryParse<LedgerCause>(Cause, out var cause) ? cause : LedgerCause.Gap, Stored.Time(WallMs))
        {
            File = File is null ? null : Stored.Id(File),
            MediaTime = Stored.Span(MediaUs),
            Length = Stored.Span(LengthUs),
            Detail = Detail,
        };
}

/// <summary>A row of <c>requests</c> as it is stored.</summary>
internal sealed class StoredRequest
{
    public const string Columns =
        "id AS Id, application AS Application, instance AS Instance, stream AS Stream, options AS Options, keep_alive AS KeepAlive, owner AS Owner, created_ms AS CreatedMs";

    public byte[] Id { get; init; } = [];
    public string Application { get; init; } = "";
    public string Instance { get; init; } = "";
    public string Stream { get; init; } = "";
    public string Options { get; init; } = "";
    public long KeepAlive { get; init; }
    public string? Owner { get; init; }
    public long CreatedMs { get; init; }

    public RecordingRequest ToRequest() =>
        new(Stored.Id(Id), new StreamAddress(Application, Instance, Stream), Options, KeepAlive != 0, Stored.Time(CreatedMs)) { Owner = Owner };
}

/// <summary>How values are stored.</summary>
internal static class Stored
{
    public static Guid Id(byte[] bytes) => new(bytes, bigEndian: true);

    public static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    public static TimeSpan? Span(long? microseconds) => microseconds is { } us ? new TimeSpan(us * TimeSpan.TicksPerMicrosecond) : null;
}
