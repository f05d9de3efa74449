using System.Buffers;
using System.Buffers.Binary;

namespace Tapedeck.Protocols.Rtmp;

// One chunk (RTMP 1.0 section 5.3.1):
//
//   basic header          message header                              extended      payload
//  +----+------+       0: timestamp(3) length(3) type(1) stream(4 LE)
//  |fmt | csid |       1: delta(3)     length(3) type(1)              timestamp or  min(chunk size,
//  | 2  |  6   |       2: delta(3)                                    delta (4)     rest of message)
//  +----+------+       3: nothing                                     if 0xFFFFFF
//   csid 0: +1 byte, 64..319 · csid 1: +2 bytes, little-endian, 64..65599

/// <summary>
/// Turns received bytes into messages (RTMP 1.0 section 5.3). Set Chunk Size and Abort are applied here and, like all
/// other messages, also reported. Not thread-safe; not reentrant from the sink.
/// </summary>
/// <remarks>
/// Decisions where peers and documents disagree:
/// a type 1 header opens an unseen chunk stream (timestamp counts from 0, stream 0), as librtmp sends it;
/// types 2 and 3 do not, because no length is known: error.
/// A type 0, 1 or 2 header in the middle of a message drops the partial message.
/// On type 3 the four bytes of an extended timestamp are taken only when they repeat a value known for the message;
/// encoders that leave them out are understood.
/// </remarks>
public sealed class ChunkReader(IMessageSink sink, RtmpLimits limits) : IDisposable
{
    /// <summary>Bodies up to this many bytes are lent whole; longer ones grow by doubling while bytes arrive.</summary>
    public const int WholeLendBytes = 256 * 1024;

    /// <summary>Chunk size of both directions until Set Chunk Size, in bytes.</summary>
    public const int InitialChunkSize = 128;

    /// <summary>A type 3 header after type 0 never advances the clock by more than this, in milliseconds.</summary>
    public const uint MaxRepeatedTimestamp = 5000;

    private const int LongestHeader = 3 + 11 + 4;
    private const int FirstOwnBuffer = 4096;
    private const uint ExtendedMark = 0xFFFFFF;

    private readonly ChunkStream?[] _low = new ChunkStream?[64];
    private readonly Dictionary<int, ChunkStream> _high = [];
    private readonly byte[] _pending = new byte[LongestHeader];
    private int _pendingCount;
    private int _streamCount;
    private long _inFlight;
    private ChunkStream? _current;
    private int _chunkLeft;
    private bool _broken;

    /// <summary>All bytes fed so far. The handshake is not among them.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>What the peer last set, in bytes: 1..<see cref="RtmpLimits.MaxChunkSize"/>.</summary>
    public int ChunkSize { get; private set; } = InitialChunkSize;

    /// <summary>
    /// What a type 3 header that opens a message right after a type 0 header adds to the timestamp. True (default): the
    /// timestamp of that type 0 header, as the specification says and FMLE and FFmpeg do, unless it exceeds
    /// <see cref="MaxRepeatedTimestamp"/>; then, and when false, nothing (librtmp, GStreamer). Set it before the first byte.
    /// </summary>
    public bool Fmt3AfterFmt0RepeatsTimestamp { get; set; } = true;

    /// <summary>Consumes all bytes; an unfinished header is kept for the next call.</summary>
    /// <exception cref="RtmpProtocolException">The peer broke a rule or a limit; the reader cannot be used further.</exception>
    public void Feed(ReadOnlySpan<byte> received)
    {
        if (_broken) throw new InvalidOperationException("The chunk reader failed before or was disposed.");
        _broken = true;
        BytesReceived += received.Length;
        while (_pendingCount > 0 && !received.IsEmpty)
        {
            var take = Math.Min(received.Length, LongestHeader - _pendingCount);
            received[..take].CopyTo(_pending.AsSpan(_pendingCount));
            var joined = _pendingCount + take;
            var used = Consume(_pending.AsSpan(0, joined));
            if (used >= _pendingCount)
            {
                received = received[(used - _pendingCount)..];
                _pendingCount = 0;
            }
            else
            {
                _pending.AsSpan(used, joined - used).CopyTo(_pending);
                received = received[take..];
                _pendingCount = joined - used;
            }
        }
        if (!received.IsEmpty)
        {
            var rest = received[Consume(received)..];
            rest.CopyTo(_pending);
            _pendingCount = rest.Length;
        }
        _broken = false;
    }

