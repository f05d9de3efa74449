namespace Tapedeck.Protocols.Rtmp;

/// <summary>The server answered a call with <c>_error</c>.</summary>
public sealed class RtmpCallException(string command, RtmpCommand answer)
    : Exception($"{command} failed: {RtmpStatus.From(answer).Code} {RtmpStatus.From(answer).Description}".TrimEnd())
{
    /// <summary>The call that failed.</summary>
    public string Command { get; } = command;

    public RtmpCommand Answer { get; } = answer;

    /// <summary>What the answer says, as far as it has an information object.</summary>
    public RtmpStatus Status { get; } = RtmpStatus.From(answer);
}
