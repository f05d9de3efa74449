using Tapedeck.Connections;
using Tapedeck.Media;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Streams;

/// <summary>A live stream: its log, its tracks, its publisher. The writing side is <see cref="StreamPublisher"/>.</summary>
public sealed class LiveStream : ILiveStream
{
    private readonly StreamOptions _options;
    private readonly TaskCompletionSource<StreamEndReason> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Track[] _tracks = [];
    private byte[] _metadata = [];
    private long _bytesReceived;

    internal LiveStream(string application, string instance, string name, IClientConnection publisher, TimeProvider time, SlabPool pool, StreamOptions options)
    {
        Application = application;
        Instance = instance;
        Name = name;
        Publisher = publisher;
        StartedAt = time.GetUtcNow();
        _options = options;
        Log = new FrameLog(pool, options, time);
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public string Application { get; }

    /// <inheritdoc />
    public string Instance { get; }

    /// <inheritdoc />
    public IClientConnection Publisher { get; }

    /// <inheritdoc />
    public DateTimeOffset StartedAt { get; }

    /// <inheritdoc />
    public IReadOnlyList<Track> Tracks => Volatile.Read(ref _tracks);

    /// <inheritdoc />
    public ReadOnlyMemory<byte> Metadata => Volatile.Read(ref _metadata);

    /// <inheritdoc />
    public Task<StreamEndReason> Ended => _ended.Task;

    /// <inheritdoc />
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <inheritdoc />
    public bool IsWatched => Log.IsWatched;

    internal FrameLog Log { get; }

    /// <inheritdoc />
    public IStreamReader OpenReader(ReaderOptions options) =>
        new LogReader(Log, this, options.Lossless ? options : options with { MaxLagBytes = Math.Min(options.MaxLagBytes, _options.ViewerLagBytes) });

    /// <inheritdoc />
    public override string ToString() => $"{Application}/{Instance}/{Name}";

    // Written by the publisher's task only.

    internal void Received(int bytes) => Volatile.Write(ref _bytesReceived, _bytesReceived + bytes);

    internal void SetMetadata(ReadOnlyMemory<byte> amf0) => Volatile.Write(ref _metadata, amf0.ToArray());

    internal void NoteTrack(Track track)
    {
        var tracks = _tracks;
        for (var i = 0; i < tracks.Length; i++)
        {
            if (tracks[i].Id != track.Id)
                continue;
            if (ReferenceEquals(tracks[i], track))
                return;
            var changed = (Track[])tracks.Clone();
            changed[i] = track;
            Volatile.Write(ref _tracks, changed);
            return;
        }

        if (track.Kind != TrackKind.Data)
            Volatile.Write(ref _tracks, [.. tracks, track]);
    }

    internal bool TryEnd(StreamEndReason reason) => _ended.TrySetResult(reason);
}
