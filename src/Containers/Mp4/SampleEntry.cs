using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>
/// The description of a track's samples, as stsd holds it:
/// <code>
/// visual entry (86 bytes): 6 zero, data_reference_index, 16 zero, width, height, 72 dpi x2, 0, frame_count, name(32), depth 24, -1
///   avcC | hvcC | av1C | vpcC
/// audio entry (36 bytes):  6 zero, data_reference_index, 8 zero, channels, bits, 0, 0, rate 16.16
///   esds | dOps | dfLa | dac3 | dec3
/// data entry (mett):       6 zero, data_reference_index, content_encoding "", mime_format "application/json"
/// </code>
/// Codecs without a configuration record are described from their first sample.
/// </summary>
internal static class SampleEntry
{
    /// <summary>mime_format of script data.</summary>
    public static ReadOnlySpan<byte> DataType => "application/json"u8;

    /// <summary>Whether MP4 can carry the track, as far as can be told without a sample.</summary>
    public static bool CanDescribe(Track track)
    {
        var config = track.Configuration.Span;
        return track.Timescale > 0 && track.Id > 0 && track.Codec switch
        {
            Codec.H264 => Avc.TryParseConfiguration(config, out _),
            Codec.Hevc => Hevc.TryParseConfiguration(config, out _),
            Codec.Av1 => config.IsEmpty || Av1.TryParseConfiguration(config, out _),
            Codec.Aac => Aac.TryParse(config, out _),
            Codec.Opus => config.IsEmpty || Opus.TryParseHead(config, out _),
            Codec.Flac => config.IsEmpty || !Flac.FindStreamInfo(track.Configuration).IsEmpty,
            Codec.Vp8 or Codec.Vp9 or Codec.Mp3 or Codec.Ac3 or Codec.Eac3 or Codec.G711A or Codec.G711U => true,
            _ => false,
        };
    }

    /// <summary>Writes the entry.</summary>
    public static void Write(BoxBuilder box, Track track, ReadOnlySpan<byte> firstSample)
    {
        var config = track.Configuration.Span;
        switch (track.Codec)
        {
            case Codec.H264:
                BeginVisual(box, FourCc.Avc1, track, firstSample);
                Record(box, FourCc.AvcC, config);
                break;
            case Codec.Hevc:
                BeginVisual(box, FourCc.Hvc1, track, firstSample);
                Record(box, FourCc.HvcC, config);
                break;
            case Codec.Av1:
                BeginVisual(box, FourCc.Av01, track, firstSample);
                Record(box, FourCc.Av1C, config.IsEmpty ? Av1.BuildConfiguration(firstSample) ?? [0x81, 0, 0x0C, 0] : config);
                break;
            case Codec.Vp8:
                BeginVisual(box, FourCc.Vp08, track, firstSample);
                VpRecord(box, Vp9.BuildConfiguration(new Vp9Configuration(0, 0, 8, 1, false, 2, 2, 2)));
                break;
            case Codec.Vp9:
                BeginVisual(box, FourCc.Vp09, track, firstSample);
                if (config.IsEmpty && Vp9.TryParseKeyFrame(firstSample, out var vp9, out _, out _))
                    VpRecord(box, Vp9.BuildConfiguration(vp9));
                else
                    VpRecord(box, config.Length >= 8 ? config : Vp9.BuildConfiguration(new Vp9Configuration(0, 0, 8, 1, false, 2, 2, 2)));
                break;
            case Codec.Aac:
                Aac.TryParse(config, out var aac);
                BeginAudio(box, FourCc.Mp4a, aac.OutputChannels, 16, aac.OutputRate);
                Esds(box, 0x40, config);
                break;
            case Codec.Mp3:
                var known = Mp3.TryParse(firstSample, out var mp3);
                BeginAudio(box, FourCc.Mp4a, known ? mp3.Channels : track.Channels, 16, known ? mp3.SampleRate : track.Timescale);
                Esds(box, known && mp3.Version > 1 ? 0x69 : 0x6B, []);
                break;
            case Codec.Opus:
                WriteOpus(box, track, firstSample);
                break;
            case Codec.Flac:
                WriteFlac(box, track, firstSample);
                break;
            case Codec.Ac3:
                Ac3.TryParse(firstSample, out var ac3);
                BeginAudio(box, FourCc.Ac3, ac3.Channels, 16, ac3.SampleRate == 0 ? track.Timescale : ac3.SampleRate);
                Record(box, FourCc.Dac3, Ac3.BuildConfiguration(ac3));
                break;
            case Codec.Eac3:
                Eac3.TryParse(firstSample, out var eac3);
                BeginAudio(box, FourCc.Ec3, eac3.Channels, 16, eac3.SampleRate == 0 ? track.Timescale : eac3.SampleRate);
                Record(box, FourCc.Dec3, Eac3.BuildConfiguration(eac3));
                break;
            case Codec.G711A or Codec.G711U:
                BeginAudio(box, track.Codec == Codec.G711A ? FourCc.Alaw : FourCc.Ulaw, Math.Max(1, track.Channels), 16, track.Timescale);
                break;
            case Codec.ScriptData:
                // TextMetaDataSampleEntry (ISO/IEC 14496-12 12.3.3): no content_encoding, then the type of the text.
                box.Begin(FourCc.Mett);
                box.Zeros(6);
                box.U16(1);
                box.U8(0);
                box.Bytes(DataType);
                box.U8(0);
                break;
            default:
                throw new InvalidOperationException($"{track.Codec} has no sample entry.");
        }

        box.End();
    }

