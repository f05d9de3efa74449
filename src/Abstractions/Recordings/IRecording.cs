using Tapedeck.Streams;

namespace Tapedeck.Recordings;

/// <summary>Where a recording stands.</summary>
public enum RecordingState
{
    /// <summary>Accepted; no media yet, or waiting for a key frame.</summary>
    Waiting,

    /// <summary>Media is on disk.</summary>
    Writing,

    /// <summary>Somebody paused it: media passes by.</summary>
    Paused,

    /// <summary>The publisher left: the recording waits for its return (<see cref="RecordingOptions.Grace"/>). What came is on disk.</summary>
    AwaitingReturn,

    /// <summary>The last fragment and the index are being written.</summary>
    Closing,

    /// <summary>Complete.</summary>
    Closed,

    /// <summary>Ended by an error; what had been written stays playable.</summary>
    Failed,

    /// <summary>The disk takes nothing at present. Media waits in memory as far as it may; the recording goes on by itself as soon as the disk is well.</summary>
    Suspended,
}

/// <summary>Why a recording ended.</summary>
public enum RecordingEndReason
{
    /// <summary>Somebody stopped it.</summary>
    Stopped,

    /// <summary>Its stream ended.</summary>
    StreamEnded,

    /// <summary>It could not be written.</summary>
    WriteFailed,

    /// <summary>The stream carries something that the container cannot hold.</summary>
    UnsupportedMedia,

    /// <summary>It reached its maximum duration or size.</summary>
    LimitReached,

    /// <summary>The host or the application stops.</summary>
    Shutdown,
}

/// <summary>Why a recording's time is not the encoder's time, or why something is missing.</summary>
public enum DiscontinuityCause
{
    /// <summary>Nothing came for a while; the time is kept.</summary>
    Gap,

    /// <summary>The encoder's clock leapt forward further than a gap can be; the time was taken out.</summary>
    JumpForward,

    /// <summary>The encoder's clock went back; the recording goes on where it was.</summary>
    JumpBack,

    /// <summary>A frame came with a time before that of the frame before it, by no more than a second; it was put behind it.</summary>
    Disorder,

    /// <summary>The encoder's clock passed the end of its number range (24, 31 or 32 bits of milliseconds, 33 bits at 90 kHz); the recording counts on.</summary>
    Wrap,

    /// <summary>Media came much faster than time passed, as after a stall of the network; the length is how much faster.</summary>
    Burst,

    /// <summary>The encoder's clock and the wall clock have moved apart: above 0 it is ahead, below 0 behind. Nothing was changed.</summary>
    Drift,

    /// <summary>Somebody paused the recording; the time was taken out.</summary>
    Paused,

    /// <summary>The disk was slower than the stream for too long: frames were lost.</summary>
    FramesLost,

    /// <summary>Codec or parameters of a track changed, or a track appeared late.</summary>
    TrackChanged,

    /// <summary>Nothing could be written for a while (disk full, read-only, failing or gone), or what had been written was lost with its disk; the time was taken out.</summary>
    VolumeFault,

    /// <summary>The size of the picture changed.</summary>
    SizeChanged,

    /// <summary>The publisher left and came back within <see cref="RecordingOptions.Grace"/>; the time in between is kept.</summary>
    Reconnected,

    /// <summary>The host ended without closing the file, which was mended at the next start; its unwritten end is lost.</summary>
    Crashed,
}

/// <summary>An entry of a recording's ledger.</summary>
/// <param name="Cause">What happened.</param>
/// <param name="MediaTime">Where in the recording, counted over all its files.</param>
/// <param name="WallTime">When (UTC).</param>
/// <param name="Length">How long: of the gap or pause, or by how much the clock leapt (negative: back); zero where it has no length.</param>
/// <param name="Detail">For people.</param>
public sealed record Discontinuity(DiscontinuityCause Cause, TimeSpan MediaTime, DateTimeOffset WallTime, TimeSpan Length, string Detail);

/// <summary>A file that is complete.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Format">Its container.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Duration">How long it plays.</param>
/// <param name="StartedAt">Wall clock (UTC) of its first frame.</param>
public sealed record RecordedFile(string Path, RecordingFormat Format, long Bytes, TimeSpan Duration, DateTimeOffset StartedAt);

