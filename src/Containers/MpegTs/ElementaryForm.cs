using Tapedeck.Media;

namespace Tapedeck.Containers.MpegTs;

/// <summary>
/// How a codec's samples lie in a PES packet, and how the program map announces them. One class per form; the only place that looks at codecs
/// when a file is written.
/// </summary>
internal abstract class ElementaryForm(byte streamType, byte streamId, byte[] descriptors)
{
    public const byte VideoId = 0xE0;
    public const byte AudioId = 0xC0;
    public const byte PrivateId = 0xBD;

    public byte StreamType { get; } = streamType;

    public byte StreamId { get; } = streamId;

    public byte[] Descriptors { get; } = descriptors;

    /// <summary>Several samples may share a PES packet.</summary>
    public bool CanGroup => StreamId != VideoId && this is not (Av1Form or Id3Form);

    /// <summary>The form for a track; null when transport streams cannot carry it.</summary>
    /// <param name="track">The track as it is now.</param>
    /// <param name="firstSample">Its next sample, when there is one.</param>
    public static ElementaryForm? For(Track track, ReadOnlySpan<byte> firstSample) => track.Codec switch
    {
        Codec.H264 when Avc.TryParseConfiguration(track.Configuration.Span, out var avc) =>
            new NalForm(isHevc: false, avc.LengthSize, ParameterSets.FromAvc(track.Configuration.Span)),
        Codec.Hevc when Hevc.TryParseConfiguration(track.Configuration.Span, out var hevc) =>
            new NalForm(isHevc: true, hevc.LengthSize, ParameterSets.FromHevc(track.Configuration.Span)),
        Codec.Av1 => new Av1Form(track.Configuration),
        Codec.Aac => AdtsForm.For(track.Configuration.Span),
        Codec.Opus => OpusForm.For(track),
        Codec.Mp3 => new PlainForm(Mp3.TryParse(firstSample, out var header) && header.Version > 1 ? (byte)0x04 : (byte)0x03, AudioId, []),
        Codec.Ac3 => new PlainForm(0x81, PrivateId, Registration("AC-3"u8)),
        Codec.Eac3 => new PlainForm(0x87, PrivateId, Registration("EAC3"u8)),
        _ => null,
    };

    /// <summary>Bytes that the sample takes in the elementary stream.</summary>
    public virtual int Size(ReadOnlySpan<byte> sample) => sample.Length;

    public abstract void Write(PacketOutput output, ReadOnlySpan<byte> sample, bool isKey);

    protected static byte[] Registration(ReadOnlySpan<byte> format) => [0x05, 4, .. format];
}

/// <summary>MPEG audio, AC-3, E-AC-3: frames with sync words of their own.</summary>
internal sealed class PlainForm(byte streamType, byte streamId, byte[] descriptors) : ElementaryForm(streamType, streamId, descriptors)
{
    public override void Write(PacketOutput output, ReadOnlySpan<byte> sample, bool isKey) => output.Write(sample);
}

/// <summary>
/// H.264 and H.265 as Annex B byte streams: access unit delimiter, parameter sets where a decoder may start, then the sample's NAL units, each after
/// a start code of 4 bytes.
/// </summary>
internal sealed class NalForm(bool isHevc, int lengthSize, ParameterSets sets) : ElementaryForm(isHevc ? (byte)0x24 : (byte)0x1B, VideoId, [])
{
    private readonly byte[] _sets = sets.ToAnnexB();

    private static ReadOnlySpan<byte> StartCode => [0, 0, 0, 1];

    // "Any picture type": who knows better would have to read the slices.
    private static ReadOnlySpan<byte> AvcDelimiter => [0, 0, 0, 1, 9, 0xF0];

    private static ReadOnlySpan<byte> HevcDelimiter => [0, 0, 0, 1, 0x46, 1, 0x50];