    /// <summary>The picture size: what the track says, else its configuration, else the first frame. Never 0, which players refuse.</summary>
    public static (int Width, int Height) SizeOf(Track track, ReadOnlySpan<byte> firstSample)
    {
        var (width, height) = (track.Width, track.Height);
        var config = track.Configuration.Span;
        if (width <= 0 || height <= 0)
        {
            var known = false;
            switch (track.Codec)
            {
                case Codec.H264:
                    known = Avc.TryGetSize(config, out width, out height);
                    break;
                case Codec.Hevc:
                    known = Hevc.TryGetSize(config, out width, out height);
                    break;
                case Codec.Vp8:
                    known = Vp8.TryGetSize(firstSample, out width, out height);
                    break;
                case Codec.Vp9:
                    known = Vp9.TryParseKeyFrame(firstSample, out _, out width, out height);
                    break;
                case Codec.Av1:
                    known = Av1.TryParseConfiguration(config, out var sequence) && sequence.Width > 0;
                    if (!known && Av1.TryFindSequenceHeader(firstSample, out var header))
                        known = Av1.TryParseSequenceHeader(header.Payload, out sequence);
                    (width, height) = (sequence.Width, sequence.Height);
                    break;
            }

            if (!known)
                (width, height) = (16, 16);
        }

        return (Math.Min(width, 65535), Math.Min(height, 65535));
    }

    private static void BeginVisual(BoxBuilder box, uint type, Track track, ReadOnlySpan<byte> firstSample)
    {
        var (width, height) = SizeOf(track, firstSample);
        box.Begin(type);
        box.Zeros(6);
        box.U16(1);
        box.Zeros(16);
        box.U16(width);
        box.U16(height);
        box.U32(0x00480000);
        box.U32(0x00480000);
        box.U32(0);
        box.U16(1);
        box.Zeros(32);
        box.U16(0x18);
        box.U16(-1);
    }

    private static void BeginAudio(BoxBuilder box, uint type, int channels, int bits, int rate)
    {
        box.Begin(type);
        box.Zeros(6);
        box.U16(1);
        box.Zeros(8);
        box.U16(channels > 0 ? channels : 2);
        box.U16(bits);
        box.U32(0);

        // 16.16: a rate that does not fit is left to the codec's own record.
        box.U32(rate is > 0 and <= 65535 ? (uint)rate << 16 : 0);
    }

