using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>Settings of the RTMP server (section <c>rtmp</c>).</summary>
public sealed record RtmpServerOptions
{
    /// <summary>Where plain RTMP is accepted.</summary>
    [Description("Addresses and ports for RTMP, comma separated; an address of 0.0.0.0 or [::] is every interface, port 0 any free one; empty switches RTMP off")]
    public IReadOnlyList<string> Listen { get; init; } = ["0.0.0.0:1935"];

    /// <summary>Where RTMP over TLS is accepted.</summary>
    [Description("Addresses and ports for RTMPS; needs rtmp.certificateFile")]
    public IReadOnlyList<string> ListenTls { get; init; } = [];

    /// <summary>PEM or PFX file with the certificate chain.</summary>
    [Description("Certificate for RTMPS: a PEM file, or a PFX file without password; read again when it changes")]
    public string CertificateFile { get; init; } = "";

    /// <summary>PEM file with the private key.</summary>
    [Description("Private key for RTMPS as a PEM file; empty when certificateFile holds it")]
    public string CertificateKeyFile { get; init; } = "";

    /// <summary>From accept to an answered connect.</summary>
    [Description("Time for TLS, handshake and connect")]
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Without a byte from the client.</summary>
    [Description("Time without a byte after which a publisher, or a client that neither publishes nor plays, is disconnected")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often quiet publishers are read.</summary>
    [Description("Time between looks at publishers that nobody watches live: they are read when a recording's next write is due, at the latest after four such times. Reading rarely and much costs half the CPU, and a crash of the host costs that much more; 0 reads at once always, as on systems other than Linux")]
    public TimeSpan ReceiveInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>A client that does not read.</summary>
    [Description("Time in which a client must take what is sent to it")]
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>All connections.</summary>
    [Description("Connections at a time")]
    [Range(1, 1_000_000)]
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Connections of one client address.</summary>
    [Description("Connections at a time from one address")]
    [Range(1, 1_000_000)]
    public int MaxConnectionsPerAddress { get; init; } = 100;

    /// <summary>Streams of one connection.</summary>
    [Description("Message streams (createStream) a connection may have at a time")]
    [Range(1, 1000)]
    public int MaxStreamsPerConnection { get; init; } = 32;

    /// <summary>Replies that the client has not taken.</summary>
    [Description("Bytes that may wait to be sent to a client besides media; more closes the connection")]
    [Range(4096, 1L << 30)]
    public int MaxPendingBytes { get; init; } = 1024 * 1024;

    /// <summary>Commands for modules that wait for the one before.</summary>
    [Description("Commands of a connection that may wait for a module's answer")]
    [Range(1, 10_000)]
    public int MaxPendingCalls { get; init; } = 64;

    /// <summary>What we send in one chunk.</summary>
    [Description("Size of the chunks that are sent, in bytes")]
    [Range(128, 16_777_215)]
    public int ChunkSize { get; init; } = 65_536;

    /// <summary>What the client is asked to acknowledge.</summary>
    [Description("Window that clients are told to acknowledge, in bytes")]
    [Range(2500, 1L << 31)]
    public long WindowAcknowledgementSize { get; init; } = 2_500_000;

    /// <summary>What one client may make us hold.</summary>
    public RtmpLimits Limits { get; init; } = RtmpLimits.Default;
}
