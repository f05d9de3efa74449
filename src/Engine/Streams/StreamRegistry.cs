using System.Collections.Concurrent;
using Tapedeck.Connections;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Streams;

/// <summary>The live streams of one application instance. A name is held by at most one publisher; the registration is atomic.</summary>
public sealed class StreamRegistry(string application, string instance, SlabPool pool, StreamOptions options, TimeProvider time, Preroll? preroll = null)
{
    private readonly ConcurrentDictionary<string, LiveStream> _streams = new(StringComparer.Ordinal);

    /// <summary>Raised when a stream has ended and its name is free again.</summary>
    public event Action<ILiveStream, StreamEndReason>? Ended;

    /// <summary>Streams that are live now.</summary>
    public IReadOnlyCollection<ILiveStream> Streams => [.. _streams.Values];

    /// <summary>The live stream of this name; null when there is none.</summary>
    public ILiveStream? Find(string name) => _streams.GetValueOrDefault(name);

    /// <summary>Takes the name and opens the stream's log; null when somebody else has the name.</summary>
    public IStreamPublisher? TryPublish(string name, IClientConnection publisher)
    {
        var stream = new LiveStream(application, instance, name, publisher, time, pool, options, preroll);
        return _streams.TryAdd(name, stream) ? new StreamPublisher(stream, End) : null;
    }

    /// <summary>The name is free before anybody learns of the end: who waits for it may take it.</summary>
    private void End(LiveStream stream, StreamEndReason reason)
    {
        _streams.TryRemove(new KeyValuePair<string, LiveStream>(stream.Name, stream));
        if (stream.TryEnd(reason))
            Ended?.Invoke(stream, reason);
    }
}
