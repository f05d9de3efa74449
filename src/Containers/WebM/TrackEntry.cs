using System.Buffers.Binary;
using Tapedeck.Containers.Mp4;
using Tapedeck.Media;

namespace Tapedeck.Containers.WebM;

/// <summary>
/// The description of a track, as Tracks holds it (RFC 9559 5.1.4):
/// <code>
/// TrackEntry
///   TrackNumber, TrackUID, TrackType (1 video, 2 audio, 17 subtitle), FlagLacing 0, Language
///   CodecID, [CodecPrivate], [CodecDelay, SeekPreRoll]
///   Video { PixelWidth, PixelHeight } | Audio { SamplingFrequency, [OutputSamplingFrequency], Channels, [BitDepth] }
/// </code>
/// Codecs without a configuration record are described from their first sample.
/// </summary>
internal static class TrackEntry
{
    /// <summary>A decoder of Opus needs 80 ms before what it is to play after a seek (RFC 7845 4.6).</summary>
    private const long OpusPreRoll = 80_000_000;

    /// <summary>TrackType of script data: subtitle. There is one for metadata (33), but it is younger than the checkers that are about.</summary>
    public const uint MetadataType = 17;

    /// <summary>CodecID of script data: cues of WebVTT of the kind metadata, whose text is JSON.</summary>
    public const string DataId = "D_WEBVTT/METADATA";

    /// <summary>Whether a file of this kind can carry the track, as far as can be told without a sample.</summary>
    public static bool CanDescribe(Track track, MatroskaDocType type)
    {
        if (type == MatroskaDocType.WebM && track.Codec is not (Codec.Vp8 or Codec.Vp9 or Codec.Av1 or Codec.Opus or Codec.Vorbis))
            return false;
        if (track.Codec == Codec.ScriptData)
            return true;
        return track.Codec == Codec.Vorbis
            ? track.Timescale > 0 && track.Id > 0 && XiphHeaders.IsVorbis(track.Configuration.Span)
            : SampleEntry.CanDescribe(track);
    }

    /// <summary>Whether what the header says of <paramref name="known"/> is true of <paramref name="track"/>. A file does not hold the source's timescale.</summary>
    public static bool IsSame(Track known, Track track)
    {
        if (known.Codec != track.Codec || known.Kind != track.Kind)
            return false;
        var a = known.Configuration.Span;
        var b = track.Configuration.Span;
        if (a.SequenceEqual(b))
            return true;
        return track.Codec switch
        {
            Codec.Flac => b.IsEmpty || Flac.FindStreamInfo(known.Configuration).Span.SequenceEqual(Flac.FindStreamInfo(track.Configuration).Span),
            Codec.Vp8 or Codec.Ac3 or Codec.Eac3 or Codec.Mp3 or Codec.G711A or Codec.G711U => true,

            // A file that was read back knows none; colours may be told later.
            Codec.Vp9 => b.IsEmpty || a.IsEmpty || (a.Length >= 3 && b.Length >= 3 && a[..2].SequenceEqual(b[..2]) && a[2] >> 1 == b[2] >> 1),
            Codec.Av1 or Codec.Opus => b.IsEmpty,
            _ => false,
        };
    }

    /// <summary>The sound that a decoder drops at the beginning, in ns: block times of the track include it.</summary>
    public static long CodecDelay(Track track) =>
        track.Codec == Codec.Opus && Opus.TryParseHead(track.Configuration.Span, out var head) ? head.PreSkip * 1_000_000_000L / 48000 : 0;

    public static void Write(EbmlBuilder ebml, Track track, ReadOnlySpan<byte> firstSample)
    {
        ebml.Begin(ElementId.TrackEntry);
        ebml.Number(ElementId.TrackNumber, (ulong)track.Id);
        ebml.Number(ElementId.TrackUid, (ulong)track.Id);
        ebml.Number(ElementId.TrackType, track.Kind switch { TrackKind.Video => 1u, TrackKind.Audio => 2u, _ => MetadataType });
        ebml.Number(ElementId.FlagLacing, 0);

        // Nobody wants to read JSON over the picture.
        if (track.Kind == TrackKind.Data)
            ebml.Number(ElementId.FlagDefault, 0);
        ebml.Text(ElementId.Language, "und");
        ebml.Text(ElementId.CodecId, CodecId(track.Codec));
        var config = Private(track, firstSample);
        if (config.Length > 0)
            ebml.Bytes(ElementId.CodecPrivate, config);
        if (track.Codec == Codec.Opus)
        {
            ebml.Number(ElementId.CodecDelay, (ulong)CodecDelay(track));
            ebml.Number(ElementId.SeekPreRoll, OpusPreRoll);
        }

        if (track.Kind == TrackKind.Video)
            WriteVideo(ebml, track, firstSample);
        else if (track.Kind == TrackKind.Audio)
            WriteAudio(ebml, track, firstSample, config);
        ebml.End();
    }

    private static string CodecId(Codec codec) => codec switch
    {
        Codec.H264 => "V_MPEG4/ISO/AVC",
        Codec.Hevc => "V_MPEGH/ISO/HEVC",
        Codec.Av1 => "V_AV1",
        Codec.Vp8 => "V_VP8",
        Codec.Vp9 => "V_VP9",
        Codec.Aac => "A_AAC",
        Codec.Opus => "A_OPUS",
        Codec.Vorbis => "A_VORBIS",
        Codec.Mp3 => "A_MPEG/L3",
        Codec.Ac3 => "A_AC3",
        Codec.Eac3 => "A_EAC3",
        Codec.Flac => "A_FLAC",
        Codec.G711A or Codec.G711U => "A_MS/ACM",
        Codec.ScriptData => DataId,
        _ => throw new InvalidOperationException($"{codec} has no CodecID."),
    };

