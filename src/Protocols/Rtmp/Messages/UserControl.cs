using System.Buffers;
using System.Buffers.Binary;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>Event types of User Control messages (RTMP 1.0 section 7.1.7). 31 and 32 are sent by some servers and documented nowhere.</summary>
public enum UserControlEvent : ushort
{
    StreamBegin = 0,
    StreamEof = 1,
    StreamDry = 2,
    SetBufferLength = 3,
    StreamIsRecorded = 4,
    PingRequest = 6,
    PingResponse = 7,
    BufferEmpty = 31,
    BufferReady = 32,
}

/// <summary>A User Control message (type 4).</summary>
/// <param name="Event">May be a value that <see cref="UserControlEvent"/> does not name; such events are to be ignored.</param>
/// <param name="Value">Stream id, or the time of a ping in milliseconds; 0 where an unknown event carries less.</param>
/// <param name="BufferMilliseconds">Of SetBufferLength, else 0.</param>
public readonly record struct UserControl(UserControlEvent Event, uint Value, uint BufferMilliseconds = 0)
{
    /// <exception cref="RtmpProtocolException">Too short for its event.</exception>
    public static UserControl Parse(ReadOnlySpan<byte> body)
    {
        if (body.Length < 2) throw TooShort(body.Length, 2);
        var kind = (UserControlEvent)BinaryPrimitives.ReadUInt16BigEndian(body);
        var needed = kind switch
        {
            UserControlEvent.SetBufferLength => 10,
            <= UserControlEvent.StreamIsRecorded or UserControlEvent.PingRequest or UserControlEvent.PingResponse => 6,
            _ => 2,
        };
        if (body.Length < needed) throw TooShort(body.Length, needed);
        return new UserControl(
            kind,
            body.Length >= 6 ? BinaryPrimitives.ReadUInt32BigEndian(body[2..]) : 0,
            kind == UserControlEvent.SetBufferLength ? BinaryPrimitives.ReadUInt32BigEndian(body[6..]) : 0);
    }

    /// <summary>Writes the whole message on chunk stream 2.</summary>
    public void Write(ChunkWriter writer, IBufferWriter<byte> output)
    {
        Span<byte> body = stackalloc byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)Event);
        BinaryPrimitives.WriteUInt32BigEndian(body[2..], Value);
        BinaryPrimitives.WriteUInt32BigEndian(body[6..], BufferMilliseconds);
        var length = Event == UserControlEvent.SetBufferLength ? 10 : 6;
        writer.WriteMessage(output, ControlMessage.ChunkStreamId, MessageType.UserControl, 0, 0, body[..length]);
    }

    private static RtmpProtocolException TooShort(int length, int needed) =>
        new($"A User Control message has {length} bytes; it needs {needed}.");
}
