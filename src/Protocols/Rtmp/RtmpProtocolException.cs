namespace Tapedeck.Protocols.Rtmp;

/// <summary>The peer broke the protocol or one of the <see cref="RtmpLimits"/>; the connection cannot go on.</summary>
public sealed class RtmpProtocolException(string message) : Exception(message);
