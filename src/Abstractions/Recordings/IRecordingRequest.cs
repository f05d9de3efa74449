namespace Tapedeck.Recordings;

/// <summary>How long a request to record stands.</summary>
public sealed record RequestTerms
{
    /// <summary>
    /// True: a recording starts each time the stream returns, until the request is cancelled. False: once; the request is done with when that recording has
    /// ended, unless nothing came or the stop of the host ended it.
    /// </summary>
    public bool KeepAlive { get; init; }

    /// <summary>True: the request is kept in the catalog and stands after a restart of the host.</summary>
    public bool Persist { get; init; }

    /// <summary>Who asks; for people. Null: nobody says.</summary>
    public string? Owner { get; init; }
}

/// <summary>A request to record a stream that need not exist yet. Safe for use by any thread.</summary>
public interface IRecordingRequest
{
    /// <summary>Unique for ever.</summary>
    Guid Id { get; }

    /// <summary>Name of the stream; compared exactly.</summary>
    string StreamName { get; }

    /// <summary>How it is to be recorded.</summary>
    RecordingOptions Options { get; }

    /// <summary>How long it stands.</summary>
    RequestTerms Terms { get; }

    /// <summary>When it was made (UTC).</summary>
    DateTimeOffset CreatedAt { get; }

    /// <summary>The latest recording that was started for it; null while it waits for its stream for the first time.</summary>
    IRecording? Recording { get; }
}