    private static void Record(BoxBuilder box, uint type, ReadOnlySpan<byte> record)
    {
        box.Begin(type);
        box.Bytes(record);
        box.End();
    }

    private static void VpRecord(BoxBuilder box, ReadOnlySpan<byte> record)
    {
        box.Begin(FourCc.VpcC, 1, 0);
        box.Bytes(record);
        box.End();
    }

    /// <summary>esds: ES descriptor(3) { decoder config(4) { [decoder specific info(5)] }, SL config(6) }, lengths as four bytes of 7 bits.</summary>
    private static void Esds(BoxBuilder box, int objectType, ReadOnlySpan<byte> config)
    {
        var specific = config.IsEmpty ? 0 : 5 + config.Length;
        box.Begin(FourCc.Esds, 0, 0);
        Descriptor(box, 3, 3 + 5 + 13 + specific + 5 + 1);
        box.Zeros(3);
        Descriptor(box, 4, 13 + specific);
        box.U8(objectType);
        box.U8(0x15);
        box.Zeros(3 + 4 + 4);
        if (!config.IsEmpty)
        {
            Descriptor(box, 5, config.Length);
            box.Bytes(config);
        }

        Descriptor(box, 6, 1);
        box.U8(2);
        box.End();
    }

    private static void Descriptor(BoxBuilder box, int tag, int length)
    {
        box.U8(tag);
        box.U8(length >> 21 & 127 | 128);
        box.U8(length >> 14 & 127 | 128);
        box.U8(length >> 7 & 127 | 128);
        box.U8(length & 127);
    }

    /// <summary>dOps is OpusHead without its magic, version 0, and big endian.</summary>
    private static void WriteOpus(BoxBuilder box, Track track, ReadOnlySpan<byte> firstSample)
    {
        var config = track.Configuration.Span;
        if (!Opus.TryParseHead(config, out var head))
        {
            var channels = track.Channels > 0 ? Math.Min(track.Channels, 2) : firstSample.IsEmpty || (firstSample[0] & 4) != 0 ? 2 : 1;
            head = new OpusHead(channels, 0, 48000, 0, 0, default);
        }

        BeginAudio(box, FourCc.Opus, head.Channels, 16, 48000);
        box.Begin(FourCc.DOps);
        box.U8(0);
        box.U8(head.Channels);
        box.U16(head.PreSkip);
        box.U32(head.InputRate);
        box.U16(head.Gain);
        box.U8(head.MappingFamily);
        if (head.MappingFamily != 0)
            box.Bytes(config[head.Mapping]);
        box.End();
    }

    private static void WriteFlac(BoxBuilder box, Track track, ReadOnlySpan<byte> firstSample)
    {
        var body = Flac.FindStreamInfo(track.Configuration).Span;
        if (body.IsEmpty)
        {
            Flac.TryParseFrame(firstSample, out var frame);
            body = Flac.BuildStreamInfo(new FlacStreamInfo(
                Math.Max(16, frame.MinBlock),
                Math.Max(16, frame.MaxBlock),
                frame.SampleRate > 0 ? frame.SampleRate : track.Timescale,
                frame.Channels > 0 ? frame.Channels : Math.Max(1, track.Channels),
                frame.BitsPerSample > 0 ? frame.BitsPerSample : 16));
        }

        Flac.TryParseStreamInfo(body, out var info);
        BeginAudio(box, FourCc.FLaC, info.Channels, info.BitsPerSample, info.SampleRate);
        box.Begin(FourCc.DfLa, 0, 0);
        Span<byte> block = [0x80, 0, 0, Flac.StreamInfoLength];
        box.Bytes(block);
        box.Bytes(body);
        box.End();
    }
}
