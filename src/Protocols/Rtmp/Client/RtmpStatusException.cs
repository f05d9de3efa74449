namespace Tapedeck.Protocols.Rtmp;

/// <summary>The server refused to publish or play, by an <c>onStatus</c> of level error.</summary>
public sealed class RtmpStatusException(RtmpStatus status)
    : Exception($"{status.Code}: {status.Description}")
{
    public RtmpStatus Status { get; } = status;

    public string Level => Status.Level;

    public string Code => Status.Code;

    public string Description => Status.Description;
}
