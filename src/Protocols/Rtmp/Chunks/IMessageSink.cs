namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// Takes the messages of one <see cref="ChunkReader"/>, all calls inside <see cref="ChunkReader.Feed"/> and on its thread.
/// Memory is lent only for audio (8), video (9), aggregate (22) and data (15, 18) messages that are not empty; every other
/// message comes in a buffer of the reader that is valid during <see cref="OnMessage"/> only.
/// There is at most one partly received message per <see cref="MessageHeader.ChunkStreamId"/>: that number is the token
/// that ties the calls together. For one message they come in this order:
/// <c>Lend (first) · Lend (more) … · OnMessage | OnAbandoned</c>.
/// </summary>
public interface IMessageSink
{
    /// <summary>
    /// Memory for a message body: at least <paramref name="atLeast"/> bytes, which may be less than <c>header.Length</c>.
    /// A declared length is only a promise: up to <see cref="ChunkReader.WholeLendBytes"/> the whole body is asked for at once,
    /// beyond that the reader asks again, for twice as much (at most <c>header.Length</c>), when what it has is full.
    /// On such a second call the memory lent before must stay untouched until this call returns and the reader made its next
    /// call of any kind: it copies what arrived into the new memory. A sink that can extend in place returns
    /// memory that starts at the same address.
    /// </summary>
    Memory<byte> Lend(in MessageHeader header, int atLeast);

    /// <summary>A complete message. <paramref name="body"/> has <c>header.Length</c> bytes and is the start of the memory lent last.</summary>
    void OnMessage(in MessageHeader header, ReadOnlyMemory<byte> body);

    /// <summary>A partly received message was dropped (abort, new header, end of the reader): the memory lent last is free.</summary>
    void OnAbandoned(in MessageHeader header, Memory<byte> lent);
}
