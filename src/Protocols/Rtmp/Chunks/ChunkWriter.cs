using System.Buffers;
using System.Buffers.Binary;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// Writes messages as chunks (RTMP 1.0 section 5.3). Headers are compressed to types 1 and 2 where stream id and a
/// forward time step allow it; type 3 only continues a message, because readers disagree about what it means at the
/// start of one. Extended timestamps are repeated on every continuation. Not thread-safe; messages do not interleave.
/// </summary>
public sealed class ChunkWriter
{
    /// <summary>Bytes that <see cref="WriteHeader"/> and <see cref="WriteContinuation"/> may need.</summary>
    public const int LongestHeader = 3 + 11 + 4;

    public const int MinChunkStreamId = 2;
    public const int MaxChunkStreamId = 65_599;
    public const int MaxMessageBytes = 0xFFFFFF;

    private const uint ExtendedMark = 0xFFFFFF;
    private const int ControlChunkStream = 2;

    private readonly Dictionary<int, Sent> _sent = [];
    private int _lastId;
    private Sent? _last;

    private sealed class Sent
    {
        public bool Any;
        public uint Timestamp;
        public uint StreamId;
        public int Length;
        public MessageType Type;
        public uint Extended;
    }

    /// <summary>Payload bytes of a full chunk, as the peer knows it; changed by <see cref="WriteSetChunkSize"/>.</summary>
    public int ChunkSize { get; private set; } = ChunkReader.InitialChunkSize;

    /// <summary>Tells the peer the new chunk size, which then holds for the next message.</summary>
    /// <param name="size">1..16,777,215 bytes.</param>
    public void WriteSetChunkSize(IBufferWriter<byte> output, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxMessageBytes);
        Span<byte> body = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(body, size);
        WriteMessage(output, ControlChunkStream, MessageType.SetChunkSize, 0, 0, body);
        ChunkSize = size;
    }

    /// <summary>Writes one whole message.</summary>
    /// <param name="csid">2..65599; each kind of message should keep to its own.</param>
    /// <param name="timestamp">Absolute, in milliseconds.</param>
    /// <param name="body">At most 16,777,215 bytes.</param>
    public void WriteMessage(IBufferWriter<byte> output, int csid, MessageType type, uint timestamp, uint streamId, ReadOnlySpan<byte> body)
    {
        output.Advance(WriteHeader(output.GetSpan(LongestHeader), csid, type, timestamp, streamId, body.Length));
        while (true)
        {
            var part = Math.Min(ChunkSize, body.Length);
            output.Write(body[..part]);
            body = body[part..];
            if (body.IsEmpty) return;
            output.Advance(WriteContinuation(output.GetSpan(LongestHeader), csid));
        }
    }

    /// <summary>
    /// For scatter output: writes only the header of a new message. The caller then sends the body in pieces of
    /// <see cref="ChunkSize"/> bytes, with a <see cref="WriteContinuation"/> before each piece but the first.
    /// </summary>
    /// <returns>Bytes written to <paramref name="destination"/>, at most <see cref="LongestHeader"/>.</returns>
    public int WriteHeader(Span<byte> destination, int csid, MessageType type, uint timestamp, uint streamId, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)MaxMessageBytes);
        var sent = Find(csid);
        var delta = timestamp - sent.Timestamp;
        // A step back, or one too large for 24 bits, is told with an absolute timestamp.
        var isStep = sent.Any && sent.StreamId == streamId && timestamp >= sent.Timestamp && delta < ExtendedMark;
        var fmt = !isStep ? 0 : sent.Type == type && sent.Length == length ? 2 : 1;
        var time = fmt == 0 ? timestamp : delta;
        var isExtended = time >= ExtendedMark;

        var at = WriteBasic(destination, fmt, csid);
        WriteUInt24(destination[at..], isExtended ? ExtendedMark : time);
        at += 3;
        if (fmt <= 1)
        {
            WriteUInt24(destination[at..], (uint)length);
            destination[at + 3] = (byte)type;
            at += 4;
        }
        if (fmt == 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination[at..], streamId);
            at += 4;
        }
        if (isExtended)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination[at..], time);
            at += 4;
        }
        sent.Any = true;
        sent.Timestamp = timestamp;
        sent.StreamId = streamId;
        sent.Type = type;
        sent.Length = length;
        sent.Extended = isExtended ? time : 0;
        return at;
    }

    /// <summary>Writes the type 3 header that continues the last message begun on this chunk stream.</summary>
    public int WriteContinuation(Span<byte> destination, int csid)
    {
        var sent = Find(csid);
        var at = WriteBasic(destination, 3, csid);
        if (sent.Extended == 0) return at;
        BinaryPrimitives.WriteUInt32BigEndian(destination[at..], sent.Extended);
        return at + 4;
    }

    private Sent Find(int csid)
    {
        if (_last is not null && _lastId == csid) return _last;
        ArgumentOutOfRangeException.ThrowIfLessThan(csid, MinChunkStreamId);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(csid, MaxChunkStreamId);
        if (!_sent.TryGetValue(csid, out var sent)) _sent[csid] = sent = new Sent();
        _lastId = csid;
        _last = sent;
        return sent;
    }

    private static int WriteBasic(Span<byte> destination, int fmt, int csid)
    {
        if (csid < 64)
        {
            destination[0] = (byte)(fmt << 6 | csid);
            return 1;
        }
        var rest = csid - 64;
        destination[0] = (byte)(fmt << 6 | (rest < 256 ? 0 : 1));
        destination[1] = (byte)rest;
        if (rest < 256) return 2;
        destination[2] = (byte)(rest >> 8);
        return 3;
    }

    private static void WriteUInt24(Span<byte> destination, uint value)
    {
        destination[0] = (byte)(value >> 16);
        destination[1] = (byte)(value >> 8);
        destination[2] = (byte)value;
    }
}
