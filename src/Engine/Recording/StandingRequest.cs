using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Recording;

/// <summary>A request to record that stands. Safe for use by any thread.</summary>
internal sealed class StandingRequest(Guid id, string streamName, RecordingOptions options, RequestTerms terms, DateTimeOffset createdAt) : IRecordingRequest
{
    private readonly Lock _gate = new();
    private ILiveStream? _taken; // the stream that a recording was started for last
    private IRecording? _recording;

    public Guid Id { get; } = id;

    public string StreamName { get; } = streamName;

    public RecordingOptions Options { get; } = options;

    public RequestTerms Terms { get; } = terms;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public IRecording? Recording => Volatile.Read(ref _recording);

    /// <summary>Completes when the recording that is being started for it has started, or could not; never faults.</summary>
    public Task Starting { get; set; } = Task.CompletedTask;

    /// <summary>True for the one who is to start a recording of this stream.</summary>
    public bool TryTake(ILiveStream stream)
    {
        lock (_gate)
        {
            // A stream of which nothing came is no reason to pass over the next.
            if (ReferenceEquals(_taken, stream) || (_taken is { BytesReceived: > 0 } && !Terms.KeepAlive))
                return false;
            _taken = stream;
            return true;
        }
    }

    /// <summary>The recording of a stream that was taken has started.</summary>
    public void Started(ILiveStream stream, IRecording recording)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_taken, stream)) // else a later one was faster
                Volatile.Write(ref _recording, recording);
        }
    }

    /// <summary>What was taken came to nothing: the next stream counts.</summary>
    public void Forget(ILiveStream stream)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_taken, stream))
                _taken = null;
        }
    }
}
