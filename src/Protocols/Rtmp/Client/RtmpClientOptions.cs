using System.Net.Security;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>Takes a message as it arrives. <paramref name="body"/> is valid only during the call.</summary>
public delegate void RtmpMessageHandler(in MessageHeader header, ReadOnlyMemory<byte> body);

/// <summary>How an <see cref="RtmpClient"/> presents itself and what it hands out. All callbacks come from its receive loop, one at a time.</summary>
public sealed record RtmpClientOptions
{
    public string FlashVer { get; init; } = "FMLE/3.0 (compatible; FMSc/1.0)";

    /// <summary>Chunk size of what is sent, in bytes; told before connect, as OBS does.</summary>
    public int ChunkSize { get; init; } = 4096;

    public HandshakeForm Handshake { get; init; } = HandshakeForm.Simple;

    /// <summary>Enhanced RTMP properties of connect; null for plain RTMP.</summary>
    public EnhancedCapabilities? Capabilities { get; init; }

    /// <summary>Further properties of the connect object; they replace those of the same name.</summary>
    public AmfObject? ConnectProperties { get; init; }

    /// <summary>Further arguments of connect, behind its object.</summary>
    public IReadOnlyList<object?> ConnectArguments { get; init; } = [];

    /// <summary>For reaching the server, and for each answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Media are collected up to this many bytes before they are written to the socket; 0 writes each message at once.</summary>
    public int SendBufferBytes { get; init; }

    public RtmpLimits Limits { get; init; } = RtmpLimits.Default;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Accepts the server's certificate of an rtmps address; null means the checks of the platform.</summary>
    public RemoteCertificateValidationCallback? CertificateValidation { get; init; }

    /// <summary>Media, data and shared object messages.</summary>
    public RtmpMessageHandler? OnMessage { get; init; }

    /// <summary>Commands of the server other than answers to calls; <c>onStatus</c> is among them.</summary>
    public Action<MessageHeader, RtmpCommand>? OnCommand { get; init; }

    /// <summary>Every <c>onStatus</c>, with the message stream id it came on.</summary>
    public Action<uint, RtmpStatus>? OnStatus { get; init; }

    /// <summary>User Control events other than PingRequest, which is answered.</summary>
    public Action<UserControl>? OnUserControl { get; init; }
}
