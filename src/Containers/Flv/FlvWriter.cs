using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// Writes FLV and Enhanced FLV. Tags go into the file as they were received, at times that start at 0; frames that came in another form get
/// a header from <see cref="FlvPacketBuilder"/>.
/// <code>
/// header | onMetaData (duration, filesize, reserved index) | sequence headers | tags in order of arrival …
/// </code>
/// New sequence headers go into the same file, so no track ever asks for a new one. Left out are only: script data when it is not wanted,
/// the stream's onMetaData before its first sample (the file's own takes it up) and exact repetitions of it, and the first sequence header of
/// a track where it stands at the front already. Owner: one task.
/// </summary>
public sealed class FlvWriter : IContainerWriter
{
    private readonly FlvWriterOptions _options;
    private readonly Dictionary<int, Track> _judged = [];
    private readonly List<MediaFrame> _pending = [];
    private readonly PlayedTime _played = new();
    private readonly FlvTagWriter _tags;
    private readonly KeyframeIndex _index;
    private readonly TimeSpan _playedBefore;
    private readonly long _continueAt;
    private readonly long _presentAt;
    private FileMetadata _places = new();
    private ReadOnlyMemory<byte> _metadata;
    private byte _flagsInFile;
    private bool _hasHeader;
    private bool _hasBegun;
    private bool _isFinished;
    private bool _hasSample;
    private TimeSpan _patchedAt;

    /// <summary>A new file.</summary>
    public FlvWriter(FlvWriterOptions? options = null)
    {
        _options = options ?? new FlvWriterOptions();
        _metadata = _options.Metadata.ToArray();
        // Times and positions of a million key frames are as much as one tag can hold; with less than three, a full index would lose its second entry.
        _index = new KeyframeIndex(_options.IndexCapacity <= 0 ? 0 : Math.Clamp(_options.IndexCapacity, 3, 900_000), _options.IndexInterval);
        _tags = new FlvTagWriter(0, _index);
    }

    private FlvWriter(FlvWriterOptions options, FlvFileState file)
    {
        _options = options;
        _metadata = options.Metadata.ToArray();
        _index = file.Index;
        _places = file.Places;
        _flagsInFile = file.Flags;
        _hasHeader = true;
        _continueAt = file.NextTime;
        _presentAt = file.NextPresentation;
        _playedBefore = TimeSpan.FromMilliseconds(file.NextPresentation - file.FirstTime);
        _tags = new FlvTagWriter(file.End, _index) { Flags = file.Flags };
    }

    /// <inheritdoc/>
    public TimeSpan Duration => _playedBefore + _played.Duration;

    /// <inheritdoc/>
    public long Length => _tags.Position;

    /// <summary>
    /// Goes on with a file that exists: a torn tail is cut off, times continue where the last frame ends, sequence headers are written again.
    /// Of a file of others, duration and size are kept up to date where it has such properties; nothing else of it is touched. A file that stops
    /// within its first tag is begun again. Duration and Length include what was there.
    /// </summary>
    /// <param name="existing">The file; only read, and only during this call.</param>
    /// <param name="options">The index is that of the file, not of the options.</param>
    /// <param name="plan">Takes what must be done before anything is added.</param>
    /// <exception cref="ContainerFormatException">It is no FLV file.</exception>
    public static FlvWriter Continue(Stream existing, FlvWriterOptions? options, DiskPlan plan)
    {
        options ??= new FlvWriterOptions();
        var file = FlvFileState.Examine(existing, options.IndexInterval);
        if (file.IsTorn)
            plan.Truncate(file.End);
        return file.HasTags ? new FlvWriter(options, file) : new FlvWriter(options);
    }

    /// <summary>
    /// Unsupported for codecs FLV has no place for, and for a second track that RTMP numbering cannot tell from another. Tracks of unknown
    /// codecs are accepted for the sake of their packets.
    /// </summary>
    public TrackVerdict Judge(Track track)
    {
        if (track.Codec != Codec.Unknown && track.ConfigurationPacket.IsEmpty && !FlvPacketBuilder.CanBuild(track))
            return TrackVerdict.Unsupported;
        var number = FlvPacketBuilder.NumberOf(track);
        if (track.Kind != TrackKind.Data && _judged.Values.Any(other => other.Id != track.Id && other.Kind == track.Kind && FlvPacketBuilder.NumberOf(other) == number))
            return TrackVerdict.Unsupported;
        _judged[track.Id] = track;
        return TrackVerdict.Accepted;
    }

    /// <inheritdoc/>
    public void Add(in MediaFrame frame)
    {
        ObjectDisposedException.ThrowIf(_isFinished, this);
        if (frame.Kind == FrameKind.Sample)
        {
            _played.Add(in frame);
            _hasSample = true;
        }
        else if (frame.Kind == FrameKind.Script && IsTakenUp(frame))
        {
            return;
        }

        _pending.Add(frame);
    }

    /// <inheritdoc/>
    public void CutFragment(DiskPlan plan, ReadOnlySpan<MediaFrame> following)
    {
        if (_pending.Count == 0)
            return;
        WriteFragment(plan);
        if (Duration - _patchedAt >= _options.PatchInterval)
            PatchLengths(plan);
    }