    /// <summary>Abandons what was partly received, so that the sink gets all its memory back.</summary>
    public void Dispose()
    {
        _broken = true;
        _current = null;
        foreach (var stream in _low)
            if (stream is { IsReceiving: true }) Abandon(stream);
        foreach (var stream in _high.Values)
            if (stream.IsReceiving) Abandon(stream);
    }

    /// <summary>Takes whole headers and any part of a payload; returns the bytes used, the rest is the start of a header.</summary>
    private int Consume(ReadOnlySpan<byte> data)
    {
        var at = 0;
        while (true)
        {
            if (_current is { } stream)
            {
                var take = Math.Min(_chunkLeft, data.Length - at);
                if (take > 0) Store(stream, data.Slice(at, take));
                at += take;
                _chunkLeft -= take;
                if (_chunkLeft > 0) return at;
                _current = null;
                if (stream.Received == stream.Length) Complete(stream);
            }
            else
            {
                if (at == data.Length) return at;
                var used = ReadHeader(data[at..]);
                if (used == 0) return at;
                at += used;
            }
        }
    }

    /// <summary>Reads one chunk header; 0 when bytes are missing.</summary>
    private int ReadHeader(ReadOnlySpan<byte> data)
    {
        var fmt = data[0] >> 6;
        var id = data[0] & 0x3F;
        var at = 1;
        if (id < 2)
        {
            at = 2 + id;
            if (data.Length < at) return 0;
            id = 64 + data[1] + (id == 1 ? data[2] << 8 : 0);
        }
        var stream = Find(id);
        if (fmt >= 2 && stream is null)
            throw new RtmpProtocolException($"Chunk stream {id} starts with a type {fmt} header; without an earlier header its message length is not known.");
        if (fmt == 3) return ReadContinuation(stream!, data, at);

        var fields = at;
        at += fmt switch { 0 => 11, 1 => 7, _ => 3 };
        if (data.Length < at) return 0;
        var time = ReadUInt24(data[fields..]);
        var isExtended = time == ExtendedMark;
        if (isExtended)
        {
            if (data.Length < at + 4) return 0;
            time = BinaryPrimitives.ReadUInt32BigEndian(data[at..]);
            at += 4;
        }
        stream ??= Add(id);
        if (stream.IsReceiving) Abandon(stream);
        if (fmt <= 1)
        {
            stream.Length = (int)ReadUInt24(data[(fields + 3)..]);
            stream.Type = (MessageType)data[fields + 6];
        }
        if (fmt == 0)
        {
            stream.StreamId = BinaryPrimitives.ReadUInt32LittleEndian(data[(fields + 7)..]);
            stream.Timestamp = time;
            stream.Delta = Fmt3AfterFmt0RepeatsTimestamp && time <= MaxRepeatedTimestamp ? time : 0;
        }
        else
        {
            stream.Delta = time;
            stream.Timestamp += time;
        }
        stream.IsExtended = isExtended;
        stream.ExtendedField = time;
        Begin(stream);
        return at;
    }

    private int ReadContinuation(ChunkStream stream, ReadOnlySpan<byte> data, int at)
    {
        var timestamp = stream.IsReceiving ? stream.Timestamp : stream.Timestamp + stream.Delta;
        if (stream.IsExtended)
        {
            switch (RepeatsExtended(data[at..], stream.ExtendedField, timestamp))
            {
                case null: return 0;
                case true: at += 4; break;
            }
        }
        if (stream.IsReceiving)
        {
            _current = stream;
            _chunkLeft = Math.Min(ChunkSize, stream.Length - stream.Received);
        }
        else
        {
            stream.Timestamp = timestamp;
            Begin(stream);
        }
        return at;
    }

    /// <summary>
    /// Whether the next four bytes are the field of the message's header (or, as some encoders write, its absolute timestamp);
    /// null when too few bytes are there to tell. A difference in the first bytes decides at once, so that a
    /// short last chunk without the field is not held back.
    /// </summary>
    private static bool? RepeatsExtended(ReadOnlySpan<byte> next, uint field, uint timestamp)
    {
        Span<byte> known = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(known, field);
        BinaryPrimitives.WriteUInt32BigEndian(known[4..], timestamp >= ExtendedMark ? timestamp : field);
        var seen = next[..Math.Min(4, next.Length)];
        if (!known[..4].StartsWith(seen) && !known[4..].StartsWith(seen)) return false;
        return seen.Length == 4 ? true : null;
    }

