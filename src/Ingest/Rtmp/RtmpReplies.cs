using System.Buffers;
using Tapedeck.Connections;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>Where an answer belongs: the form the client used and its transaction.</summary>
/// <param name="Type">Command message type of the request; answers use the same.</param>
/// <param name="TransactionId">0 when no answer is wanted.</param>
internal readonly record struct ReplyTo(MessageType Type, double TransactionId);

/// <summary>Writes the server's side of the conversation. Safe for use by any thread.</summary>
internal sealed class RtmpReplies(OutputQueue output)
{
    private const int CommandChunkStream = 3;
    private const int StatusChunkStream = 5;

    /// <summary>An information object as clients expect it.</summary>
    public static AmfObject Info(string level, string code, string description, string? details = null)
    {
        var info = new AmfObject { { "level", level }, { "code", code }, { "description", description } };
        if (details is not null)
            info["details"] = details;
        return info;
    }

    /// <summary>Window, bandwidth, chunk size, then the result of connect.</summary>
    public void Connected(ReplyTo reply, ConnectRequest request, RtmpServerOptions options)
    {
        output.Write(options, static (chunks, buffer, o) =>
        {
            chunks.WriteWindowAcknowledgementSize(buffer, (uint)o.WindowAcknowledgementSize);
            chunks.WriteSetPeerBandwidth(buffer, (uint)o.WindowAcknowledgementSize, PeerBandwidthLimit.Dynamic);
            chunks.WriteSetChunkSize(buffer, o.ChunkSize);
        });

        var properties = new AmfObject { { "fmsVer", "FMS/3,5,7,7009" }, { "capabilities", 31.0 }, { "mode", 1.0 } };
        if (!request.Capabilities.IsEmpty)
        {
            var any = new Dictionary<string, FourCcAbility> { [EnhancedCapabilities.AnyFourCc] = FourCcAbility.Forward };
            new EnhancedCapabilities
            {
                FourCcList = [EnhancedCapabilities.AnyFourCc],
                Video = any,
                Audio = any,
                CapsEx = ExtendedCapabilities.Multitrack | ExtendedCapabilities.ModEx | ExtendedCapabilities.TimestampNanoOffset,
                VideoFunction = VideoFunctions.PacketTypeMetadata,
            }.AddTo(properties);
        }

        var info = Info("status", "NetConnection.Connect.Success", "Connection succeeded.");
        info["objectEncoding"] = (double)request.ObjectEncoding;
        Send(0, CommandChunkStream, reply.Type, new RtmpCommand("_result", reply.TransactionId, properties, info));
        Command(reply.Type, "onBWDone", 0, null);
    }

    /// <summary>Answers with a value, unless no answer is wanted.</summary>
    public void Result(ReplyTo reply, object? value)
    {
        if (reply.TransactionId != 0)
            Send(0, CommandChunkStream, reply.Type, new RtmpCommand("_result", reply.TransactionId, null, value));
    }

    /// <summary>Answers with an error; also when no answer is wanted, because somebody should see it.</summary>
    public void Error(ReplyTo reply, string code, string description) =>
        Send(0, CommandChunkStream, reply.Type, new RtmpCommand("_error", reply.TransactionId, null, Info("error", code, description)));

    /// <summary>Calls the client.</summary>
    public void Command(MessageType type, string name, double transactionId, object? commandObject, params object?[] arguments) =>
        Send(0, CommandChunkStream, type, new RtmpCommand(name, transactionId, commandObject, arguments));

    /// <summary>An onStatus on a message stream, or on the connection.</summary>
    public void Status(uint streamId, StatusMessage message)
    {
        var info = Info(message.Level, message.Code, message.Description, message.Details);
        info["clientid"] = 1.0;
        Send(streamId, StatusChunkStream, MessageType.CommandAmf0, new RtmpCommand("onStatus", 0, null, info));
    }

    /// <summary>User Control: the stream begins.</summary>
    public void StreamBegin(uint streamId) =>
        output.Write(streamId, static (chunks, buffer, id) => new UserControl(UserControlEvent.StreamBegin, id).Write(chunks, buffer));

    /// <summary>User Control: the stream has ended.</summary>
    public void StreamEof(uint streamId) =>
        output.Write(streamId, static (chunks, buffer, id) => new UserControl(UserControlEvent.StreamEof, id).Write(chunks, buffer));

    private void Send(uint streamId, int chunkStream, MessageType type, RtmpCommand command)
    {
        var body = new ArrayBufferWriter<byte>();
        command.Write(body, type);
        output.Write((streamId, chunkStream, type, body), static (chunks, buffer, m) =>
            chunks.WriteMessage(buffer, m.chunkStream, m.type, 0, m.streamId, m.body.WrittenSpan));
    }
}
