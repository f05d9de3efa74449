using Tapedeck.Recordings;

namespace Tapedeck.Steps;

/// <summary>The recording that a step is about, as the catalog knows it at the beginning of the attempt.</summary>
/// <param name="Id">Unique for ever.</param>
/// <param name="Application">Its application.</param>
/// <param name="Instance">The application's instance.</param>
/// <param name="Stream">Its stream.</param>
/// <param name="RequestedAt">When it was accepted (UTC).</param>
public sealed record StepRecording(Guid Id, string Application, string Instance, string Stream, DateTimeOffset RequestedAt)
{
    /// <summary>When its first file began (UTC); null before that.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended (UTC); null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it ended; null while it runs.</summary>
    public RecordingEndReason? EndReason { get; init; }

    /// <summary>What went wrong; null when nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>The file that a step is about, as the catalog knows it at the beginning of the attempt.</summary>
/// <param name="Id">Unique for ever.</param>
/// <param name="Sequence">Its place in the recording, from 0.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Format">Container, such as <c>mp4</c>.</param>
/// <param name="StartedAt">Wall clock of its first frame (UTC).</param>
public sealed record StepFile(Guid Id, int Sequence, string Path, string Format, DateTimeOffset StartedAt)
{
    /// <summary>Size in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>How long it plays.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>SHA-256 of the whole file where a step has told it, else null.</summary>
    public ReadOnlyMemory<byte>? Sha256 { get; init; }

    /// <summary>Its place below the application's storage directory, with <c>/</c> between folders; the bare file name where it lies elsewhere.</summary>
    public string Name { get => field ?? System.IO.Path.GetFileName(Path); init; }
}

/// <summary>Another step, which a step on <see cref="StepEvent.StepDone"/> or <see cref="StepEvent.StepFailed"/> is about.</summary>
/// <param name="Step">Its identity.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Argument">Its argument.</param>
/// <param name="Detail">What it told: where the upload is, or why it failed.</param>
public sealed record StepCause(Guid Step, string Kind, string? Argument, string? Detail);

/// <summary>One attempt of a step. Safe for use by any thread; void when the attempt is over.</summary>
public abstract class StepCall
{
    /// <summary>Idempotency key: the same for every attempt of this step, unique for ever.</summary>
    public abstract Guid Id { get; }

    /// <summary>What the application listed.</summary>
    public abstract StepDefinition Definition { get; }

    /// <summary>1 for the first attempt.</summary>
    public abstract int Attempt { get; }

    /// <summary>When the event was (UTC).</summary>
    public abstract DateTimeOffset At { get; }

    /// <summary>The recording.</summary>
    public abstract StepRecording Recording { get; }

    /// <summary>The file; null for events of the recording.</summary>
    public abstract StepFile? File { get; }

    /// <summary>The step it is about, for <see cref="StepEvent.StepDone"/> and <see cref="StepEvent.StepFailed"/>; else null.</summary>
    public abstract StepCause? Cause { get; }

    /// <summary>What an attempt before kept with <see cref="SaveProgressAsync"/>; null at the beginning.</summary>
    public abstract string? Progress { get; }

    /// <summary>Keeps text for the next attempt. It is on the medium when this returns.</summary>
    /// <exception cref="StepException">The catalog cannot be written now.</exception>
    public abstract ValueTask SaveProgressAsync(string progress, CancellationToken cancellationToken);

    /// <summary>The ledger of the recording, as text for people, in order.</summary>
    public abstract ValueTask<IReadOnlyList<Discontinuity>> GetLedgerAsync(CancellationToken cancellationToken);

    /// <summary>Moves the file, also to another volume, and has the catalog say so. <see cref="File"/> is the new place afterwards.</summary>
    /// <param name="path">Absolute, or relative to the file's folder. It must lie below the application's storage directory or one of its <c>stepDirectories</c>.</param>
    /// <param name="cancellationToken">Ends it; the file is then where it was.</param>
    /// <exception cref="StepException">There is no file, the place is not allowed or taken, or the disk refuses; the message names the remedy.</exception>
    public abstract ValueTask MoveFileAsync(string path, CancellationToken cancellationToken);

    /// <summary>Copies the file to a place as <see cref="MoveFileAsync"/> allows; a file of the same content there counts as done.</summary>
    /// <returns>The absolute path of the copy.</returns>
    /// <exception cref="StepException">As for <see cref="MoveFileAsync"/>.</exception>
    public abstract ValueTask<string> CopyFileAsync(string path, CancellationToken cancellationToken);

    /// <summary>Removes the file from disk; its row stays and says by which step. A file that is gone already is no error.</summary>
    /// <exception cref="StepException">There is no file in this event, or the disk refuses.</exception>
    public abstract ValueTask DeleteFileAsync(CancellationToken cancellationToken);

    /// <summary>Keeps the file's SHA-256 in the catalog.</summary>
    public abstract ValueTask SetSha256Async(ReadOnlyMemory<byte> hash, CancellationToken cancellationToken);

    /// <summary>Sets a label of the recording; null takes it away.</summary>
    /// <exception cref="StepException">The key or value is too long or not printable.</exception>
    public abstract ValueTask SetLabelAsync(string key, string? value, CancellationToken cancellationToken);
}

/// <summary>Something that a step asked for cannot be done; the message names the remedy.</summary>
public sealed class StepException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>How an attempt ended.</summary>
public enum StepOutcome
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>It is tried again, after a while that grows.</summary>
    Retry,

    /// <summary>Trying again would end the same way: it waits for a person among the failed steps.</summary>
    Failed,

    /// <summary>It is not its time yet, such as the hour of the day: it is called again later. This was no attempt and no failure.</summary>
    Wait,
}

/// <summary>The end of an attempt. An exception counts as <see cref="StepOutcome.Retry"/> with its message.</summary>
/// <param name="Outcome">How.</param>
/// <param name="Detail">For people: what was done (where the upload is), or what is wrong and the remedy. Never a secret.</param>
public readonly record struct StepResult(StepOutcome Outcome, string? Detail)
{
    /// <summary>When to try again, at the earliest; null: the host chooses.</summary>
    public TimeSpan? After { get; init; }

    /// <summary>It is done.</summary>
    public static StepResult Done(string? detail = null) => new(StepOutcome.Done, detail);

    /// <summary>It is tried again.</summary>
    public static StepResult Retry(string reason, TimeSpan? after = null) => new(StepOutcome.Retry, reason) { After = after };

    /// <summary>Its time has not come; it is called again after <paramref name="after"/>, and nothing counts against it meanwhile.</summary>
    public static StepResult Wait(string reason, TimeSpan after) => new(StepOutcome.Wait, reason) { After = after };

    /// <summary>It waits for a person.</summary>
    public static StepResult Fail(string reason) => new(StepOutcome.Failed, reason);
}
