using Tapedeck.Media;

namespace Tapedeck.Streams;

/// <summary>Why a stream ended.</summary>
public enum StreamEndReason
{
    /// <summary>The publisher said so (FCUnpublish, deleteStream, closeStream).</summary>
    Unpublished,

    /// <summary>The connection closed without a word.</summary>
    Disconnected,

    /// <summary>The connection was closed by the host because of an error of the publisher.</summary>
    ProtocolError,

    /// <summary>No bytes for longer than the idle limit.</summary>
    Idle,

    /// <summary>Another publisher took the name over.</summary>
    TakenOver,

    /// <summary>The host or the application stops.</summary>
    Shutdown,
}

/// <summary>A live, named stream of an application instance. Safe for use by any thread.</summary>
public interface ILiveStream
{
    /// <summary>Name without prefix (<c>mp4:</c>) and without query, as the publisher gave it.</summary>
    string Name { get; }

    /// <summary>Application the stream belongs to.</summary>
    string Application { get; }

    /// <summary>Application instance, <c>_definst_</c> unless named.</summary>
    string Instance { get; }

    /// <summary>The publisher's connection.</summary>
    Connections.IClientConnection Publisher { get; }

    /// <summary>Wall clock (UTC) when publishing began.</summary>
    DateTimeOffset StartedAt { get; }

    /// <summary>The tracks as they are now; each entry is replaced when its codec changes.</summary>
    IReadOnlyList<Track> Tracks { get; }

    /// <summary>The latest <c>onMetaData</c> as AMF0 (name and value), empty when none came.</summary>
    ReadOnlyMemory<byte> Metadata { get; }

    /// <summary>Completes when the stream has ended, with the reason.</summary>
    Task<StreamEndReason> Ended { get; }

    /// <summary>Media bytes received so far.</summary>
    long BytesReceived { get; }

    /// <summary>True while somebody reads it live: a reader that is not <see cref="ReaderOptions.Lossless"/>. Nobody else is in a hurry.</summary>
    bool IsWatched { get; }

    /// <summary>Starts a reader.</summary>
    IStreamReader OpenReader(ReaderOptions options);
}

/// <summary>Where in the log a reader starts.</summary>
public enum ReaderStart
{
    /// <summary>At the newest key frame that is still in the log (a late joiner sees a picture at once); at the next one where there is none.</summary>
    LatestKeyFrame,

    /// <summary>With the next frame that arrives.</summary>
    Next,
}

/// <summary>What a reader promises and wants.</summary>
public sealed record ReaderOptions
{
    /// <summary>Where to start.</summary>
    public ReaderStart Start { get; init; } = ReaderStart.LatestKeyFrame;

    /// <summary>
    /// True for a recorder: the log keeps what it has not read, up to <see cref="MaxLagBytes"/>; what is lost beyond that is counted
    /// in <see cref="IStreamReader.LostFrames"/>. False for a viewer: it skips to the newest key frame when it lags.
    /// </summary>
    public bool Lossless { get; init; }

    /// <summary>Bytes of media the reader may lag behind before frames are skipped.</summary>
    public long MaxLagBytes { get; init; } = 4 * 1024 * 1024;
}

/// <summary>
/// A position in a stream's log, used by one task at a time. Nothing is called back: the owner waits, looks at
/// <see cref="Frames"/>, and advances.
/// </summary>
public interface IStreamReader : IDisposable
{
    /// <summary>The stream that is read.</summary>
    ILiveStream Stream { get; }

    /// <summary>
    /// Waits until there is something to read. Everything delivered before and not advanced over is delivered again.
    /// </summary>
    /// <param name="atLeast">Return only when this much media time lies ahead of the position, or the stream ended, or a quarter of <see cref="ReaderOptions.MaxLagBytes"/> did; zero: as soon as one frame does.</param>
    /// <param name="maximumFrames">At most this many frames are delivered at once.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when the stream has ended and everything was read. True with no frames is possible after the reader was left behind: wait again.</returns>
    ValueTask<bool> WaitAsync(TimeSpan atLeast = default, int maximumFrames = 256, CancellationToken cancellationToken = default);

    /// <summary>Takes what can be read now, without waiting.</summary>
    /// <returns>False when there is nothing.</returns>
    bool TryRead(int maximumFrames = 256);

    /// <summary>Frames from the position on, in order of arrival; valid until the next call of <see cref="WaitAsync"/>, <see cref="TryRead"/>, <see cref="Advance"/> or Dispose.</summary>
    ReadOnlyMemory<MediaFrame> Frames { get; }

    /// <summary>Moves past the first <paramref name="count"/> frames of <see cref="Frames"/>; their memory may be reused at once.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than were delivered.</exception>
    void Advance(int count);

    /// <summary>Frames that this reader lost because it lagged, since it was opened.</summary>
    long LostFrames { get; }

    /// <summary>True when the stream has ended; frames may still be left to read.</summary>
    bool HasEnded { get; }
}
