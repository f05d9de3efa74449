using System.Buffers;
using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// Turns frames into the buffers of one gather write: for each tag the back pointer of the tag before, its header and what the builder puts in
/// front of a payload in one piece of scratch memory, then the packet by reference.
/// </summary>
internal sealed class FlvTagWriter(long position, KeyframeIndex index)
{
    private readonly Dictionary<int, Announced> _announced = [];
    private readonly HashSet<int> _seen = [];
    private readonly Dictionary<int, long> _latest = []; // time of the last sample of each track
    private readonly ArrayBufferWriter<byte> _built = new();
    private DiskPlan _plan = null!;
    private DiskOperation _operation = null!;
    private int _openTag = -1;
    private Memory<byte> _firstHeader;
    private long _firstTag;
    private int _tagCount;
    private bool _inSharedPacket;
    private int _indexTrack;

    /// <summary>Where the next tag goes.</summary>
    public long Position { get; set; } = position;

    /// <summary>What is added to a frame's time.</summary>
    public long TimeOffset { get; set; }

    /// <summary>Kinds of tags seen so far, as in the file header.</summary>
    public byte Flags { get; set; }

    public void Begin(DiskPlan plan, DiskOperation operation)
    {
        _plan = plan;
        _operation = operation;
        _openTag = -1;
        _tagCount = 0;
        _firstHeader = default;
    }

    /// <summary>Writes the last back pointer: the fragment ends with a whole tag.</summary>
    public void End()
    {
        if (_openTag < 0)
            return;
        var pointer = _plan.Scratch(FlvWire.BackPointerLength);
        BinaryPrimitives.WriteInt32BigEndian(pointer.Span, _openTag);
        _operation.Add(pointer);
        Hide();
    }

    /// <summary>
    /// The tags of one write come to light together, whatever happens within it: until 4 more bytes are written, the first of them that is no script data
    /// says that it is script data, with a body up to the end of the write and no back pointer. Players take a tag that is cut off for the end when it is
    /// script data, and pass over script data that does not begin with a name, as a packet of pictures or sound does not.
    /// <code>
    /// 12 ssssss time.. 000000 | body of the first tag | back pointer | tag | back pointer .. | end of the file
    /// 09 ssssss
    /// </code>
    /// </summary>
    private void Hide()
    {
        var covered = Position - _firstTag - FlvWire.TagHeaderLength;
        if (_firstHeader.IsEmpty || covered > FlvWire.MaxBodyLength || _tagCount > FlvFileState.TailTags / 2)
            return;
        var header = _plan.Scratch(4);
        _firstHeader.Span[..4].CopyTo(header.Span);
        BinaryPrimitives.WriteInt32BigEndian(_firstHeader.Span, (int)FlvTagType.Script << 24 | (int)covered);
        // After a loss of power there must be nothing in the light that is not whole.
        _plan.Sync();
        _plan.Write(_firstTag).Add(header);
    }

    /// <summary>Writes the sequence header of a track, unless the last one written says the same.</summary>
    /// <param name="track">As it is from now on.</param>
    /// <param name="time">In the file, in milliseconds.</param>
    /// <param name="isFront">The track's own Configuration frame, if it comes first, need not be written again.</param>
    public void Announce(Track track, long time, bool isFront = false)
    {
        var last = _announced.GetValueOrDefault(track.Id);
        if (ReferenceEquals(last.Track, track))
            return;
        var says = new Announced(track, track.ConfigurationPacket, isFront);
        var isSame = last.Track is { } before && before.Codec == track.Codec
            && (track.ConfigurationPacket.IsEmpty ? before.Configuration.Span.SequenceEqual(track.Configuration.Span)
                : before.ConfigurationPacket.Span.SequenceEqual(track.ConfigurationPacket.Span));
        if (!isSame)
        {
            var body = track.ConfigurationPacket;
            if (body.IsEmpty)
            {
                // The fragment refers to it until it is on disk: it needs memory of its own. Rare.
                _built.ResetWrittenCount();
                if (FlvPacketBuilder.WriteConfiguration(track, _built))
                    body = _built.WrittenSpan.ToArray();
            }

            if (!body.IsEmpty)
                Write(TypeOf(track), time, default, body);
            says = says with { Packet = body };
        }

        _announced[track.Id] = says;
    }

