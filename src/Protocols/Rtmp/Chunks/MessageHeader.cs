namespace Tapedeck.Protocols.Rtmp;

/// <summary>What the chunk layer knows about one message.</summary>
/// <param name="ChunkStreamId">2..65599.</param>
/// <param name="Type">As sent; may be a value that <see cref="MessageType"/> does not name.</param>
/// <param name="Timestamp">Absolute, in milliseconds, modulo 2^32; for media this is the decoding time.</param>
/// <param name="Length">Of the body, in bytes: 0..16,777,215.</param>
/// <param name="StreamId">Message stream id; 0 is the connection itself.</param>
public readonly record struct MessageHeader(int ChunkStreamId, MessageType Type, uint Timestamp, int Length, uint StreamId);
