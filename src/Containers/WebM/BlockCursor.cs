using System.Buffers.Binary;

namespace Tapedeck.Containers.WebM;

/// <summary>A block as it lies in the file, lacing not yet undone.</summary>
internal readonly record struct FileBlock
{
    public required long Number { get; init; }

    /// <summary>In units of TimestampScale.</summary>
    public required long Time { get; init; }

    /// <summary>Of a BlockGroup, in the same units; 0 when not said.</summary>
    public long Duration { get; init; }

    public required bool IsKey { get; init; }

    public required bool IsDisposable { get; init; }

    /// <summary>0 none, 1 Xiph, 2 fixed size, 3 EBML.</summary>
    public required int Lacing { get; init; }

    /// <summary>Where its frames begin, and how many bytes they take.</summary>
    public required long Data { get; init; }

    public required long Size { get; init; }

    /// <summary>Where its element begins.</summary>
    public long Offset { get; init; }
}

/// <summary>
/// Walks the blocks of a file in order; Void, Cues and everything unknown is passed over. A tail that is cut off is the end; so is, in a file whose
/// Segment has no size, whatever cannot be an element (zeros that a power cut left behind).
/// </summary>
/// <param name="file">The file.</param>
/// <param name="start">Offset of a child of Segment.</param>
/// <param name="end">Where Segment ends; the largest number when unknown.</param>
internal sealed class BlockCursor(EbmlFile file, long start, long end)
{
    /// <summary>Cluster times beyond this are no times.</summary>
    private const long MaxTime = 1L << 50;
    private readonly long _limit = Math.Min(end, file.Length);
    private readonly bool _isSized = end != long.MaxValue;
    private long _position = start;
    private long _clusterEnd = -1;
    private long _clusterTime;
    private bool _ended;

    /// <summary>Clusters that were entered so far.</summary>
    public long Clusters { get; private set; }

    public bool TryNext(out FileBlock block)
    {
        block = default;
        while (!_ended)
        {
            if (_clusterEnd >= 0 && _position >= _clusterEnd)
                _clusterEnd = -1;
            if (_position >= _limit)
                break;
            if (!file.TryReadHeader(_position, out var element))
            {
                if (_isSized && _position < file.Length - 12)
                    throw new ContainerFormatException($"There is no element at offset {_position}.");
                break;
            }

            if (_clusterEnd == long.MaxValue && ElementId.IsAboveClusterChildren(element.Id))
                _clusterEnd = -1;
            if (_clusterEnd < 0)
            {
                if (!TryEnter(element))
                    break;
                continue;
            }

            if (element.Size < 0 || (element.End > _clusterEnd && element.End <= file.Length))
                throw new ContainerFormatException($"Element {element.Id:X} at offset {element.Offset} does not fit into its cluster.");
            if (element.End > file.Length)
                break;
            _position = element.End;
            switch (element.Id)
            {
                case ElementId.Timestamp:
                    var time = element.Size <= 8 ? Ebml.Number(file.Peek(element.Body, (int)element.Size)) : ulong.MaxValue;
                    if (time > MaxTime)
                        throw new ContainerFormatException($"The cluster's Timestamp at offset {element.Offset} is no time.");
                    _clusterTime = (long)time;
                    break;
                case ElementId.SimpleBlock when TryReadBlock(element, isSimple: true, out block):
                case ElementId.BlockGroup when TryReadGroup(element, out block):
                    return true;
            }
        }

        _ended = true;
        return false;
    }

    /// <summary>A child of Segment; false where blocks end.</summary>
    private bool TryEnter(in FileElement element)
    {
        if (element.Id == ElementId.Cluster)
        {
            (_clusterEnd, _clusterTime, _position) = (element.End, 0, element.Body);
            Clusters++;
            return true;
        }

        // Another file may have been appended.
        if (element.Size < 0 || element.Id is ElementId.Ebml or ElementId.Segment)
            return false;
        _position = element.End;
        return true;
    }

    private bool TryReadGroup(in FileElement group, out FileBlock block)
    {
        block = default;
        var (found, isKey, duration) = (false, true, 0L);
        for (var at = group.Body; at < group.End;)
        {
            if (!file.TryReadHeader(at, out var element) || element.End > group.End)
                throw new ContainerFormatException($"The BlockGroup at offset {group.Offset} is damaged at offset {at}.");
            at = element.End;
            switch (element.Id)
            {
                case ElementId.Block:
                    found = TryReadBlock(element, isSimple: false, out block);
                    break;
                case ElementId.ReferenceBlock:
                    isKey = false;
                    break;
                case ElementId.BlockDuration when element.Size <= 8:
                    duration = (long)Math.Min(Ebml.Number(file.Peek(element.Body, (int)element.Size)), MaxTime);
                    break;
            }
        }

        block = block with { IsKey = isKey, Duration = duration, Offset = group.Offset };
        return found;
    }

    /// <summary>TrackNumber, int16 time, flags, frames.</summary>
    private bool TryReadBlock(in FileElement element, bool isSimple, out FileBlock block)
    {
        var data = file.Peek(element.Body, (int)Math.Min(element.Size, 11));
        if (!Ebml.TryReadSize(data, out var number, out var length) || data.Length < length + 3)
            throw new ContainerFormatException($"The block at offset {element.Offset} is too short.");
        var flags = data[length + 2];
        block = new FileBlock
        {
            Number = number,
            Time = _clusterTime + BinaryPrimitives.ReadInt16BigEndian(data[length..]),
            IsKey = isSimple && (flags & 0x80) != 0,
            IsDisposable = isSimple && (flags & 1) != 0,
            Lacing = flags >> 1 & 3,
            Data = element.Body + length + 3,
            Size = element.Size - length - 3,
            Offset = element.Offset,
        };
        return true;
    }
}