    public void Add(in MediaFrame frame)
    {
        var track = frame.Track;
        var time = Math.Max(0, FlvTime.TagTime(in frame) + TimeOffset);
        var isShared = (frame.Flags & FrameFlags.SharesPacket) != 0 && frame.Packet.IsEmpty && _inSharedPacket;
        _inSharedPacket = isShared || !frame.Packet.IsEmpty;
        switch (frame.Kind)
        {
            case FrameKind.Configuration when !frame.Packet.IsEmpty || isShared:
                var isAtFront = _announced.TryGetValue(track.Id, out var last) && last.IsFront && !_seen.Contains(track.Id)
                    && last.Packet.Span.SequenceEqual(frame.Packet.Span);
                if (!isAtFront && !isShared)
                    Write(TypeOf(track), time, default, frame.Packet);
                _announced[track.Id] = new Announced(track, track.ConfigurationPacket, false);
                break;
            case FrameKind.Configuration:
                Announce(track, time);
                break;
            case FrameKind.Sample:
                // Encoders that give times out of order: players want none that goes back.
                time = Math.Max(time, _latest.GetValueOrDefault(track.Id));
                _latest[track.Id] = time;
                if (!isShared && frame.Packet.IsEmpty && !FlvPacketBuilder.CanBuild(track))
                    return;
                if (!isShared || !frame.Packet.IsEmpty)
                    Announce(track, time);
                AddToIndex(in frame, time, isShared);
                if (!frame.Packet.IsEmpty)
                    Write(TypeOf(track), time, default, frame.Packet);
                else if (!isShared)
                    WriteBuilt(in frame, time);
                break;
            case FrameKind.Script:
                Write(FlvTagType.Script, time, default, frame.Packet.IsEmpty ? frame.Payload : frame.Packet);
                return;
            case FrameKind.Other when !isShared && (frame.Flags & FrameFlags.SharesPacket) == 0:
                // An empty audio tag means silence.
                Write(TypeOf(track), time, default, frame.Packet);
                break;
        }

        _seen.Add(track.Id);
    }

    public void Write(FlvTagType type, long time, ReadOnlySpan<byte> front, ReadOnlyMemory<byte> body)
    {
        var length = front.Length + body.Length;
        if (length > FlvWire.MaxBodyLength)
            return;
        var lead = _openTag < 0 ? 0 : FlvWire.BackPointerLength;
        var header = _plan.Scratch(lead + FlvWire.TagHeaderLength + front.Length);
        if (lead > 0)
            BinaryPrimitives.WriteInt32BigEndian(header.Span, _openTag);
        FlvWire.WriteTagHeader(header.Span[lead..], type, length, (uint)time);
        front.CopyTo(header.Span[(lead + FlvWire.TagHeaderLength)..]);
        _operation.Add(header);
        _operation.Add(body);
        _tagCount++;
        if (_firstHeader.IsEmpty && type != FlvTagType.Script && FlvWire.CanHide(front.IsEmpty ? body.Span : front))
            (_firstHeader, _firstTag) = (header[lead..], Position);
        _openTag = FlvWire.TagHeaderLength + length;
        Position += _openTag + FlvWire.BackPointerLength;
        Flags |= type == FlvTagType.Video ? FlvWire.VideoFlag : type == FlvTagType.Audio ? FlvWire.AudioFlag : (byte)0;
    }

    private void WriteBuilt(in MediaFrame frame, long time)
    {
        Span<byte> front = stackalloc byte[FlvPacketBuilder.MaxHeaderLength];
        front = front[..FlvPacketBuilder.WriteHeader(in frame, front)];
        Write(TypeOf(frame.Track), time, front, frame.Payload);
    }

    /// <summary>Key frames of the first video track; of a file without pictures, any frame of the first track.</summary>
    private void AddToIndex(in MediaFrame frame, long time, bool isShared)
    {
        var isOfInterest = frame.Track.Kind == TrackKind.Video || (Flags & FlvWire.VideoFlag) == 0;
        if (!frame.IsKey || isShared || !isOfInterest)
            return;
        if (_indexTrack == 0 || (frame.Track.Kind == TrackKind.Video && _indexTrack >= FlvTracks.FirstAudioId))
            _indexTrack = frame.Track.Id;
        if (frame.Track.Id == _indexTrack)
            index.Add(time, Position);
    }

    private static FlvTagType TypeOf(Track track) => track.Kind switch
    {
        TrackKind.Video => FlvTagType.Video,
        TrackKind.Audio => FlvTagType.Audio,
        _ => FlvTagType.Script,
    };

    private readonly record struct Announced(Track? Track, ReadOnlyMemory<byte> Packet, bool IsFront);
}