    private void Begin(ChunkStream stream)
    {
        var limit = limits.MaxBytesOf(stream.Type);
        if (stream.Length > limit)
            throw new RtmpProtocolException($"A message of type {(int)stream.Type} declares {stream.Length} bytes; the limit is {limit}.");
        if (_inFlight + stream.Length > limits.MaxBytesInFlight)
            throw new RtmpProtocolException($"Partly received messages declare {_inFlight + stream.Length} bytes together; the limit is {limits.MaxBytesInFlight}.");
        _inFlight += stream.Length;
        stream.IsReceiving = true;
        stream.Received = 0;
        _current = stream;
        _chunkLeft = Math.Min(ChunkSize, stream.Length);
    }

    private void Store(ChunkStream stream, ReadOnlySpan<byte> part)
    {
        var needed = stream.Received + part.Length;
        if (needed > stream.Body.Length) Grow(stream, needed);
        part.CopyTo(stream.Body.Span[stream.Received..]);
        stream.Received = needed;
    }

    private void Grow(ChunkStream stream, int needed)
    {
        var isLent = IsLent(stream.Type);
        var first = isLent ? WholeLendBytes : FirstOwnBuffer;
        var want = Math.Min(stream.Length, Math.Max(needed, Math.Max(first, stream.Body.Length * 2)));
        var old = stream.Body;
        if (isLent)
        {
            var lent = sink.Lend(stream.Header, want);
            if (lent.Length < want) throw new InvalidOperationException($"The sink lent {lent.Length} bytes where {want} were asked for.");
            old.Span[..stream.Received].CopyTo(lent.Span);
            stream.Body = lent;
            return;
        }
        var rented = ArrayPool<byte>.Shared.Rent(want);
        old.Span[..stream.Received].CopyTo(rented);
        if (stream.Rented is { } before) ArrayPool<byte>.Shared.Return(before);
        stream.Rented = rented;
        stream.Body = rented;
    }

    private void Complete(ChunkStream stream)
    {
        var header = stream.Header;
        ReadOnlyMemory<byte> body = stream.Body[..stream.Length];
        var rented = Release(stream);
        try
        {
            if (header.Type == MessageType.SetChunkSize) SetChunkSize(body.Span);
            else if (header.Type == MessageType.Abort) Abort(body.Span);
            sink.OnMessage(header, body);
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void SetChunkSize(ReadOnlySpan<byte> body)
    {
        var size = ControlMessage.ReadUInt32(MessageType.SetChunkSize, body);
        if (size == 0 || size > (uint)limits.MaxChunkSize)
            throw new RtmpProtocolException($"Set Chunk Size asks for {size} bytes; accepted are 1 to {limits.MaxChunkSize}.");
        ChunkSize = (int)size;
    }

    private void Abort(ReadOnlySpan<byte> body)
    {
        var id = ControlMessage.ReadUInt32(MessageType.Abort, body);
        if (id <= int.MaxValue && Find((int)id) is { IsReceiving: true } stream) Abandon(stream);
    }

    private void Abandon(ChunkStream stream)
    {
        var lent = stream.Body;
        var rented = Release(stream);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        else if (!lent.IsEmpty) sink.OnAbandoned(stream.Header, lent);
    }

    private byte[]? Release(ChunkStream stream)
    {
        _inFlight -= stream.Length;
        stream.IsReceiving = false;
        stream.Body = default;
        var rented = stream.Rented;
        stream.Rented = null;
        return rented;
    }

    private ChunkStream? Find(int id) => id < 64 ? _low[id] : _high.GetValueOrDefault(id);

    private ChunkStream Add(int id)
    {
        if (_streamCount >= limits.MaxChunkStreams)
            throw new RtmpProtocolException($"Chunk stream {id} would be number {_streamCount + 1}; the limit is {limits.MaxChunkStreams}.");
        _streamCount++;
        var stream = new ChunkStream(id);
        if (id < 64) _low[id] = stream;
        else _high[id] = stream;
        return stream;
    }

    private static bool IsLent(MessageType type) =>
        type is MessageType.Audio or MessageType.Video or MessageType.Aggregate or MessageType.DataAmf0 or MessageType.DataAmf3;

    private static uint ReadUInt24(ReadOnlySpan<byte> data) => (uint)(data[0] << 16 | data[1] << 8 | data[2]);
}
