using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// Turns FLV tag bodies, which are RTMP message bodies, into frames. One instance per stream; it remembers the current track of each id.
/// <para>
/// Every body becomes at least one frame, and the <see cref="MediaFrame.Packet"/>s in order are the bodies in order. Frames are slices of the
/// body: nothing is copied or allocated but when a track changes. What cannot be understood is delivered as <see cref="FrameKind.Other"/>.
/// Total: no body makes it throw.
/// </para>
/// <para>
/// A frame of kind Other may refer to a placeholder track of <see cref="Codec.Unknown"/>, as long as nothing announced the real one;
/// a track becomes part of the stream with its first Configuration or Sample.
/// </para>
/// </summary>
/// <param name="sink">Takes the frames, during the call.</param>
/// <param name="limits">What a publisher may demand.</param>
public sealed partial class FlvPacketParser(IFrameSink sink, FlvParserLimits? limits = null)
{
    private readonly FlvParserLimits _limits = limits ?? FlvParserLimits.Default;
    private readonly FlvTrackState?[] _video = new FlvTrackState?[FlvTracks.MaxTrackNumber + 1];
    private readonly FlvTrackState?[] _audio = new FlvTrackState?[FlvTracks.MaxTrackNumber + 1];
    private int _videoCount;
    private int _audioCount;

    // The packet being parsed.
    private ReadOnlyMemory<byte> _packet;
    private long _milliseconds;
    private int _nanoseconds;
    private bool _packetDelivered;

    /// <summary>Packets, or tracks of a multitrack packet, that broke the format or a limit; they were delivered as Other.</summary>
    public long MalformedPackets { get; private set; }

    /// <summary>Samples that came before their configuration, and so as Other.</summary>
    public long UnannouncedPackets { get; private set; }

    /// <summary>The current tracks, in order of their ids.</summary>
    public IEnumerable<Track> Tracks => _video.Concat(_audio).Select(state => state?.Track).OfType<Track>();

    /// <summary>A video tag.</summary>
    /// <param name="timestampMs">Decode time in milliseconds, unwrapped.</param>
    /// <param name="body">The whole body; frames refer to it.</param>
    public void Video(long timestampMs, ReadOnlyMemory<byte> body)
    {
        Begin(timestampMs, body);
        ParseVideo(body.Span);
        End(TrackKind.Video);
    }

    /// <summary>An audio tag.</summary>
    /// <param name="timestampMs">Decode time in milliseconds, unwrapped.</param>
    /// <param name="body">The whole body; frames refer to it. Empty means silence.</param>
    public void Audio(long timestampMs, ReadOnlyMemory<byte> body)
    {
        Begin(timestampMs, body);
        ParseAudio(body.Span);
        End(TrackKind.Audio);
    }

    /// <summary>A script tag.</summary>
    /// <param name="timestampMs">Time in milliseconds, unwrapped.</param>
    /// <param name="amf0Body">AMF0: a name, then values, as an FLV file keeps it.</param>
    public void Data(long timestampMs, ReadOnlyMemory<byte> amf0Body)
    {
        Begin(timestampMs, amf0Body);
        var body = amf0Body.Span;
        var isNamed = body.Length >= 3 && body[0] == 2 && body.Length >= 3 + (body[1] << 8 | body[2]);
        if (!isNamed && !body.IsEmpty)
            MalformedPackets++;
        Deliver(FlvTracks.ScriptData, isNamed ? FrameKind.Script : FrameKind.Other, FrameFlags.None, 0, isNamed ? amf0Body : default);
        _packet = default;
    }

    private void Begin(long milliseconds, ReadOnlyMemory<byte> packet)
    {
        _packet = packet;
        // Nobody's clock reaches 285 million years; this keeps all sums that follow in range.
        _milliseconds = Math.Clamp(milliseconds, -(1L << 43), 1L << 43);
        _nanoseconds = 0;
        _packetDelivered = false;
    }

    /// <summary>Whatever the packet was, it is carried on.</summary>
    private void End(TrackKind kind)
    {
        if (!_packetDelivered)
            Deliver(StateOf(kind, 0)!.Any, FrameKind.Other, FrameFlags.None, 0, default);
        _packet = default;
    }

    private void Deliver(Track track, FrameKind kind, FrameFlags flags, int compositionTime, ReadOnlyMemory<byte> payload)
    {
        var frame = new MediaFrame
        {
            Track = track,
            Kind = kind,
            Flags = _packetDelivered ? flags | FrameFlags.SharesPacket : flags,
            DecodeTime = FlvTime.ToTicks(_milliseconds, _nanoseconds, track.Timescale),
            PresentationOffset = compositionTime * (FlvTracks.VideoTimescale / 1000),
            Payload = payload,
            Packet = _packetDelivered ? default : _packet,
        };
        _packetDelivered = true;
        sink.OnFrame(in frame);
    }

