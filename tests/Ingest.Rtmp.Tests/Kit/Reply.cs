using System.Buffers.Binary;
using System.Globalization;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>A message from the server.</summary>
internal sealed record Reply(MessageHeader Header, byte[] Body)
{
    public RtmpCommand Command { get; } = Header.Type is MessageType.CommandAmf0 or MessageType.CommandAmf3
        ? RtmpCommand.Parse(Header.Type, Body, RtmpLimits.Default)
        : new RtmpCommand("", 0, null);

    /// <summary>The information object of a command.</summary>
    public AmfObject Info => Command.Arguments.OfType<AmfObject>().First();

    public string Description => Info.GetString("description") ?? "";

    /// <summary>Short and comparable.</summary>
    public string Text => Header.Type switch
    {
        MessageType.CommandAmf0 or MessageType.CommandAmf3 when Command.Name == "onStatus" => $"onStatus@{Header.StreamId} {Info.GetString("code")}",
        MessageType.CommandAmf0 or MessageType.CommandAmf3 => $"{Command.Name} {Command.TransactionId}{Tail}",
        MessageType.SetChunkSize => $"chunk {Number}",
        MessageType.WindowAcknowledgementSize => $"window {Number}",
        MessageType.SetPeerBandwidth => $"bandwidth {Number}",
        MessageType.Acknowledgement => $"ack {Number}",
        MessageType.UserControl => UserControl.Parse(Body) switch
        {
            { Event: UserControlEvent.StreamBegin } u => $"begin {u.Value}",
            { Event: UserControlEvent.StreamEof } u => $"eof {u.Value}",
            { Event: UserControlEvent.PingResponse } u => $"pong {u.Value}",
            var u => $"{u.Event} {u.Value}",
        },
        _ => $"{Header.Type}@{Header.StreamId} {Header.Timestamp}",
    };

    private uint Number => BinaryPrimitives.ReadUInt32BigEndian(Body);

    private string Tail => Command.Argument(0) switch
    {
        AmfObject info => " " + info.GetString("code"),
        null => "",
        var value => string.Create(CultureInfo.InvariantCulture, $" {value}"),
    };
}
