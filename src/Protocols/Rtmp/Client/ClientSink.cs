namespace Tapedeck.Protocols.Rtmp;

/// <summary>Keeps one buffer per chunk stream for what a client receives.</summary>
internal sealed class ClientSink(RtmpMessageHandler handler) : IMessageSink
{
    private readonly Dictionary<int, byte[]> _buffers = [];

    public Memory<byte> Lend(in MessageHeader header, int atLeast)
    {
        if (_buffers.TryGetValue(header.ChunkStreamId, out var known) && known.Length >= atLeast) return known;
        var buffer = new byte[atLeast];
        if (atLeast <= ChunkReader.WholeLendBytes) _buffers[header.ChunkStreamId] = buffer;
        return buffer;
    }

    public void OnMessage(in MessageHeader header, ReadOnlyMemory<byte> body) => handler(header, body);

    public void OnAbandoned(in MessageHeader header, Memory<byte> lent)
    {
    }
}