    public override void Write(PacketOutput output, ReadOnlySpan<byte> sample, bool isKey)
    {
        output.Write(isHevc ? HevcDelimiter : AvcDelimiter);
        if (isKey && !CarriesSets(sample))
            output.Write(_sets);
        foreach (var nal in new NalUnits(sample, lengthSize))
        {
            if (isHevc ? Hevc.NalType(nal[0]) == NalTypes.HevcDelimiter : Avc.NalType(nal[0]) == NalTypes.AvcDelimiter)
                continue;
            output.Write(StartCode);
            output.Write(nal);
        }
    }

    private bool CarriesSets(ReadOnlySpan<byte> sample)
    {
        var (hasSequence, hasPicture) = (false, false);
        foreach (var nal in new NalUnits(sample, lengthSize))
        {
            var type = isHevc ? Hevc.NalType(nal[0]) : Avc.NalType(nal[0]);
            hasSequence |= type == (isHevc ? Hevc.NalSps : Avc.NalSps);
            hasPicture |= type == (isHevc ? Hevc.NalPps : Avc.NalPps);
        }

        return hasSequence && hasPicture;
    }
}

/// <summary>
/// AV1 (AOM "Carriage of AV1 in MPEG-2 TS"): a temporal delimiter, then the OBUs of the temporal unit, each with its size field, after a start code
/// 00 00 01 and with emulation prevention as in H.264.
/// </summary>
internal sealed class Av1Form(ReadOnlyMemory<byte> configuration) : ElementaryForm(0x06, PrivateId, Describe(configuration.Span))
{
    private readonly byte[] _sequenceHeader = configuration.Length > 4 ? configuration[4..].ToArray() : [];

    private static ReadOnlySpan<byte> StartCode => [0, 0, 1];

    private static ReadOnlySpan<byte> TemporalDelimiter => [0, 0, 1, 0x12, 0];

    public override void Write(PacketOutput output, ReadOnlySpan<byte> sample, bool isKey)
    {
        output.Write(TemporalDelimiter);
        if (isKey && !Av1.HasSequenceHeader(sample))
            WriteUnits(output, _sequenceHeader);
        WriteUnits(output, sample);
    }

    private static byte[] Describe(ReadOnlySpan<byte> record) =>
        record.Length < 4 ? Registration("AV01"u8) : [.. Registration("AV01"u8), 0x80, 4, .. record[..4]];

    private static void WriteUnits(PacketOutput output, ReadOnlySpan<byte> units)
    {
        Span<byte> header = stackalloc byte[8];
        foreach (var unit in new Obus(units))
        {
            if (unit.Type == Av1.ObuTemporalDelimiter)
                continue;
            output.Write(StartCode);
            var zeros = 0;
            if ((unit.Whole[0] & 2) != 0)
            {
                WriteEscaped(output, unit.Whole, ref zeros);
                continue;
            }

            var at = unit.Whole.Length - unit.Payload.Length;
            unit.Whole[..at].CopyTo(header);
            header[0] |= 2;
            for (var size = (uint)unit.Payload.Length; ; size >>= 7)
            {
                header[at++] = (byte)(size & 127 | (size > 127 ? 128u : 0));
                if (size <= 127)
                    break;
            }

            WriteEscaped(output, header[..at], ref zeros);
            WriteEscaped(output, unit.Payload, ref zeros);
        }
    }

    private static void WriteEscaped(PacketOutput output, ReadOnlySpan<byte> data, ref int zeros)
    {
        var start = 0;
        for (var i = 0; i < data.Length; i++)
        {
            if (zeros >= 2 && data[i] <= 3)
            {
                output.Write(data[start..i]);
                output.Write([3]);
                start = i;
                zeros = 0;
            }

            zeros = data[i] == 0 ? zeros + 1 : 0;

            // Most of the way there is no zero: go to the next one at once.
            if (zeros == 0)
            {
                var next = data[(i + 1)..].IndexOf((byte)0);
                i = next < 0 ? data.Length : i + next;
            }
        }

        output.Write(data[start..]);
    }
}

/// <summary>
/// AAC with ADTS headers (ISO/IEC 13818-7 6.2.1), which know object types 1 to 4 only: HE-AAC goes as its LC core, decoders find SBR by themselves.
/// </summary>
internal sealed class AdtsForm(int objectType, int rateIndex, int channels) : ElementaryForm(0x0F, AudioId, [])
{
    private const int HeaderLength = 7;
    private const int MaxFrame = 8191;

