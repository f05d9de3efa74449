using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.WebM;

/// <summary>A frame that becomes a SimpleBlock.</summary>
internal struct PendingBlock
{
    /// <summary>Memory of the stream's log.</summary>
    public ReadOnlyMemory<byte> Payload;
    public BlockTrack Track;
    public long Decode;
    public int Offset;
    public bool IsKey;
    public bool IsDisposable;

    /// <summary>Time in the file in ms, once placed.</summary>
    public long Time;

    /// <summary>Offset of its cluster in the fragment, and of itself in the cluster's body.</summary>
    public long Cluster;
    public long Relative;

    /// <summary>Bytes of the block without ID and size.</summary>
    public readonly int Size => Track.NumberLength + 3 + Payload.Length;

    /// <summary>Bytes with ID and size.</summary>
    public readonly int Total => 1 + Ebml.SizeLength(Size) + Size;
}

/// <summary>
/// The frames of a fragment and the clusters they make:
/// <code>
/// Cluster (ID, size in 4 bytes)
///   Timestamp      5 bytes, ms: the earliest block
///   SimpleBlock    TrackNumber, ms after Timestamp (int16), flags (key 80, discardable 01), frame; no lacing
///   ..
/// </code>
/// A fragment is one cluster, but where a key frame comes a second or more after the beginning, or the times or the size would not fit, a new one begins.
/// Each cluster costs a write of its own, so the fragments of a live recording, which are shorter, are not split: their Cues tell where in the cluster the key frame is.
/// </summary>
internal sealed class ClusterLayout
{
    /// <summary>The index keeps one byte for a track.</summary>
    public const int MaxTracks = 255;
    private const int HeaderLength = 8 + 7;
    private const int MaxPad = 16;

    /// <summary>Of relative times, which are int16.</summary>
    private const long MaxSpan = 32_000;

    /// <summary>ms until a key frame begins a cluster of its own.</summary>
    private const long MinSplit = 1000;
    private readonly List<(int First, int End, long Time, long Size)> _clusters = [];
    private readonly List<(long Offset, ReadOnlyMemory<byte> Header)> _headers = [];
    private PendingBlock[] _blocks = new PendingBlock[64];
    private int _count;

    public bool IsEmpty => _count == 0;

    public ReadOnlySpan<PendingBlock> Blocks => _blocks.AsSpan(0, _count);

    public void Add(BlockTrack track, in MediaFrame frame, ReadOnlyMemory<byte> payload)
    {
        if (payload.Length > HiddenElement.MaxSize - 64)
            throw new InvalidOperationException($"A frame of {payload.Length} bytes does not fit into a cluster.");
        if (_count == _blocks.Length)
            Array.Resize(ref _blocks, _blocks.Length * 2);
        _blocks[_count++] = new PendingBlock
        {
            Payload = payload,
            Track = track,
            Decode = frame.DecodeTime,
            Offset = frame.PresentationOffset,
            IsKey = frame.IsKey || !track.IsVideo,
            IsDisposable = (frame.Flags & FrameFlags.Disposable) != 0,
        };
    }

    /// <summary>Gives every frame its time and cluster.</summary>
    /// <returns>When the last frame has been presented: file time in ns.</returns>
    public long Place(Int128 origin)
    {
        long end = 0, min = 0, max = 0, size = 0;
        var first = 0;
        var hasVideo = false;
        for (var i = 0; i < _count; i++)
        {
            ref var block = ref _blocks[i];
            block.Time = block.Track.Place(block.Decode, block.Offset, block.Payload.Span, origin, out var presented);
            end = block.Track.IsData ? end : Math.Max(end, presented);
            var isKeyPicture = block.IsKey && block.Track.IsVideo;
            if (i > first
                && ((isKeyPicture && hasVideo && block.Time - min >= MinSplit)
                    || Math.Max(max, block.Time) - Math.Min(min, block.Time) > MaxSpan
                    || size + block.Total > HiddenElement.MaxSize - HeaderLength))
            {
                _clusters.Add((first, i, min, size));
                (first, size, hasVideo) = (i, 0, false);
            }

            (min, max) = i == first ? (block.Time, block.Time) : (Math.Min(min, block.Time), Math.Max(max, block.Time));
            size += block.Total;
            hasVideo |= block.Track.IsVideo;
        }

        _clusters.Add((first, _count, min, size));
        return end;
    }

    /// <summary>Builds all headers and hides the clusters.</summary>
    /// <param name="plan">Lends memory.</param>
    /// <param name="write">Takes the fragment.</param>
    /// <param name="at">Where the fragment begins in the file.</param>
    /// <returns>Bytes of the fragment with its padding.</returns>
    public long Write(DiskPlan plan, DiskOperation write, long at)
    {
        var length = _clusters.Count * (HeaderLength + MaxPad);
        foreach (ref readonly var block in Blocks)
            length += block.Total - block.Payload.Length;
        var scratch = plan.Scratch(length);
        var (used, from) = (0, 0);
        long total = 0;
        foreach (var (first, end, time, size) in _clusters)
        {
            var header = scratch.Span[used..];

            // Its upper three bytes are 0 and make room for what stands before it.
            BinaryPrimitives.WriteInt64BigEndian(header[7..], time);
            BinaryPrimitives.WriteUInt32BigEndian(header, ElementId.Cluster);
            BinaryPrimitives.WriteUInt32BigEndian(header[4..], 0x10000000u | (uint)(size + 7));
            header[8] = (byte)ElementId.Timestamp;
            header[9] = 0x85;
            _headers.Add((at + total, HiddenElement.Hide(plan, header)));
            used += HeaderLength;
            var cluster = total;
            total += HeaderLength;
            for (var i = first; i < end; i++)
            {
                ref var block = ref _blocks[i];
                (block.Cluster, block.Relative) = (cluster, total - cluster - 8);
                total += block.Total;
                used += WriteHeader(scratch.Span[used..], block, time);
                write.Add(scratch[from..used]);
                write.Add(block.Payload);
                from = used;
            }

            var pad = HiddenElement.Pad(at + total);
            if (pad == 0)
                continue;
            var padding = scratch.Span.Slice(used, pad);
            padding.Clear();
            padding[0] = (byte)ElementId.Void;
            padding[1] = (byte)(0x80 | pad - 2);
            used += pad;
            total += pad;
        }

        write.Add(scratch[from..used]);
        return total;
    }

    /// <summary>Brings the clusters to light, the first one first.</summary>
    public void Reveal(DiskPlan plan)
    {
        foreach (var (offset, header) in _headers)
            plan.Write(offset).Add(header);
    }

    public void Clear()
    {
        Array.Clear(_blocks, 0, _count);
        _count = 0;
        _clusters.Clear();
        _headers.Clear();
    }

    private static int WriteHeader(Span<byte> target, in PendingBlock block, long clusterTime)
    {
        var sizeLength = Ebml.SizeLength(block.Size);
        target[0] = (byte)ElementId.SimpleBlock;
        Ebml.WriteSize(target[1..], block.Size, sizeLength);
        var at = 1 + sizeLength;
        Ebml.WriteSize(target[at..], block.Track.Track.Id, block.Track.NumberLength);
        at += block.Track.NumberLength;
        BinaryPrimitives.WriteInt16BigEndian(target[at..], (short)(block.Time - clusterTime));
        target[at + 2] = (byte)((block.IsKey ? 0x80 : 0) | (block.IsDisposable ? 1 : 0));
        return at + 3;
    }
}
