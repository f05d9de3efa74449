namespace Tapedeck.Recordings;

/// <summary>The container a recording is written in.</summary>
public enum RecordingFormat
{
    /// <summary>ISO base media (MP4), playable at every instant.</summary>
    Mp4,

    /// <summary>FLV, every tag as received.</summary>
    Flv,

    /// <summary>MP4 that stays in fragments (fMP4), for players and packagers that want it so.</summary>
    FragmentedMp4,

    /// <summary>MPEG transport stream.</summary>
    MpegTs,

    /// <summary>WebM: VP8, VP9, AV1 with Opus or Vorbis.</summary>
    WebM,

    /// <summary>Matroska: takes nearly every codec.</summary>
    Matroska,
}

/// <summary>Which tracks of a stream a recording keeps.</summary>
public enum TrackSelection
{
    /// <summary>All.</summary>
    All,

    /// <summary>Pictures only.</summary>
    Video,

    /// <summary>Sound only.</summary>
    Audio,
}

/// <summary>Where a recording goes on when a track changes its parameters: picture size, parameter sets, channels of sound.</summary>
public enum CodecChange
{
    /// <summary>In a new file, which has one set of parameters from beginning to end.</summary>
    NewFile,

    /// <summary>
    /// In the same file, where the container can say it: MP4 gets a further sample description (H.264, H.265 and AAC of the same rate), FLV and MPEG-TS have it
    /// between their frames. Matroska, WebM and another codec in MP4 need a new file all the same.
    /// </summary>
    SameFile,
}

/// <summary>When a recording goes on in a new file. The first condition that is met counts; each starts anew with the new file.</summary>
public sealed record SplitOptions
{
    /// <summary>After this much media; null: never.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>When the file has about this many bytes; null: never.</summary>
    public long? Bytes { get; init; }

    /// <summary>
    /// At the times of a cron expression with 5 fields (minute first) or 6 (second first), in <see cref="TimeZone"/>; null: never. <c>0 * * * *</c> is every full hour.
    /// </summary>
    public string? Schedule { get; init; }

    /// <summary>Zone of <see cref="Schedule"/>, such as <c>Europe/Berlin</c>; null: UTC.</summary>
    public string? TimeZone { get; init; }

    /// <summary>
    /// True: the new file begins with the next video key frame (any frame where there is no video), so that it plays by itself; no frame is lost or
    /// doubled. False: with the next frame, at once.
    /// </summary>
    public bool OnKeyFrame { get; init; } = true;
}

/// <summary>What happens when the file of a new recording exists already.</summary>
public enum ExistingFile
{
    /// <summary>Both are kept, under names as <see cref="RecordingOptions.Versioning"/> says: by default the new one is <c>name_1.mp4</c>, <c>name_2.mp4</c>, ….</summary>
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

    /// <summary>How versions are named, and the further files of a recording.</summary>
    public FileVersioning Versioning { get; init; }

    /// <summary>
    /// True: the first picture is a key frame (no effect without video), and nothing comes before it unless the recording begins with the
    /// stream. False: begin with the next frame that arrives.
    /// </summary>
    public bool StartOnKeyFrame { get; init; } = true;

    /// <summary>True: script data (metadata, cue points, text) is written where the container has a place for it.</summary>
    public bool RecordData { get; init; } = true;

    /// <summary>When to go on in a new file; null: only where the container forces it.</summary>
    public SplitOptions? Split { get; init; }

    /// <summary>Where to go on when a track changes its parameters; null: in the same file for FLV and MPEG-TS, in a new one for the others.</summary>
    public CodecChange? CodecChange { get; init; }

    /// <summary>The recording stops when it holds this much media; null: never.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>The recording stops when its files have this many bytes together; null: never.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>
    /// How far in the past the recording starts at most: with a key frame at least so old, or with the oldest that is still held (the application's <c>preroll</c> says
    /// how much is). Null or zero: with what arrives after the request.
    /// </summary>
    public TimeSpan? Preroll { get; init; }

    /// <summary>
    /// How long the recording waits, after its stream ended, for a stream of the same name to go on with; up to <see cref="MaximumGrace"/>. Zero: it ends with
    /// its stream. Null: the application's <c>recordingGrace</c>.
    /// </summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>The longest <see cref="Grace"/>.</summary>
    public static TimeSpan MaximumGrace { get; } = TimeSpan.FromMinutes(30);

    /// <summary>Which tracks are kept.</summary>
    public TrackSelection Tracks { get; init; } = TrackSelection.All;

    /// <summary>What files are called.</summary>
    public NamingOptions Naming { get; init; } = new();

    /// <summary>File name without folder, as a person or client gave it; null: the template's, or the stream's name. Escaped, never trusted.</summary>
    public string? FileName { get; init; }

    /// <summary>What a loss of power may take; null: as the host is set.</summary>
    public Durability? Durability { get; init; }

    /// <summary>What holds for MP4 files only.</summary>
    public Mp4Options Mp4 { get; init; } = new();

    /// <summary>Labels that the recording starts with; keys compare by case. Bounded by <c>recording.maxLabels</c> and <c>recording.maxLabelLength</c>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = RecordingLabels.None;
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

    /// <summary>Options contradict each other, or go beyond a limit.</summary>
    BadOptions,

    /// <summary>The application instance stops, or has no place to keep what was asked for.</summary>
    Unavailable,

    /// <summary>As many requests as there may be stand already.</summary>
    TooManyRequests,
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
