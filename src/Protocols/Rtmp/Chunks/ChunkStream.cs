namespace Tapedeck.Protocols.Rtmp;

/// <summary>What a <see cref="ChunkReader"/> remembers about one chunk stream id; under 100 bytes without a body.</summary>
internal sealed class ChunkStream(int id)
{
    public readonly int Id = id;
    public uint Timestamp;
    public uint Delta;
    public uint StreamId;
    public uint ExtendedField;
    public int Length;
    public int Received;
    public MessageType Type;
    public bool IsExtended;
    public bool IsReceiving;
    public byte[]? Rented;
    public Memory<byte> Body;

    public MessageHeader Header => new(Id, Type, Timestamp, Length, StreamId);
}
