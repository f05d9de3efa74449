using System.Buffers.Binary;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// What an existing file is like: its metadata, where its last whole tag ends, and when. The tail of a finished file is read backwards by
/// its back pointers; a torn one, or one of ours that was never finished, is scanned forwards, headers only.
/// </summary>
internal sealed class FlvFileState
{
    public const int TailTags = 512;

    // What may not have been synced before a loss of power.
    private const long Unsynced = 8 << 20;

    // Of a body: enough for the composition time of either form.
    private const int PeekLength = 8;
    private const long DefaultVideoFrame = 40;
    private const long DefaultAudioFrame = 23;
    private FrameTimes _video = new(DefaultVideoFrame);
    private FrameTimes _audio = new(DefaultAudioFrame);

    private long? _hiddenAt;

    private FlvFileState(long length) => Length = End = length;

    /// <summary>Bytes in the file.</summary>
    public long Length { get; }

    /// <summary>Where the last whole tag ends; less than the length when the tail is torn.</summary>
    public long End { get; private set; }

    public bool IsTorn => End != Length;

    /// <summary>False when not even one tag is whole: the file may be begun again.</summary>
    public bool HasTags => End > FirstTag && FirstTag > 0;

    public long FirstTag { get; private set; }

    public byte Flags { get; private set; }

    /// <summary>The first tag, when it is onMetaData.</summary>
    public ScriptData? Metadata { get; private set; }

    public FileMetadata Places { get; private set; } = new();

    /// <summary>The index with what the file has of it, when it is one of ours; otherwise of capacity 0.</summary>
    public KeyframeIndex Index { get; private set; } = new(0, TimeSpan.Zero);

    /// <summary>True for a file of ours that was never finished.</summary>
    public bool IsUnfinished { get; private set; }

    /// <summary>When the first frame is presented.</summary>
    public long FirstTime { get; private set; }

    /// <summary>Decode time of the last frame plus its length.</summary>
    public long NextTime => Math.Max(_video.End, _audio.End);

    /// <summary>When what follows may be presented: where a tail is torn, pictures may be missing that would have come before the last one.</summary>
    public long NextPresentation => Math.Max(Math.Max(FirstTime, _video.PresentationEnd), _audio.PresentationEnd);

    /// <summary>What the metadata says, when it is possible; null otherwise.</summary>
    public TimeSpan? StatedDuration => Metadata?.Object?["duration"] is { Kind: ScriptKind.Number, Number: > 0 and < 1e9 } value ? TimeSpan.FromSeconds(value.Number) : null;

    private long StatedSize => Metadata?.Object?["filesize"] is { Kind: ScriptKind.Number, Number: > 0 and < 1e18 } value ? (long)value.Number : 0;

    /// <exception cref="ContainerFormatException">It is no FLV file.</exception>
    public static FlvFileState Examine(Stream file, TimeSpan indexInterval)
    {
        var window = new FileWindow(file);
        var state = new FlvFileState(window.Length);
        var start = window.Read(0, FlvWire.FileHeaderLength);
        var signature = "FLV\u0001"u8;
        if (!start.StartsWith(signature[..Math.Min(signature.Length, start.Length)]))
            throw new ContainerFormatException("No FLV file: it does not begin with FLV and version 1.");
        if (start.Length < FlvWire.FileHeaderLength)
            return state.BeginAgain();
        state.Flags = start[FlvWire.FlagsOffset];
        var header = BinaryPrimitives.ReadUInt32BigEndian(start[5..]);
        if (header < FlvWire.FileHeaderLength)
            throw new ContainerFormatException($"FLV header at offset 5: it says to be {header} bytes long, less than 9.");
        state.FirstTag = header + FlvWire.BackPointerLength;
        if (!TryReadTag(window, state.FirstTag, out var first))
            return state.IsTornAtFirstTag(window) ? state.BeginAgain() : throw new ContainerFormatException($"FLV: no tag at offset {state.FirstTag}.");
        state.ReadMetadata(window, first, indexInterval);
        state.FindFirstTime(window);
        var isTailRight = state.TryReadTail(window);
        if (state.IsUnfinished || !isTailRight)
            state.Scan(window, state.Index.Count > 0 ? state.Index.Last.Position : state.FirstTag);
        // Damage in the middle, before a right tail, is no reason to cut anything off; in the last writes of a file of ours it is what a loss of power left.
        if (isTailRight && !(state.IsUnfinished && state.Length - state.End <= Unsynced))
            state.End = state._hiddenAt ?? state.Length;
        // An index of no use stays hidden for ever: the size tells whether such a file was finished.
        state.IsUnfinished &= state.Index.IsUseful || state.IsTorn || state.StatedSize != state.Length;
        return state;
    }

