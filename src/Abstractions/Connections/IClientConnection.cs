using System.Net;
using Tapedeck.Streams;

namespace Tapedeck.Connections;

/// <summary>A message for the person at the encoder or player, in the form of NetConnection/NetStream status objects.</summary>
/// <param name="Level"><c>status</c>, <c>warning</c> or <c>error</c>; encoders give up on <c>error</c>.</param>
/// <param name="Code">For example <c>NetStream.Record.Start</c>.</param>
/// <param name="Description">One sentence that says what happened.</param>
/// <param name="Details">What it is about, usually the stream name.</param>
public sealed record StatusMessage(string Level, string Code, string Description, string? Details = null);

/// <summary>An encoder's or player's connection, whatever its protocol. Safe for use by any thread.</summary>
public interface IClientConnection
{
    /// <summary>Unique for the life of the process; appears in every log line about the connection.</summary>
    string Id { get; }

    /// <summary><c>rtmp</c>, <c>rtmps</c>, …</summary>
    string Protocol { get; }

    /// <summary>The other end.</summary>
    EndPoint? RemoteEndPoint { get; }

    /// <summary>What the client calls itself (RTMP <c>flashVer</c>), empty when it does not say.</summary>
    string UserAgent { get; }

    /// <summary>Parameters of the address it connected to, after <c>?</c>; keys compare without case.</summary>
    IReadOnlyDictionary<string, string> Query { get; }

    /// <summary>Streams that this connection publishes now. Commands of a client act on these only.</summary>
    IReadOnlyList<ILiveStream> PublishedStreams { get; }

    /// <summary>Shows the client a status. Never waits: queued behind what is already to be sent; dropped when the connection is gone.</summary>
    /// <param name="message">What to show.</param>
    /// <param name="stream">The stream of this connection it belongs to; null for the connection as a whole.</param>
    void SendStatus(StatusMessage message, ILiveStream? stream = null);

    /// <summary>Closes the connection; the reason appears in the log.</summary>
    void Close(string reason);
}
