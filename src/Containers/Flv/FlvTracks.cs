using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>Makes tracks from configuration records and from frames that describe themselves. Total: what cannot be read gives null.</summary>
internal static class FlvTracks
{
    public const int FirstVideoId = 1;
    public const int FirstAudioId = 101;
    public const int DataId = 201;

    /// <summary>Beyond this, video numbers would run into audio ids.</summary>
    public const int MaxTrackNumber = 99;

    public const int VideoTimescale = 90_000;

    /// <summary>The number Enhanced RTMP knows a track by; -1 for an id that no packet can name.</summary>
    public static int NumberOf(Track track)
    {
        var number = track.Id - (track.Kind == TrackKind.Video ? FirstVideoId : FirstAudioId);
        return number is >= 0 and <= 255 ? number : -1;
    }

    /// <summary>A track to hang packets on that are neither samples nor configuration while the real one is not known.</summary>
    public static Track Unknown(int id, TrackKind kind) => new()
    {
        Id = id,
        Kind = kind,
        Codec = Codec.Unknown,
        Timescale = kind == TrackKind.Video ? VideoTimescale : 1000,
    };

    public static Track ScriptData { get; } = new() { Id = DataId, Kind = TrackKind.Data, Codec = Codec.ScriptData, Timescale = 1000 };

    /// <summary>A video track as its record describes it.</summary>
    /// <param name="id">The track's id.</param>
    /// <param name="codec">H264, Hevc, Vvc, Av1, Vp8 or Vp9.</param>
    /// <param name="record">Bytes that belong to the track from now on.</param>
    /// <param name="lengthSize">Bytes of NAL unit lengths, 0 for codecs without.</param>
    public static Track? Video(int id, Codec codec, ReadOnlyMemory<byte> record, out int lengthSize)
    {
        int width = 0, height = 0;
        lengthSize = 0;
        var bytes = record.Span;
        switch (codec)
        {
            case Codec.H264:
                if (!Avc.TryParseConfiguration(bytes, out var avc))
                    return null;
                lengthSize = avc.LengthSize;
                Avc.TryGetSize(bytes, out width, out height);
                break;
            case Codec.Hevc:
                if (!Hevc.TryParseConfiguration(bytes, out var hevc))
                    return null;
                lengthSize = hevc.LengthSize;
                Hevc.TryGetSize(bytes, out width, out height);
                break;
            case Codec.Vvc:
                // VvcDecoderConfigurationRecord opens with 5 reserved bits and lengthSizeMinusOne.
                lengthSize = (bytes[0] >> 1 & 3) + 1;
                if (lengthSize == 3)
                    return null;
                break;
            case Codec.Av1:
                if (!Av1.TryParseConfiguration(bytes, out var sequence))
                    return null;
                (width, height) = (sequence.Width, sequence.Height);
                break;
            default:
                // Some muxers put the full box header (version 1, flags 0) in front of the vpcC body.
                if (bytes.Length >= 12 && bytes.StartsWith((ReadOnlySpan<byte>)[1, 0, 0, 0]))
                    record = record[4..];
                if (!Vp9.TryParseConfiguration(record.Span, out _))
                    return null;
                break;
        }

        return new Track { Id = id, Kind = TrackKind.Video, Codec = codec, Timescale = VideoTimescale, Configuration = record, Width = width, Height = height };
    }

    /// <summary>An audio track as its record describes it.</summary>
    public static Track? Audio(int id, Codec codec, ReadOnlyMemory<byte> record)
    {
        switch (codec)
        {
            case Codec.Aac:
                if (!Aac.TryParse(record.Span, out var aac) || !IsPossibleRate(aac.OutputRate) || !IsPossibleRate(aac.CoreRate))
                    return null;
                var duration = (int)((long)aac.FrameLength * aac.OutputRate / aac.CoreRate);
                return Audio(id, codec, aac.OutputRate, aac.OutputChannels, duration) with { Configuration = record };
            case Codec.Opus:
                return Opus.TryParseHead(record.Span, out var head) ? Audio(id, codec, 48_000, head.Channels, 0) with { Configuration = record } : null;
            case Codec.Flac:
                record = Flac.FindStreamInfo(record);
                if (!Flac.TryParseStreamInfo(record.Span, out var flac) || !IsPossibleRate(flac.SampleRate))
                    return null;
                return Audio(id, codec, flac.SampleRate, flac.Channels, flac.MinBlock == flac.MaxBlock ? flac.MaxBlock : 0) with { Configuration = record };
            default:
                return null;
        }
    }

    public static Track Audio(int id, Codec codec, int rate, int channels, int frameDuration) => new()
    {
        Id = id,
        Kind = TrackKind.Audio,
        Codec = codec,
        Timescale = rate,
        SampleRate = rate,
        Channels = channels,
        FrameDuration = frameDuration,
    };

    /// <summary>Below 1,000 Hz a timescale could not give milliseconds back; above, no converter works.</summary>
    private static bool IsPossibleRate(int rate) => rate is >= 1000 and <= 768_000;
}

/// <summary>What a parser remembers of one track.</summary>
internal sealed class FlvTrackState(int id, TrackKind kind)
{
    private Track? _placeholder;

    public int Id { get; } = id;

    public TrackKind Kind { get; } = kind;

    /// <summary>Null until the first configuration or self-describing sample.</summary>
    public Track? Track { get; set; }

    /// <summary>What packets belong to that are no samples.</summary>
    public Track Any => Track ?? (_placeholder ??= FlvTracks.Unknown(Id, Kind));

    public int LengthSize { get; set; }

    /// <summary>The record as received: <see cref="Track.Configuration"/> may have been completed from a key frame since.</summary>
    public ReadOnlyMemory<byte> Record { get; set; }

    /// <summary>FourCC or old number of a codec this host does not know.</summary>
    public uint UnknownName { get; set; }
}
