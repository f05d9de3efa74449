using System.Buffers.Binary;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// Walks the sample tables of one track from the first sample on; nothing is unfolded. A table that ends too early ends the track. A struct, so that
/// a copy looks ahead.
/// </summary>
internal struct TableCursor(SampleTableData tables, bool isPcm)
{
    private int _duration;
    private uint _durationLeft;
    private int _offset;
    private uint _offsetLeft;
    private int _chunkRun;
    private uint _chunk;
    private uint _chunkLeft;
    private long _position;
    private int _key;
    private uint _sample;
    private long _time;
    private bool _offsetsEnded;

    /// <summary>Number of the chunk, from 1, that the last sample was in.</summary>
    public readonly uint Chunk => _chunk;

    /// <summary>Whether audio samples of this size and duration are bytes of a steady stream, to be read in larger pieces.</summary>
    public static bool IsPcm(uint size, uint duration) => size is > 0 and <= 64 && duration == 1;

    /// <summary>The next sample; for PCM as many as lie together.</summary>
    public bool TryNext(out SampleRun run)
    {
        run = default;
        if (_sample >= tables.Samples || !TryEnterDuration() || !TryEnterChunk())
            return false;
        EnterOffset();
        var size = tables.ConstantSize != 0 ? tables.ConstantSize : U32(tables.Sizes, (int)_sample * 4);
        var duration = U32(tables.Durations, _duration * 8 + 4);
        if (size > int.MaxValue)
            throw new ContainerFormatException($"stsz gives sample {_sample + 1} a size of {size}.");
        uint count = 1;
        if (isPcm && IsPcm(tables.ConstantSize, duration))
            count = Math.Min(Math.Min(tables.Samples - _sample, _durationLeft), Math.Min(_chunkLeft, _offsetLeft));
        run = new SampleRun
        {
            Offset = _position,
            Size = (int)size,
            Time = _time,
            Duration = duration,
            Composition = _offsetsEnded ? 0 : (int)U32(tables.Offsets, _offset * 8 + 4),
            IsKey = IsKey(),
            Entry = (int)U32(tables.Chunks, _chunkRun * 12 + 8) - 1,
            Count = count,
        };
        _sample += count;
        _time = run.EndTime;
        _position += (long)size * count;
        _durationLeft -= count;
        _chunkLeft -= count;
        _offsetLeft -= count;
        return true;
    }

    private bool TryEnterDuration()
    {
        if (_durationLeft > 0)
            return true;
        if (_sample > 0)
            _duration++;
        for (; _duration * 8 < tables.Durations.Length; _duration++)
        {
            _durationLeft = U32(tables.Durations, _duration * 8);
            if (_durationLeft > 0)
                return true;
        }

        return false;
    }

    private void EnterOffset()
    {
        if (_offsetsEnded)
            _offsetLeft = uint.MaxValue;
        if (_offsetLeft > 0)
            return;

        if (_sample > 0)
            _offset++;
        for (; _offset * 8 < tables.Offsets.Length; _offset++)
        {
            _offsetLeft = U32(tables.Offsets, _offset * 8);
            if (_offsetLeft > 0)
                return;
        }

        // No table, or one that is too short: the rest is 0.
        _offsetsEnded = true;
        _offsetLeft = uint.MaxValue;
    }

    private bool TryEnterChunk()
    {
        var entry = tables.IsWide ? 8 : 4;
        while (_chunkLeft == 0)
        {
            var at = (long)_chunk * entry;
            if (at >= tables.ChunkOffsets.Length || tables.Chunks.IsEmpty)
                return false;
            _chunk++;
            while ((_chunkRun + 1) * 12 < tables.Chunks.Length && U32(tables.Chunks, (_chunkRun + 1) * 12) <= _chunk)
                _chunkRun++;
            _position = tables.IsWide
                ? BinaryPrimitives.ReadInt64BigEndian(tables.ChunkOffsets.Span[(int)at..])
                : BinaryPrimitives.ReadUInt32BigEndian(tables.ChunkOffsets.Span[(int)at..]);
            _chunkLeft = U32(tables.Chunks, _chunkRun * 12 + 4);
        }

        return true;
    }

    private bool IsKey()
    {
        if (!tables.HasKeys)
            return true;
        while (_key * 4 < tables.Keys.Length && U32(tables.Keys, _key * 4) < _sample + 1)
            _key++;
        return _key * 4 < tables.Keys.Length && U32(tables.Keys, _key * 4) == _sample + 1;
    }

    private static uint U32(ReadOnlyMemory<byte> table, int at) => BinaryPrimitives.ReadUInt32BigEndian(table.Span[at..]);
}