/// <summary>A recording, from its start to its end. Safe for use by any thread.</summary>
public interface IRecording
{
    /// <summary>Unique for ever.</summary>
    Guid Id { get; }

    /// <summary>The stream that is recorded; another one of the same name after its publisher came back within the grace window.</summary>
    ILiveStream Stream { get; }

    /// <summary>What was asked for, with the application's defaults filled in.</summary>
    RecordingOptions Options { get; }

    /// <summary>Where it stands.</summary>
    RecordingState State { get; }

    /// <summary>Absolute path of the file that is, or will be, written.</summary>
    string Path { get; }

    /// <summary>Files that are complete.</summary>
    IReadOnlyList<RecordedFile> Files { get; }

    /// <summary>What was not as it should be, in order; the newest thousand entries.</summary>
    IReadOnlyList<Discontinuity> Ledger { get; }

    /// <summary>Its labels now: those it started with, and those that were set since.</summary>
    IReadOnlyDictionary<string, string> Labels { get; }

    /// <summary>Why it ended; null while it runs.</summary>
    RecordingEndReason? EndReason { get; }

    /// <summary>What went wrong, for a person; null when nothing did.</summary>
    string? Error { get; }

    /// <summary>Completes when the recording has ended and its last file is closed. Never faults.</summary>
    Task Completion { get; }
}

/// <summary>Records streams of one application instance. Safe for use by any thread.</summary>
public interface IRecorder
{
    /// <summary>Recordings that have not ended.</summary>
    IReadOnlyCollection<IRecording> Active { get; }

    /// <summary>How this application records where nobody asks otherwise; the format is filled in. Modules begin with it and change what they were asked for.</summary>
    RecordingOptions Defaults { get; }

    /// <summary>Starts recording a live stream. Returns when the name of its file is settled; media follows.</summary>
    /// <exception cref="RecordingException">It cannot be recorded; nothing was written.</exception>
    ValueTask<IRecording> StartAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken = default);

    /// <summary>Requests that stand, oldest first.</summary>
    IReadOnlyCollection<IRecordingRequest> Requests { get; }

    /// <summary>
    /// Asks for the recording of a stream that need not exist yet: it starts with the stream's first frame, at once when the stream is live. A start that
    /// fails is logged as an error and tried again when the stream returns.
    /// </summary>
    /// <param name="streamName">Name of the stream, without prefix and query.</param>
    /// <param name="options">How it is to be recorded.</param>
    /// <param name="terms">How long the request stands.</param>
    /// <param name="cancellationToken">Ends the wait, not the request.</param>
    /// <exception cref="RecordingException">It cannot stand: bad name or options, or too many requests.</exception>
    ValueTask<IRecordingRequest> RequestAsync(string streamName, RecordingOptions options, RequestTerms terms, CancellationToken cancellationToken = default);

    /// <summary>Takes a request back, for good. What is being recorded for it goes on. One that does not stand is left as it is.</summary>
    ValueTask CancelAsync(IRecordingRequest request, CancellationToken cancellationToken = default);

    /// <summary>Goes on in a new file, as <see cref="SplitOptions.OnKeyFrame"/> says. An ended recording is left as it is.</summary>
    void Split(IRecording recording);

    /// <summary>Lets media pass by until <see cref="Resume"/>; the time in between is not part of the recording. Nothing happens when it is paused or has ended.</summary>
    void Pause(IRecording recording);

    /// <summary>Goes on with the next key frame (or frame, as <see cref="RecordingOptions.StartOnKeyFrame"/> says), in the same file.</summary>
    void Resume(IRecording recording);

    /// <summary>Sets a label of a recording, also of one that has ended; null takes it away. The catalog follows.</summary>
    /// <exception cref="RecordingException">The key or the value is too long or not printable, or there are too many labels.</exception>
    void SetLabel(IRecording recording, string key, string? value);

    /// <summary>Stops a recording with the frame that arrived last and returns when its file is closed. An ended one is left as it is.</summary>
    ValueTask StopAsync(IRecording recording, CancellationToken cancellationToken = default);
}