    private static byte[] Private(Track track, ReadOnlySpan<byte> firstSample)
    {
        var config = track.Configuration;
        switch (track.Codec)
        {
            case Codec.H264 or Codec.Hevc or Codec.Aac or Codec.Vorbis:
                return config.ToArray();
            case Codec.Av1:
                return config.IsEmpty ? Av1.BuildConfiguration(firstSample) ?? [0x81, 0, 0x0C, 0] : config.ToArray();
            case Codec.Opus:
                return config.IsEmpty ? Opus.BuildHead(OpusChannels(track, firstSample), 0, 48000) : config.ToArray();
            case Codec.Flac:
                // The marker, then the only and last block.
                return [.. "fLaC"u8, 0x80, 0, 0, Flac.StreamInfoLength, .. StreamInfo(track, firstSample)];
            case Codec.G711A or Codec.G711U:
                return WaveFormat(track.Codec == Codec.G711A ? 6 : 7, Math.Max(1, track.Channels), track.Timescale);
            default:
                // VP9 may have a list of features, but decoders need none, and parsers are about that know only lists of one.
                return [];
        }
    }

    private static void WriteVideo(EbmlBuilder ebml, Track track, ReadOnlySpan<byte> firstSample)
    {
        var (width, height) = SampleEntry.SizeOf(track, firstSample);
        ebml.Begin(ElementId.Video);
        ebml.Number(ElementId.PixelWidth, (ulong)width);
        ebml.Number(ElementId.PixelHeight, (ulong)height);
        ebml.End();
    }

    private static void WriteAudio(EbmlBuilder ebml, Track track, ReadOnlySpan<byte> firstSample, ReadOnlySpan<byte> config)
    {
        var (rate, channels, output, depth) = (track.SampleRate > 0 ? track.SampleRate : track.Timescale, track.Channels, 0, 0);
        switch (track.Codec)
        {
            case Codec.Aac when Aac.TryParse(config, out var aac):
                (rate, channels) = (aac.CoreRate, aac.OutputChannels);
                output = aac.OutputRate != aac.CoreRate ? aac.OutputRate : 0;
                break;
            case Codec.Opus when Opus.TryParseHead(config, out var opus):
                (rate, channels) = (48000, opus.Channels);
                break;
            case Codec.Vorbis when XiphHeaders.TryReadVorbis(config, out var vorbisChannels, out var vorbisRate):
                (rate, channels) = (vorbisRate, vorbisChannels);
                break;
            case Codec.Mp3 when Mp3.TryParse(firstSample, out var mp3):
                (rate, channels) = (mp3.SampleRate, mp3.Channels);
                break;
            case Codec.Ac3 when Ac3.TryParse(firstSample, out var ac3):
                (rate, channels) = (ac3.SampleRate, ac3.Channels);
                break;
            case Codec.Eac3 when Eac3.TryParse(firstSample, out var eac3):
                (rate, channels) = (eac3.SampleRate, eac3.Channels);
                break;
            case Codec.Flac when Flac.TryParseStreamInfo(config[8..], out var flac):
                (rate, channels, depth) = (flac.SampleRate, flac.Channels, flac.BitsPerSample);
                break;
            case Codec.G711A or Codec.G711U:
                rate = track.Timescale;
                break;
        }

        ebml.Begin(ElementId.Audio);
        ebml.Float(ElementId.SamplingFrequency, rate);
        if (output > 0)
            ebml.Float(ElementId.OutputSamplingFrequency, output);
        ebml.Number(ElementId.Channels, (ulong)Math.Max(1, channels));
        if (depth > 0)
            ebml.Number(ElementId.BitDepth, (ulong)depth);
        ebml.End();
    }

    private static int OpusChannels(Track track, ReadOnlySpan<byte> firstSample) =>
        track.Channels > 0 ? Math.Min(track.Channels, 2) : firstSample.IsEmpty || (firstSample[0] & 4) != 0 ? 2 : 1;

    private static ReadOnlySpan<byte> StreamInfo(Track track, ReadOnlySpan<byte> firstSample)
    {
        var body = Flac.FindStreamInfo(track.Configuration).Span;
        if (!body.IsEmpty)
            return body;
        Flac.TryParseFrame(firstSample, out var frame);
        return Flac.BuildStreamInfo(new FlacStreamInfo(
            Math.Max(16, frame.MinBlock),
            Math.Max(16, frame.MaxBlock),
            frame.SampleRate > 0 ? frame.SampleRate : track.Timescale,
            frame.Channels > 0 ? frame.Channels : Math.Max(1, track.Channels),
            frame.BitsPerSample > 0 ? frame.BitsPerSample : 16));
    }

    /// <summary>WAVEFORMATEX, little endian: tag, channels, rate, bytes a second, block, bits, 0 more bytes.</summary>
    private static byte[] WaveFormat(int tag, int channels, int rate)
    {
        var format = new byte[18];
        BinaryPrimitives.WriteUInt16LittleEndian(format, (ushort)tag);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(2), (ushort)channels);
        BinaryPrimitives.WriteInt32LittleEndian(format.AsSpan(4), rate);
        BinaryPrimitives.WriteInt32LittleEndian(format.AsSpan(8), rate * channels);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(12), (ushort)channels);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(14), 8);
        return format;
    }
}