    private FlvFileState BeginAgain()
    {
        End = 0;
        return this;
    }

    /// <summary>The file stops in its first tag: then, and only then, nothing is lost when it is begun again.</summary>
    private bool IsTornAtFirstTag(FileWindow window)
    {
        var header = window.Read(FirstTag, FlvWire.TagHeaderLength);
        return FirstTag == FlvWire.FirstTagOffset && (header.Length < FlvWire.TagHeaderLength || FlvWire.IsKnownType(header[0]));
    }

    private void ReadMetadata(FileWindow window, in TagAt tag, TimeSpan indexInterval)
    {
        if (tag.Type != (byte)FlvTagType.Script)
            return;
        var body = window.Read(tag.Body, tag.BodyLength);
        if (!FlvMetadata.IsMetadata(body))
            return;
        Metadata = ScriptData.Read(body);
        Places = FileMetadata.Find(Metadata, tag.Body, out var index);
        IsUnfinished = Metadata.Object?[FileMetadata.HiddenIndexName] is not null;
        if (index is null)
            return;
        var (times, positions) = (index["times"]!.Numbers, index["filepositions"]!.Numbers);
        Index = new KeyframeIndex(times.Length, TimeSpan.Zero);
        for (var i = 0; i < times.Length && !IsUnfinished; i++)
        {
            var isRepeated = Index.Count > 0 && (long)positions[i] <= Index.Last.Position;
            if (positions[i] >= FirstTag && positions[i] < Length && times[i] is >= 0 and < 1e9 && !isRepeated)
                Index.Add((long)Math.Round(times[i] * 1000), (long)positions[i]);
        }

        Index.Widen(indexInterval);
    }

    private void FindFirstTime(FileWindow window)
    {
        var at = FirstTag;
        for (var i = 0; i < TailTags && TryReadTag(window, at, out var tag); i++, at = tag.End)
        {
            if (tag.Type != (byte)FlvTagType.Audio && !tag.IsKeyFrame)
                continue;
            FirstTime = tag.Time + tag.CompositionTime;
            return;
        }
    }

    private bool TryReadTail(FileWindow window)
    {
        var end = Length;
        var isRight = false;
        for (var i = 0; i < TailTags && end > FirstTag; i++)
        {
            var pointer = window.Read(end - FlvWire.BackPointerLength, FlvWire.BackPointerLength);
            var begin = pointer.Length < FlvWire.BackPointerLength ? 0 : end - FlvWire.BackPointerLength - BinaryPrimitives.ReadUInt32BigEndian(pointer);
            if (begin < FirstTag || !TryReadTag(window, begin, out var tag) || tag.End != end)
            {
                if (_hiddenAt is not null || begin < FirstTag || !FlvWire.IsHidden(window.Read(begin, FlvWire.TagHeaderLength + 1), begin, Length))
                    return isRight;
                _hiddenAt = end = begin;
                (_video, _audio, isRight) = (new FrameTimes(DefaultVideoFrame), new FrameTimes(DefaultAudioFrame), false);
                continue;
            }

            isRight = true;
            Note(tag);
            end = begin;
        }

        return isRight;
    }

    /// <summary>
    /// Goes forward over whole tags. A wrong back pointer means a torn tag (blocks that never reached the disk are zeros) unless the file's
    /// first tag has a wrong one too: then its maker never cared.
    /// </summary>
    private void Scan(FileWindow window, long start)
    {
        var cares = TryReadTag(window, FirstTag, out var first) && first.IsPointedBack;
        var at = start;
        if (start == FirstTag)
            (_video, _audio) = (new FrameTimes(DefaultVideoFrame), new FrameTimes(DefaultAudioFrame)); // the tail may lie behind the end
        while (TryReadTag(window, at, out var tag) && (tag.IsPointedBack || !cares))
        {
            Note(tag);
            if (tag.IsKeyFrame)
                Index.Add(tag.Time, at);
            at = tag.End;
        }

        End = at;
    }

