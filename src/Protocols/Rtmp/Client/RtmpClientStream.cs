namespace Tapedeck.Protocols.Rtmp;

/// <summary>One message stream of an <see cref="RtmpClient"/>, publishing or playing.</summary>
public sealed class RtmpClientStream
{
    private readonly RtmpClient _client;
    private readonly string _startCode;
    private readonly TaskCompletionSource<RtmpStatus> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal RtmpClientStream(RtmpClient client, uint id, string name, string startCode)
    {
        _client = client;
        _startCode = startCode;
        Id = id;
        Name = name;
    }

    /// <summary>Message stream id that the server gave.</summary>
    public uint Id { get; }

    /// <summary>As given to publish or play.</summary>
    public string Name { get; }

    internal Task<RtmpStatus> Started => _started.Task;

    /// <summary>Sends a media or data message; see <see cref="RtmpClient.SendAsync"/>.</summary>
    public ValueTask SendAsync(MessageType type, uint timestamp, ReadOnlyMemory<byte> body, CancellationToken cancellation = default) =>
        _client.SendAsync(Id, type, timestamp, body, cancellation);

    /// <summary>Ends publishing: FCUnpublish, deleteStream. Does not wait for an answer; the connection stays.</summary>
    public Task UnpublishAsync(CancellationToken cancellation = default) => _client.EndAsync(this, isPublishing: true, cancellation);

    /// <summary>Ends playing: deleteStream. The connection stays.</summary>
    public Task StopAsync(CancellationToken cancellation = default) => _client.EndAsync(this, isPublishing: false, cancellation);

    internal void OnStatus(RtmpStatus status)
    {
        if (status.IsError) Fail(new RtmpStatusException(status));
        else if (status.Code == _startCode) _started.TrySetResult(status);
    }

    internal void Fail(Exception reason)
    {
        if (_started.TrySetException(reason)) _ = _started.Task.Exception;
    }
}
