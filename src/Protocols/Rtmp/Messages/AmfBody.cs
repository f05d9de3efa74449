using System.Buffers;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// What command and data bodies share: a name first, and for the AMF3 types a selector byte 0 before AMF0 values
/// (each of which may switch to AMF3 with marker 0x11). Encoders that leave the selector out are understood: a name
/// never starts with 0.
/// </summary>
internal static class AmfBody
{
    public static List<object?> Read(MessageType type, ReadOnlySpan<byte> body, RtmpLimits limits, out string name)
    {
        if (IsAmf3(type) && body.Length > 0 && body[0] == 0) body = body[1..];
        var reader = new Amf0Reader(body, limits);
        name = reader.Read() as string
            ?? throw new RtmpProtocolException($"A message of type {(int)type} does not start with a name.");
        var values = new List<object?>();
        while (!reader.AtEnd) values.Add(reader.Read());
        return values;
    }

    public static void WriteSelector(IBufferWriter<byte> output, MessageType type)
    {
        if (IsAmf3(type)) Amf0Writer.WriteByte(output, 0);
    }

    private static bool IsAmf3(MessageType type) => type is MessageType.CommandAmf3 or MessageType.DataAmf3;
}