    private void Note(in TagAt tag)
    {
        if (tag.Type == (byte)FlvTagType.Video)
            _video.Add(tag.Time, tag.CompositionTime);
        else if (tag.Type == (byte)FlvTagType.Audio)
            _audio.Add(tag.Time, 0);
    }

    private static bool TryReadTag(FileWindow window, long at, out TagAt tag)
    {
        tag = default;
        var header = window.Read(at, FlvWire.TagHeaderLength + PeekLength);
        if (header.Length < FlvWire.TagHeaderLength || !FlvWire.IsKnownType(header[0]))
            return false;
        var length = FlvWire.BodyLength(header);
        var end = at + FlvWire.TagHeaderLength + length + FlvWire.BackPointerLength;
        if (end > window.Length)
            return false;
        // Taken out before the next read: it may refill the buffer that the header is a part of.
        var (type, time) = (header[0], FlvWire.Timestamp(header));
        var (isKey, compositionTime) = (false, 0);
        if (type == (byte)FlvTagType.Video && header.Length == FlvWire.TagHeaderLength + PeekLength && length >= PeekLength)
            (isKey, compositionTime) = Peek(header[FlvWire.TagHeaderLength..]);
        var pointer = window.Read(end - FlvWire.BackPointerLength, FlvWire.BackPointerLength);
        var isPointedBack = pointer.Length == FlvWire.BackPointerLength && BinaryPrimitives.ReadUInt32BigEndian(pointer) == FlvWire.TagHeaderLength + length;
        tag = new TagAt(type, time, at + FlvWire.TagHeaderLength, length, end, isPointedBack, isKey, compositionTime);
        return true;
    }

    /// <summary>
    /// Whether a video body is a key frame, and no sequence header, and its composition time. Behind ModEx and Multitrack nobody looks: the index
    /// has fewer entries then. Older codecs with less than 8 bytes have no frames worth an entry.
    /// </summary>
    private static (bool IsKey, int CompositionTime) Peek(ReadOnlySpan<byte> body)
    {
        bool isSample;
        var timeAt = 0;
        if ((body[0] & ExtendedHeader.VideoFlag) != 0)
        {
            var type = body[0] & 15;
            isSample = type is ExtendedHeader.CodedFrames or ExtendedHeader.CodedFramesX;
            if (type == ExtendedHeader.CodedFrames && FourCc.HasCompositionTime(FourCc.ToVideoCodec(BinaryPrimitives.ReadUInt32BigEndian(body[1..]))))
                timeAt = 5;
        }
        else
        {
            var isUnits = (body[0] & 15) is 7 or 12 or 13;
            isSample = !isUnits || body[1] == 1;
            timeAt = isUnits && isSample ? 2 : 0;
        }

        var time = timeAt == 0 ? 0 : (body[timeAt] << 24 | body[timeAt + 1] << 16 | body[timeAt + 2] << 8) >> 8;
        return (isSample && (body[0] >> 4 & 7) == 1, time);
    }

    private readonly record struct TagAt(byte Type, uint Time, long Body, int BodyLength, long End, bool IsPointedBack, bool IsKeyFrame, int CompositionTime);

    /// <summary>The greatest time of one kind, and how far apart its frames are. Works in either direction.</summary>
    private sealed class FrameTimes(long defaultLength)
    {
        private long _last = -1;
        private long _lastPresented;
        private long _length;
        private long _before = -1;

        public long End => _last < 0 ? 0 : _last + (_length > 0 ? _length : defaultLength);

        public long PresentationEnd => _last < 0 ? 0 : _lastPresented + (_length > 0 ? _length : defaultLength);

        public void Add(long time, int compositionTime)
        {
            _lastPresented = Math.Max(_lastPresented, time + compositionTime);
            var distance = Math.Abs(time - _before);
            var isNews = time > _last || _length == 0;
            if (_before >= 0 && isNews && distance is > 0 and < 10_000)
                _length = distance;
            _last = Math.Max(_last, time);
            _before = time;
        }
    }
}
