namespace Tapedeck.Recordings;

/// <summary>The container a recording is written in.</summary>
public enum RecordingFormat
{
    /// <summary>ISO base media (MP4), playable at every instant.</summary>
    Mp4,

    /// <summary>FLV, every tag as received.</summary>
    Flv,
}

/// <summary>What happens when the file of a new recording exists already.</summary>
public enum ExistingFile
{
    /// <summary>The new recording takes the next free name: <c>name_1.mp4</c>, <c>name_2.mp4</c>, …; the old file stays untouched.</summary>
    Version,

    /// <summary>The new recording goes on at the end of the old file; a missing file is made.</summary>
    Append,

    /// <summary>The old file is replaced when the first media of the new recording is written.</summary>
    Overwrite,
}

/// <summary>How a stream is to be recorded.</summary>
public sealed record RecordingOptions
{
    /// <summary>Container; null: the application's default.</summary>
    public RecordingFormat? Format { get; init; }

    /// <summary>What to do about an existing file.</summary>
    public ExistingFile ExistingFile { get; init; } = ExistingFile.Version;

    /// <summary>
    /// True: the first picture is a key frame (no effect without video), and nothing comes before it unless the recording begins with the
    /// stream. False: begin with the next frame that arrives.
    /// </summary>
    public bool StartOnKeyFrame { get; init; } = true;

    /// <summary>True: script data (metadata, cue points, text) is written where the container has a place for it.</summary>
    public bool RecordData { get; init; } = true;

    /// <summary>File name without folder, as a person or client gave it; null: the stream's name. Escaped, never trusted.</summary>
    public string? FileName { get; init; }
}

/// <summary>Why a recording could not be started.</summary>
public enum RecordingRefusal
{
    /// <summary>The stream is not live.</summary>
    NoSuchStream,

    /// <summary>A module refused it.</summary>
    ByModule,

    /// <summary>The storage directory cannot be written.</summary>
    NoAccess,

    /// <summary>Another active recording writes this very file.</summary>
    FileInUse,

    /// <summary>The existing file cannot be continued.</summary>
    CannotAppend,

    /// <summary>The name cannot be used for a file.</summary>
    BadName,

    /// <summary>The application instance stops.</summary>
    Unavailable,
}

/// <summary>A recording could not be started; nothing was written.</summary>
public sealed class RecordingException : Exception
{
    /// <summary>Made by the recorder.</summary>
    public RecordingException(RecordingRefusal refusal, string message, Exception? innerException = null)
        : base(message, innerException) => Refusal = refusal;

    /// <summary>Which kind of reason the message tells.</summary>
    public RecordingRefusal Refusal { get; }
}