    public static AdtsForm? For(ReadOnlySpan<byte> config)
    {
        if (!Aac.TryParse(config, out var aac) || aac.ObjectType is < 1 or > 4 || aac.FrameLength != 1024)
            return null;

        // 5 bits of object type, 4 of rate, 4 of channels; an escape in one of them says what ADTS has no words for.
        var rateIndex = (config[0] & 7) << 1 | config[1] >> 7;
        var channels = config[1] >> 3 & 15;
        return rateIndex < 13 && channels is > 0 and < 8 ? new AdtsForm(aac.ObjectType, rateIndex, channels) : null;
    }

    public override int Size(ReadOnlySpan<byte> sample) => sample.Length + HeaderLength;

    public override void Write(PacketOutput output, ReadOnlySpan<byte> sample, bool isKey)
    {
        var length = sample.Length + HeaderLength;

        // No AAC frame of 7 channels is that long: what cannot be said is left out, the next one begins anew.
        if (length > MaxFrame)
            return;
        output.Write(
        [
            0xFF, 0xF1,
            (byte)(objectType - 1 << 6 | rateIndex << 2 | channels >> 2),
            (byte)(channels << 6 | length >> 11),
            (byte)(length >> 3),
            (byte)(length << 5 | 0x1F),
            0xFC,
        ]);
        output.Write(sample);
    }
}

/// <summary>
/// Opus (ETSI draft "Opus Interactive Audio Codec, Transport Multiplexing"): before each packet 11 bits 3FF, no trims, no extension; then its length as
/// bytes of 255 and a rest.
/// </summary>
internal sealed class OpusForm(byte channelCode) : ElementaryForm(0x06, PrivateId, [.. Registration("Opus"u8), 0x7F, 2, 0x80, channelCode])
{
    // Stream count and coupled count of the Vorbis channel orders, by channels, and the order itself (RFC 7845 5.1.1.2).
    private static readonly byte[][] Mappings =
    [
        [], [1, 0, 0], [1, 1, 0, 1], [2, 1, 0, 2, 1], [2, 2, 0, 1, 2, 3], [3, 2, 0, 4, 1, 2, 3],
        [4, 2, 0, 4, 1, 2, 3, 5], [4, 3, 0, 4, 1, 2, 3, 5, 6], [5, 3, 0, 6, 1, 2, 3, 4, 5, 7],
    ];

    /// <summary>Channel codes 1 to 8 mean the usual orders; a header with another mapping cannot be said.</summary>
    public static OpusForm? For(Track track)
    {
        if (!Opus.TryParseHead(track.Configuration.Span, out var head))
            return track.Configuration.IsEmpty && track.Channels is 0 or 1 or 2 ? new OpusForm((byte)(track.Channels == 1 ? 1 : 2)) : null;
        if (head.MappingFamily == 0)
            return new OpusForm((byte)head.Channels);
        return head.MappingFamily == 1 && head.Channels <= 8 && track.Configuration.Span[head.Mapping].SequenceEqual(Mappings[head.Channels])
            ? new OpusForm((byte)head.Channels)
            : null;
    }

    /// <summary>The OpusHead that a channel code stands for; empty when it is none of 1 to 8.</summary>
    public static byte[] BuildHead(int channelCode, int preSkip)
    {
        if (channelCode is < 1 or > 8)
            return [];
        var head = Opus.BuildHead(channelCode, preSkip, 48000);
        if (channelCode <= 2)
            return head;
        head[18] = 1;
        return [.. head, .. Mappings[channelCode]];
    }

    public override int Size(ReadOnlySpan<byte> sample) => sample.Length + 3 + sample.Length / 255;

    public override void Write(PacketOutput output, ReadOnlySpan<byte> sample, bool isKey)
    {
        output.Write([0x7F, 0xE0]);
        var rest = sample.Length;
        for (; rest >= 255; rest -= 255)
            output.Write([255]);
        output.Write([(byte)rest]);
        output.Write(sample);
    }
}
