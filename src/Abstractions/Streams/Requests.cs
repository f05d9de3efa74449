using Tapedeck.Connections;
using Tapedeck.Recordings;

namespace Tapedeck.Streams;

/// <summary>A client's wish to publish.</summary>
public sealed record PublishRequest
{
    /// <summary>Who asks.</summary>
    public required IClientConnection Client { get; init; }

    /// <summary>Stream name without prefix and query, as the client sent it. Not a file name.</summary>
    public required string StreamName { get; init; }

    /// <summary>Live, record or append.</summary>
    public PublishType Type { get; init; }

    /// <summary>Container that the name's prefix asked for (<c>mp4:</c>, <c>flv:</c>); null without a prefix.</summary>
    public RecordingFormat? Format { get; init; }

    /// <summary>Parameters that came with the name, after <c>?</c>; keys compare without case.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = EmptyQuery;

    internal static readonly IReadOnlyDictionary<string, string> EmptyQuery = new Dictionary<string, string>();
}

/// <summary>A client's wish to play.</summary>
public sealed record PlayRequest
{
    /// <summary>Who asks.</summary>
    public required IClientConnection Client { get; init; }

    /// <summary>Stream name without prefix and query.</summary>
    public required string StreamName { get; init; }

    /// <summary>Parameters that came with the name, after <c>?</c>; keys compare without case.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = PublishRequest.EmptyQuery;
}

/// <summary>Why a publish or play request was refused.</summary>
public enum RefusalKind
{
    /// <summary>Not refused.</summary>
    None,

    /// <summary>A module refused it.</summary>
    ByModule,

    /// <summary>The name is already being published.</summary>
    NameInUse,

    /// <summary>The name cannot be used (empty, control characters, invalid UTF-8, too long).</summary>
    BadName,

    /// <summary>The application does not record, but record or append was asked for.</summary>
    RecordingNotAllowed,

    /// <summary>The recording that must go with the stream cannot be written.</summary>
    CannotRecord,

    /// <summary>There is no such stream to play.</summary>
    NotFound,

    /// <summary>The application instance is stopping or full.</summary>
    Unavailable,
}

/// <summary>What became of a publish request.</summary>
/// <param name="Publisher">The writing end; null when refused.</param>
/// <param name="Refusal">Why it was refused.</param>
/// <param name="Reason">In words for the person at the encoder; null when accepted.</param>
/// <param name="Recording">The recording that goes with the stream because of the application's stream type or the publish type; null when there is none.</param>
public sealed record PublishResult(IStreamPublisher? Publisher, RefusalKind Refusal, string? Reason, IRecording? Recording)
{
    /// <summary>Accepted.</summary>
    public static PublishResult Accepted(IStreamPublisher publisher, IRecording? recording) => new(publisher, RefusalKind.None, null, recording);

    /// <summary>Refused.</summary>
    public static PublishResult Refused(RefusalKind refusal, string reason) => new(null, refusal, reason, null);
}

/// <summary>What became of a play request.</summary>
/// <param name="Stream">The stream to read; null when refused.</param>
/// <param name="Refusal">Why it was refused.</param>
/// <param name="Reason">In words for the person at the player; null when accepted.</param>
public sealed record PlayResult(ILiveStream? Stream, RefusalKind Refusal, string? Reason)
{
    /// <summary>Accepted.</summary>
    public static PlayResult Accepted(ILiveStream stream) => new(stream, RefusalKind.None, null);

    /// <summary>Refused.</summary>
    public static PlayResult Refused(RefusalKind refusal, string reason) => new(null, refusal, reason);
}