    /// <inheritdoc/>
    public void Finish(DiskPlan plan)
    {
        ObjectDisposedException.ThrowIf(_isFinished, this);
        if (_pending.Count > 0 || !_hasHeader)
            WriteFragment(plan);
        _isFinished = true;
        // The header must not promise what is not there yet.
        plan.Sync();
        if (_tags.Flags != _flagsInFile)
        {
            var flags = plan.Scratch(1);
            flags.Span[0] = _tags.Flags;
            plan.Write(FlvWire.FlagsOffset).Add(flags);
        }

        _places.WriteIndex(plan, _index);
        PatchLengths(plan);
        plan.Sync();
        _places.RevealIndex(plan, _index);
    }

    /// <summary>True for metadata that the file's own tells already, and for data nobody wants.</summary>
    private bool IsTakenUp(in MediaFrame frame)
    {
        var body = frame.Packet.IsEmpty ? frame.Payload : frame.Packet;
        if (!FlvMetadata.IsMetadata(body.Span))
            return !_options.RecordData;
        if (!_hasHeader && !_hasSample && _options.Metadata.IsEmpty)
            _metadata = body.ToArray();
        return !_options.RecordData || !_hasSample || body.Span.SequenceEqual(_metadata.Span);
    }

    private void WriteFragment(DiskPlan plan)
    {
        if (!_hasBegun)
            _tags.TimeOffset = Offset();
        var operation = plan.Write(_tags.Position);
        _tags.Begin(plan, operation);
        if (!_hasHeader)
            WriteHeader(plan, operation);
        if (!_hasBegun)
        {
            foreach (var track in FirstTracks().Where(track => !AnnouncesItself(track.Id)))
                _tags.Announce(track, Math.Max(0, _continueAt), isFront: true);
        }

        _hasBegun = true;
        foreach (var frame in _pending)
            _tags.Add(in frame);
        _tags.End();
        _pending.Clear();
    }

    private void WriteHeader(DiskPlan plan, DiskOperation operation)
    {
        var (places, body) = FileMetadata.Build(FirstTracks(), _metadata.Span, _index);
        _places = places;
        _flagsInFile = FlagsOf(FirstTracks());
        _tags.Flags = _flagsInFile;
        var header = plan.Scratch(FlvWire.FirstTagOffset);
        FlvWire.WriteFileHeader(header.Span, _flagsInFile);
        operation.Add(header);
        _tags.Position += header.Length;
        _tags.Write(FlvTagType.Script, 0, default, body);
        _hasHeader = true;
    }

    /// <summary>The tracks at the beginning: as their first configuration or sample has them, or as they were judged when nothing came of them yet.</summary>
    private IReadOnlyCollection<Track> FirstTracks()
    {
        var tracks = new SortedDictionary<int, Track>();
        foreach (var frame in _pending)
        {
            if (frame.Kind is not (FrameKind.Sample or FrameKind.Configuration))
                continue;
            var track = frame.Track;
            // The same track, once a key frame told its size.
            var isKnownBetter = tracks.TryGetValue(track.Id, out var first) && first.Width == 0 && first.Codec == track.Codec
                && first.ConfigurationPacket.Span.SequenceEqual(track.ConfigurationPacket.Span);
            if (first is null || isKnownBetter)
                tracks[track.Id] = track;
        }

        foreach (var track in _judged.Values)
        {
            if (track.Kind != TrackKind.Data)
                tracks.TryAdd(track.Id, track);
        }

        return tracks.Values;
    }

    /// <summary>
    /// The track's header is on its way after something else of it (encoders send an empty one first): it must not be in front of that.
    /// </summary>
    private bool AnnouncesItself(int id)
    {
        var first = _pending.FindIndex(frame => frame.Track.Id == id);
        var next = first < 0 ? -1 : _pending.FindIndex(first, frame => frame.Track.Id == id && frame.Kind is (FrameKind.Configuration or FrameKind.Sample));
        return next > first && _pending[first].Kind == FrameKind.Other && _pending[next].Kind == FrameKind.Configuration;
    }

    /// <summary>
    /// What moves the earliest frame of the first fragment to 0, or to where the file ended: neither decoded nor presented before that. What lies
    /// before it later on is moved to it.
    /// </summary>
    private long Offset()
    {
        long decoded = long.MaxValue, presented = long.MaxValue;
        foreach (var frame in _pending)
        {
            if (frame.Kind != FrameKind.Sample)
                continue;
            decoded = Math.Min(decoded, FlvTime.TagTime(in frame));
            presented = Math.Min(presented, FlvTime.ToMilliseconds(frame.PresentationTime, frame.Track.Timescale));
        }

        if (decoded == long.MaxValue)
            return _continueAt - (_pending.Count > 0 ? _pending.Min(frame => FlvTime.TagTime(in frame)) : 0);
        return _continueAt == 0 ? -decoded : Math.Max(_continueAt - decoded, _presentAt - presented);
    }

    private void PatchLengths(DiskPlan plan)
    {
        _places.PatchLengths(plan, Duration, Length);
        _patchedAt = Duration;
    }

    private static byte FlagsOf(IEnumerable<Track> tracks)
    {
        byte flags = 0;
        foreach (var track in tracks)
            flags |= track.Kind == TrackKind.Video ? FlvWire.VideoFlag : track.Kind == TrackKind.Audio ? FlvWire.AudioFlag : (byte)0;
        return flags;
    }
}
