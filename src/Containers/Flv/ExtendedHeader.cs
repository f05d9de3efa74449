using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// The front of an Enhanced RTMP (v2) packet, alike for both kinds:
/// <code>
/// video  1 frameType:3 packetType:4        audio  9:4 packetType:4
/// while packetType is ModEx (7):
///        size-1:u8 [255: size-1:u16]  data:size  modExType:4 packetType:4        type 0: u24 nanoseconds
/// video command frame (frame type 5, not Metadata):  command:u8, nothing follows
/// Multitrack (video 6, audio 5):
///        multitrackType:4 packetType:4  [fourCC unless many codecs]
///        each track: [fourCC if many codecs] trackId:u8 [size:u24 unless one track] body
/// else   fourCC body
/// </code>
/// </summary>
internal readonly ref struct ExtendedHeader
{
    public const int SequenceStart = 0;
    public const int CodedFrames = 1;
    public const int SequenceEnd = 2;
    public const int CodedFramesX = 3;
    public const int Metadata = 4;
    public const int ModEx = 7;
    public const int VideoMultitrack = 6;
    public const int AudioMultitrack = 5;
    public const int VideoFlag = 0x80;
    public const int AudioFormat = 9;

    /// <summary>What the packet is, behind all ModEx and Multitrack layers.</summary>
    public int PacketType { get; private init; }

    /// <summary>The offset of the last TimestampOffsetNano block.</summary>
    public int Nanoseconds { get; private init; }

    public MultitrackKind Multitrack { get; private init; }

    /// <summary>A video command; there is no body.</summary>
    public bool IsCommand { get; private init; }

    /// <summary>0 when each track names its own.</summary>
    public uint FourCc { get; private init; }

    /// <summary>Where the body, or the first track, begins.</summary>
    public int BodyOffset { get; private init; }

    public static bool TryParse(ReadOnlySpan<byte> packet, TrackKind kind, int maxModEx, out ExtendedHeader header)
    {
        header = default;
        var type = packet[0] & 15;
        var at = 1;
        var nanoseconds = 0;
        for (var blocks = 0; type == ModEx; blocks++)
        {
            if (blocks == maxModEx || !TryReadModEx(packet, ref at, ref type, ref nanoseconds))
                return false;
        }

        if (kind == TrackKind.Video && (packet[0] >> 4 & 7) == 5 && type != Metadata)
        {
            header = new ExtendedHeader { PacketType = type, Nanoseconds = nanoseconds, IsCommand = true, BodyOffset = at };
            return true;
        }

        var multitrack = MultitrackKind.None;
        if (type == (kind == TrackKind.Video ? VideoMultitrack : AudioMultitrack))
        {
            if (packet.Length <= at || packet[at] >> 4 > 2)
                return false;
            multitrack = (MultitrackKind)((packet[at] >> 4) + 1);
            var inner = packet[at++] & 15;
            // Neither layer may hold itself or the other: there is no recursion to bound.
            if (inner == type || inner == ModEx)
                return false;
            type = inner;
        }

        uint fourCc = 0;
        if (multitrack != MultitrackKind.ManyCodecs)
        {
            if (packet.Length - at < 4)
                return false;
            fourCc = BinaryPrimitives.ReadUInt32BigEndian(packet[at..]);
            at += 4;
        }

        header = new ExtendedHeader { PacketType = type, Nanoseconds = nanoseconds, Multitrack = multitrack, FourCc = fourCc, BodyOffset = at };
        return true;
    }

    /// <summary>How far a packet's ModEx blocks move it on; 0 for what has none.</summary>
    public static int NanosecondsOf(ReadOnlySpan<byte> packet, TrackKind kind)
    {
        var isExtended = kind == TrackKind.Video ? packet[0] >= VideoFlag : packet[0] >> 4 == AudioFormat;
        return isExtended && (packet[0] & 15) == ModEx && TryParse(packet, kind, int.MaxValue, out var header) ? header.Nanoseconds : 0;
    }

    private static bool TryReadModEx(ReadOnlySpan<byte> packet, ref int at, ref int type, ref int nanoseconds)
    {
        if (packet.Length <= at)
            return false;
        var size = packet[at++] + 1;
        if (size == 256)
        {
            if (packet.Length - at < 2)
                return false;
            size = BinaryPrimitives.ReadUInt16BigEndian(packet[at..]) + 1;
            at += 2;
        }

        if (packet.Length - at < size + 1)
            return false;
        var data = packet.Slice(at, size);
        at += size;
        var kind = packet[at] >> 4;
        type = packet[at++] & 15;
        if (kind == 0 && size >= 3)
            nanoseconds = Math.Min(data[0] << 16 | data[1] << 8 | data[2], 999_999);
        return true;
    }
}

/// <summary>AvMultitrackType plus one.</summary>
internal enum MultitrackKind
{
    None,
    OneTrack,
    ManyTracks,
    ManyCodecs,
}
