using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// Video bodies:
/// <code>
/// older     frameType:4 codecId:4 ...
///           codecId 7 (H.264), 12 (HEVC), 13 (AV1):  type:u8  compositionTime:s24  [type 0 record | type 1 units | type 2 end]
/// Enhanced  see ExtendedHeader;  CodedFrames of avc1, hvc1, vvc1 begin with compositionTime:s24
/// </code>
/// Numbers 12 and 13 are no part of Adobe's format: CDNs agreed on them (github.com/CDN-Union/H265, github.com/tencentyun/flv).
/// </summary>
public sealed partial class FlvPacketParser
{
    private const int CommandFrame = 5;

    private void ParseVideo(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return;
        if ((body[0] & ExtendedHeader.VideoFlag) != 0)
        {
            ParseExtended(body, TrackKind.Video);
            return;
        }

        var frameType = body[0] >> 4;
        var codecId = body[0] & 15;
        if (frameType == CommandFrame)
            return;
        var state = StateOf(TrackKind.Video, 0)!;
        var codec = codecId switch { 7 => Codec.H264, 12 => Codec.Hevc, 13 => Codec.Av1, _ => Codec.Unknown };
        if (codec == Codec.Unknown)
        {
            UnknownSample(state, (uint)codecId, FlagsOf(frameType), FlvTracks.VideoTimescale, 1..body.Length);
            return;
        }

        var type = body.Length > 1 ? body[1] : byte.MaxValue;
        if (type == 2)
            return;
        if (body.Length < 5 || type > 2)
            DeliverMalformed(state);
        else if (type == 0)
            Configure(state, codec, 5..body.Length, isOnlyTrack: true, FourCc.Of(codec));
        else
            VideoSample(state, codec, FlagsOf(frameType), ReadSigned24(body[2..]), 5..body.Length);
    }

    /// <summary>One track's part of an Enhanced RTMP video packet.</summary>
    private void ExtendedVideo(FlvTrackState state, int type, uint fourCc, Range part, bool isOnlyTrack)
    {
        var codec = FourCc.ToVideoCodec(fourCc);
        var bytes = _packet[part].Span;
        var (start, end) = (part.Start.Value, part.End.Value);
        var flags = FlagsOf(_packet.Span[0] >> 4 & 7);
        var compositionTime = 0;
        switch (type)
        {
            case ExtendedHeader.SequenceStart:
                Configure(state, codec, part, isOnlyTrack, fourCc);
                return;
            case ExtendedHeader.CodedFrames when FourCc.HasCompositionTime(codec):
                if (bytes.Length < 3)
                {
                    DeliverMalformed(state);
                    return;
                }

                compositionTime = ReadSigned24(bytes);
                start += 3;
                break;
            case ExtendedHeader.CodedFrames or ExtendedHeader.CodedFramesX:
                break;
            default:
                // SequenceEnd, Metadata, the MPEG-2 TS descriptor, and what is not defined yet.
                DeliverOther(state);
                return;
        }

        if (codec == Codec.Unknown)
            UnknownSample(state, fourCc, flags, FlvTracks.VideoTimescale, start..end);
        else
            VideoSample(state, codec, flags, compositionTime, start..end);
    }

    private void VideoSample(FlvTrackState state, Codec codec, FrameFlags flags, int compositionTime, Range part)
    {
        var payload = _packet[part];
        var isKey = (flags & FrameFlags.Key) != 0;
        var track = state.Track?.Codec == codec ? state.Track : null;
        switch (codec)
        {
            case Codec.Av1:
                payload = Av1.StripTemporalDelimiter(payload);
                if (!IsWholeUnit(payload.Span))
                {
                    DeliverMalformed(state);
                    return;
                }

                if (isKey && (track is null || track.Width == 0))
                    track = DescribeAv1(state, track, payload.Span);
                break;
            case Codec.Vp8:
                if (isKey && Vp8.TryGetSize(payload.Span, out var width, out var height))
                    track = Resize(state, track, codec, width, height);
                break;
            case Codec.Vp9:
                if (isKey && Vp9.TryParseKeyFrame(payload.Span, out var configuration, out width, out height))
                {
                    track = Resize(state, track, codec, width, height);
                    if (track.Configuration.IsEmpty)
                        track = state.Track = track with { Configuration = Vp9.BuildConfiguration(configuration) };
                }

                break;
            default:
                if (track is not null && !TryTrim(payload, state.LengthSize, out payload))
                {
                    DeliverMalformed(state);
                    return;
                }

                break;
        }

        if (payload.IsEmpty)
            DeliverOther(state);
        else if (track is null)
            DeliverUnannounced(state);
        else
            Deliver(track, FrameKind.Sample, flags, compositionTime, payload);
    }

    /// <summary>The key frame says what the record left out, or what no record said.</summary>
    private Track? DescribeAv1(FlvTrackState state, Track? track, ReadOnlySpan<byte> unit)
    {
        if (Av1.BuildConfiguration(unit) is not { } record || FlvTracks.Video(state.Id, Codec.Av1, record, out _) is not { } described
            || described.Width > _limits.PictureSide || described.Height > _limits.PictureSide)
            return track;
        if (track is null)
            return Adopt(state, described);
        return state.Track = described with { ConfigurationPacket = track.ConfigurationPacket };
    }

    /// <summary>VP8 and VP9 records hold no picture size, key frames do.</summary>
    private static Track Resize(FlvTrackState state, Track? track, Codec codec, int width, int height)
    {
        if (track is null)
            track = Adopt(state, FlvTracks.Unknown(state.Id, TrackKind.Video) with { Codec = codec });
        return track.Width == width && track.Height == height ? track : state.Track = track with { Width = width, Height = height };
    }

    private bool IsWholeUnit(ReadOnlySpan<byte> unit)
    {
        var obus = new Obus(unit);
        var count = 0;
        while (obus.MoveNext())
            count++;
        return obus.IsWhole && count <= _limits.UnitsPerFrame;
    }

    /// <summary>
    /// Walks the NAL units. Empty units at both ends (DJI sends them) and zero padding are left out of the sample; between others they
    /// stay, because taking them out would mean to copy. Nothing is left of a packet without units.
    /// </summary>
    private bool TryTrim(ReadOnlyMemory<byte> data, int lengthSize, out ReadOnlyMemory<byte> payload)
    {
        var bytes = data.Span;
        int at = 0, first = 0, end = 0, count = 0;
        payload = data;
        while (bytes.Length - at >= lengthSize)
        {
            var length = lengthSize switch
            {
                4 => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]),
                2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]),
                _ => bytes[at],
            };
            if (length > bytes.Length - at - lengthSize)
                return false;
            if (length > 0)
            {
                if (count++ == 0)
                    first = at;
                end = at + lengthSize + (int)length;
            }

            at += lengthSize + (int)length;
        }

        payload = data[first..end];
        return count <= _limits.UnitsPerFrame && bytes[at..].IndexOfAnyExcept((byte)0) < 0;
    }

    private static FrameFlags FlagsOf(int frameType) => frameType switch
    {
        1 or 4 => FrameFlags.Key,
        3 => FrameFlags.Disposable,
        _ => FrameFlags.None,
    };

    private static int ReadSigned24(ReadOnlySpan<byte> bytes) => (bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8) >> 8;
}
