using Tapedeck.Recordings;

namespace Tapedeck.Engine.Catalog;

/// <summary>Where a stream lives: application, instance, name.</summary>
public readonly record struct StreamAddress(string Application, string Instance, string Stream);

/// <summary>A recording that begins. Its identity is the caller's, so that nobody waits for the catalog to learn it.</summary>
/// <param name="Id">Unique for ever; <see cref="Guid.CreateVersion7()"/> keeps the index in time order.</param>
/// <param name="Address">What is recorded.</param>
/// <param name="Options">The options as JSON, with all defaults filled in.</param>
/// <param name="CreatedAt">When it was asked for.</param>
public sealed record NewRecording(Guid Id, StreamAddress Address, string Options, DateTimeOffset CreatedAt)
{
    /// <summary>Who publishes: a login, an address; for people.</summary>
    public string? Publisher { get; init; }

    /// <summary>The persisted request that it comes from.</summary>
    public Guid? Request { get; init; }

    /// <summary>Requested, waiting or writing.</summary>
    public CatalogState State { get; init; } = CatalogState.Requested;

    /// <summary>Labels that it starts with.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>A recording as the catalog knows it.</summary>
public sealed record RecordingRow(
    Guid Id,
    StreamAddress Address,
    string Options,
    string? Publisher,
    Guid? Request,
    CatalogState State,
    RecordingEndReason? EndReason,
    string? Error,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    DateTimeOffset ChangedAt);

/// <summary>How a recording ended, told with the state that it ends in.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Error">What went wrong, for a person; null when nothing did.</param>
public sealed record RecordingEnding(RecordingEndReason Reason, string? Error = null);

/// <summary>A file that is about to be made: its row is durable before its first byte.</summary>
/// <param name="Id">Unique for ever.</param>
/// <param name="Recording">The recording it is part of.</param>
/// <param name="Sequence">Its place among the recording's files, from 0.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Format">Short name of the container: <c>mp4</c>, <c>ts</c>, …</param>
/// <param name="StartedAt">Wall clock of its first frame as far as known. Files are ordered by it, so it never changes.</param>
public sealed record NewFile(Guid Id, Guid Recording, int Sequence, string Path, string Format, DateTimeOffset StartedAt)
{
    /// <summary>Decode time of its first frame within the stream, when known.</summary>
    public TimeSpan? FirstMediaTime { get; init; }
}

/// <summary>A file that is complete and synced.</summary>
/// <param name="File">Which.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Duration">How long it plays.</param>
/// <param name="EndedAt">Wall clock of its last frame.</param>
public sealed record FileClosing(Guid File, long Bytes, TimeSpan Duration, DateTimeOffset EndedAt)
{
    /// <summary>Decode time of its first frame within the stream, when it was not known at the start.</summary>
    public TimeSpan? FirstMediaTime { get; init; }
}

/// <summary>What was found out about a file along with its new state.</summary>
public sealed record FileFinding
{
    /// <summary>Result of the validation in words; <c>ok</c> when all is well.</summary>
    public string? Validation { get; init; }

    /// <summary>SHA-256 of the whole file, 32 bytes.</summary>
    public byte[]? Sha256 { get; init; }

    /// <summary>Size after a repair.</summary>
    public long? Bytes { get; init; }

    /// <summary>Duration after a repair.</summary>
    public TimeSpan? Duration { get; init; }
}

/// <summary>A file as the catalog knows it.</summary>
public sealed record FileRow(
    Guid Id,
    Guid Recording,
    StreamAddress Address,
    int Sequence,
    string Path,
    string Format,
    CatalogState State,
    long Bytes,
    TimeSpan Duration,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    TimeSpan? FirstMediaTime,
    string? Validation,
    byte[]? Sha256,
    DateTimeOffset ChangedAt);

/// <summary>What happened to the time of a recording.</summary>
public enum LedgerCause
{
    /// <summary>Media is missing and nobody said why.</summary>
    Gap,

    /// <summary>Much media at once: more than the wall clock allows.</summary>
    Burst,

    /// <summary>Time stamps leapt forward.</summary>
    Jump,

    /// <summary>Time stamps went backwards.</summary>
    Backwards,

    /// <summary>Time stamps passed the end of their number range (24, 31, 32 or 33 bits).</summary>
    Wrap,

    /// <summary>Media time and wall clock have moved apart.</summary>
    Drift,

    /// <summary>A track goes on with another codec or configuration.</summary>
    CodecChange,

    /// <summary>The picture goes on in another size.</summary>
    SizeChange,

    /// <summary>The publisher left and came back within the grace window.</summary>
    Reconnect,

    /// <summary>Frames were lost because the volume was too slow.</summary>
    SlowVolume,

    /// <summary>Nothing could be written: volume full, read-only, failed or gone.</summary>
    VolumeFault,

    /// <summary>Somebody paused the recording.</summary>
    Pause,

    /// <summary>The host ended without closing the file; its unwritten end is lost.</summary>
    Crash,
}

/// <summary>One line of a recording's ledger.</summary>
/// <param name="Id">Unique for ever, so that a line told twice is written once.</param>
/// <param name="Recording">Whose.</param>
/// <param name="Cause">What happened.</param>
/// <param name="At">Wall clock.</param>
public sealed record LedgerEntry(Guid Id, Guid Recording, LedgerCause Cause, DateTimeOffset At)
{
    /// <summary>The file that it happened in.</summary>
    public Guid? File { get; init; }

    /// <summary>Where on the recording's time line, to the microsecond.</summary>
    public TimeSpan? MediaTime { get; init; }

    /// <summary>How much time is concerned, to the microsecond.</summary>
    public TimeSpan? Length { get; init; }

    /// <summary>More, for a person.</summary>
    public string? Detail { get; init; }
}

/// <summary>A request to record that outlives a restart.</summary>
/// <param name="Id">Unique for ever.</param>
/// <param name="Address">What to record, when it is there.</param>
/// <param name="Options">The options as JSON.</param>
/// <param name="KeepAlive">True: record each time the stream returns.</param>
/// <param name="CreatedAt">When it was asked for.</param>
public sealed record RecordingRequest(Guid Id, StreamAddress Address, string Options, bool KeepAlive, DateTimeOffset CreatedAt)
{
    /// <summary>Who asked; for people.</summary>
    public string? Owner { get; init; }
}

/// <summary>A recording that was interrupted, or has an interrupted file.</summary>
/// <param name="Recording">The recording.</param>
/// <param name="Files">Its unfinished files, oldest first.</param>
public sealed record UnfinishedRecording(RecordingRow Recording, IReadOnlyList<FileRow> Files);