    private void DeliverOther(FlvTrackState state) => Deliver(state.Any, FrameKind.Other, FrameFlags.None, 0, default);

    private void DeliverMalformed(FlvTrackState state)
    {
        MalformedPackets++;
        DeliverOther(state);
    }

    private void DeliverUnannounced(FlvTrackState state)
    {
        UnannouncedPackets++;
        DeliverOther(state);
    }

    /// <summary>Null when the stream may not have that track.</summary>
    private FlvTrackState? StateOf(TrackKind kind, int number)
    {
        var isVideo = kind == TrackKind.Video;
        if (number > FlvTracks.MaxTrackNumber)
            return null;
        ref var state = ref (isVideo ? _video : _audio)[number];
        if (state is not null)
            return state;
        ref var count = ref isVideo ? ref _videoCount : ref _audioCount;
        // Number 0 is always there for packets that name no track.
        if (number > 0 && count >= _limits.TracksPerKind - 1)
            return null;
        if (number > 0)
            count++;
        return state = new FlvTrackState((isVideo ? FlvTracks.FirstVideoId : FlvTracks.FirstAudioId) + number, kind);
    }

    /// <summary>The packet announces a configuration: <paramref name="record"/> of it.</summary>
    private void Configure(FlvTrackState state, Codec codec, Range record, bool isOnlyTrack, uint fourCc)
    {
        var received = _packet[record];
        if (received.IsEmpty)
        {
            // Real encoders send this first and the record later (AV1, Opus): nothing is known yet.
            if (codec is Codec.H264 or Codec.Hevc or Codec.Vvc or Codec.Aac or Codec.Flac)
                MalformedPackets++;
            DeliverOther(state);
            return;
        }

        if (received.Length > _limits.ConfigurationBytes)
        {
            DeliverMalformed(state);
            return;
        }

        if (state.Track is { } current && current.Codec == codec && state.UnknownName == NameIfUnknown(codec, fourCc)
            && !state.Record.IsEmpty && state.Record.Span.SequenceEqual(received.Span))
        {
            Deliver(current, FrameKind.Configuration, FrameFlags.None, 0, default);
            return;
        }

        // The track outlives the packet: it gets its own copy, and the record is a slice of that.
        ReadOnlyMemory<byte> packet;
        if (isOnlyTrack)
        {
            packet = _packet.ToArray();
            received = packet[record];
        }
        else
        {
            packet = FlvPacketBuilder.OneTrackConfiguration(state.Kind, state.Id, fourCc, received.Span);
            received = packet[^received.Length..];
        }

        var lengthSize = 0;
        var track = codec switch
        {
            Codec.Unknown => FlvTracks.Unknown(state.Id, state.Kind) with { Configuration = received },
            _ when state.Kind == TrackKind.Video => FlvTracks.Video(state.Id, codec, received, out lengthSize),
            _ => FlvTracks.Audio(state.Id, codec, received),
        };
        if (track is null || track.Width > _limits.PictureSide || track.Height > _limits.PictureSide)
        {
            DeliverMalformed(state);
            return;
        }

        state.Track = track with { ConfigurationPacket = packet };
        state.Record = received;
        state.LengthSize = lengthSize;
        state.UnknownName = NameIfUnknown(codec, fourCc);
        Deliver(state.Track, FrameKind.Configuration, FrameFlags.None, 0, default);
    }

    /// <summary>A track that no record announced.</summary>
    private static Track Adopt(FlvTrackState state, Track track)
    {
        state.Track = track;
        state.Record = default;
        state.UnknownName = 0;
        return track;
    }

    private static uint NameIfUnknown(Codec codec, uint name) => codec == Codec.Unknown ? name : 0;

    /// <summary>A sample of a codec that is only carried on.</summary>
    private void UnknownSample(FlvTrackState state, uint name, FrameFlags flags, int timescale, Range payload)
    {
        if (_packet[payload].IsEmpty)
        {
            DeliverOther(state);
            return;
        }

        if (state.Track is not { Codec: Codec.Unknown } track || state.UnknownName != name || track.Timescale != timescale)
        {
            track = FlvTracks.Unknown(state.Id, state.Kind);
            track = Adopt(state, state.Kind == TrackKind.Audio && timescale != 1000 ? track with { Timescale = timescale, SampleRate = timescale } : track);
            state.UnknownName = name;
        }

        Deliver(track, FrameKind.Sample, flags, 0, _packet[payload]);
    }
}
