using System.Text.Json.Serialization;

namespace Tapedeck.HookScript.Protocol;

/// <summary>What host and worker tell each other. One step at a time; host speaks first.</summary>
/// <remarks><code>
/// worker: ready
/// host:   prepare | run           worker: log, compiled, broken, ask … (host: answer) … ended
/// host:   cancel (while it runs)  worker: exiting, when a script ends the process
/// </code></remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(ReadyMessage), "ready")]
[JsonDerivedType(typeof(PrepareMessage), "prepare")]
[JsonDerivedType(typeof(RunMessage), "run")]
[JsonDerivedType(typeof(CancelMessage), "cancel")]
[JsonDerivedType(typeof(LogMessage), "log")]
[JsonDerivedType(typeof(CompiledMessage), "compiled")]
[JsonDerivedType(typeof(BrokenMessage), "broken")]
[JsonDerivedType(typeof(AskMessage), "ask")]
[JsonDerivedType(typeof(AnswerMessage), "answer")]
[JsonDerivedType(typeof(ExitingMessage), "exiting")]
[JsonDerivedType(typeof(EndedMessage), "ended")]
internal abstract record Message;

/// <summary>Worker: it is up.</summary>
internal sealed record ReadyMessage : Message;

/// <summary>Host: compile, so that the next run is warm. Ends with <see cref="EndedMessage"/>.</summary>
/// <param name="Script">Which.</param>
/// <param name="LastGood">The last version that compiled, where the worker may not have it.</param>
internal sealed record PrepareMessage(ScriptPlace Script, ScriptImage? LastGood) : Message;

/// <summary>Host: run.</summary>
/// <param name="Script">Which.</param>
/// <param name="LastGood">The last version that compiled, where the worker may not have it.</param>
/// <param name="Step">The attempt.</param>
/// <param name="Recording">The recording.</param>
/// <param name="File">The file; null for events of the recording.</param>
internal sealed record RunMessage(ScriptPlace Script, ScriptImage? LastGood, StepFacts Step, RecordingFacts Recording, FileFacts? File) : Message;

/// <summary>Host: the script's <c>Cancellation</c> is to be signalled.</summary>
internal sealed record CancelMessage : Message;

/// <summary>Worker: a line of the script.</summary>
internal sealed record LogMessage(LineLevel Level, string Text) : Message;

/// <summary>Worker: a new version compiled.</summary>
internal sealed record CompiledMessage(ScriptImage Image) : Message;

/// <summary>Worker: the present version does not compile. The last good one runs instead when there is one.</summary>
/// <param name="Content">Hash of what does not compile.</param>
/// <param name="Errors">One line each, with file, line and column.</param>
/// <param name="HasLastGood">Whether an earlier version runs instead.</param>
internal sealed record BrokenMessage(string Content, IReadOnlyList<string> Errors, bool HasLastGood) : Message;

/// <summary>Worker: the script wants something of the catalog.</summary>
internal sealed record AskMessage(int Number, AskKind Kind, string? Key, string? Value) : Message;

/// <summary>Host: the answer.</summary>
/// <param name="Number">That of the question.</param>
/// <param name="Error">Why not; null when it was done.</param>
/// <param name="Path">Where the copy is.</param>
/// <param name="File">The file as it is now.</param>
/// <param name="Ledger">The ledger.</param>
internal sealed record AnswerMessage(int Number, string? Error, string? Path = null, FileFacts? File = null, IReadOnlyList<LedgerFacts>? Ledger = null) : Message;

/// <summary>Worker: the process ends because the script said so.</summary>
internal sealed record ExitingMessage : Message;

/// <summary>Worker: it is done with what the host asked for.</summary>
internal sealed record EndedMessage(RunOutcome Outcome, string? Detail) : Message;

/// <summary>What a script can ask for.</summary>
internal enum AskKind
{
    MoveFile,
    CopyFile,
    DeleteFile,
    SetLabel,
    Ledger,
}

/// <summary>Weight of a line of the script.</summary>
internal enum LineLevel
{
    Debug,
    Information,
    Warning,
    Error,
}

/// <summary>How a run ended.</summary>
internal enum RunOutcome
{
    Done,
    Retry,
    GivenUp,
    Cancelled,
}

/// <summary>A script and where it may load from.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Roots">Absolute folders that <c>#load</c> and <c>#r</c> stay in; the first is the one of scripts.</param>
internal sealed record ScriptPlace(string Path, IReadOnlyList<string> Roots);

/// <summary>A file that went into a version.</summary>
internal sealed record ScriptPart(string Path, string Content);

/// <summary>A version that compiled, ready to be loaded without the compiler.</summary>
/// <param name="Content">Hash of all that went into it.</param>
/// <param name="Assembly">The code.</param>
/// <param name="Symbols">Its portable PDB.</param>
/// <param name="EntryType">Class of the entry point.</param>
/// <param name="EntryMethod">Method of the entry point.</param>
/// <param name="Sources">The script and what it loads.</param>
/// <param name="Libraries">Assemblies that it refers to, and theirs.</param>
internal sealed record ScriptImage(
    string Content, byte[] Assembly, byte[] Symbols, string EntryType, string EntryMethod, IReadOnlyList<ScriptPart> Sources, IReadOnlyList<ScriptPart> Libraries);

internal sealed record StepFacts(
    Guid Id, string Definition, string Event, int Attempt, DateTimeOffset At, IReadOnlyDictionary<string, string> Options, CauseFacts? Cause);

internal sealed record CauseFacts(Guid Step, string Kind, string? Argument, string? Detail);

internal sealed record RecordingFacts(
    Guid Id, string Application, string Instance, string Stream, DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    string? EndReason, string? Error, IReadOnlyDictionary<string, string> Labels);

internal sealed record FileFacts(Guid Id, int Sequence, string Path, string Format, long Bytes, TimeSpan Duration, DateTimeOffset StartedAt);

internal sealed record LedgerFacts(string Cause, TimeSpan MediaTime, DateTimeOffset WallTime, TimeSpan Length, string Detail);

/// <summary>Made by the compiler: a worker that starts has no time for reflection.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = false)]
[JsonSerializable(typeof(Message))]
internal sealed partial class MessageJson : JsonSerializerContext;
