using System.Buffers;
using System.Buffers.Binary;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>How binding a Set Peer Bandwidth is (RTMP 1.0 section 5.4.5).</summary>
public enum PeerBandwidthLimit : byte
{
    Hard = 0,
    Soft = 1,
    Dynamic = 2,
}

/// <summary>Bodies of the protocol control messages 1, 2, 3, 5 and 6 (RTMP 1.0 section 5.4), and writers for them on chunk stream 2.</summary>
public static class ControlMessage
{
    /// <summary>By convention; peers may send control messages on any chunk stream.</summary>
    public const int ChunkStreamId = 2;

    /// <summary>The 32-bit number with which every protocol control message starts.</summary>
    /// <exception cref="RtmpProtocolException">Fewer than four bytes.</exception>
    public static uint ReadUInt32(MessageType type, ReadOnlySpan<byte> body) => body.Length >= 4
        ? BinaryPrimitives.ReadUInt32BigEndian(body)
        : throw new RtmpProtocolException($"A control message of type {(int)type} has {body.Length} bytes; it needs 4.");

    /// <summary>Tells the peer how many bytes (modulo 2^32) have arrived.</summary>
    public static void WriteAcknowledgement(this ChunkWriter writer, IBufferWriter<byte> output, uint bytesReceived) =>
        WriteNumber(writer, output, MessageType.Acknowledgement, bytesReceived);

    /// <summary>Asks the peer to acknowledge after each <paramref name="size"/> bytes.</summary>
    public static void WriteWindowAcknowledgementSize(this ChunkWriter writer, IBufferWriter<byte> output, uint size) =>
        WriteNumber(writer, output, MessageType.WindowAcknowledgementSize, size);

    /// <summary>Tells the peer to drop the partial message of a chunk stream.</summary>
    public static void WriteAbort(this ChunkWriter writer, IBufferWriter<byte> output, int csid) =>
        WriteNumber(writer, output, MessageType.Abort, (uint)csid);

    public static void WriteSetPeerBandwidth(this ChunkWriter writer, IBufferWriter<byte> output, uint size, PeerBandwidthLimit limit)
    {
        Span<byte> body = stackalloc byte[5];
        BinaryPrimitives.WriteUInt32BigEndian(body, size);
        body[4] = (byte)limit;
        writer.WriteMessage(output, ChunkStreamId, MessageType.SetPeerBandwidth, 0, 0, body);
    }

    private static void WriteNumber(ChunkWriter writer, IBufferWriter<byte> output, MessageType type, uint value)
    {
        Span<byte> body = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(body, value);
        writer.WriteMessage(output, ChunkStreamId, type, 0, 0, body);
    }
}
