using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.Mp4;

/// <summary>An entry of stsd as a <see cref="Track"/>; the counterpart of <see cref="SampleEntry"/>. What it does not know is <see cref="Codec.Unknown"/>.</summary>
internal static class SampleEntryReader
{
    private const int VisualFields = 78;
    private const int AudioFields = 28;

    public static Track Unknown(MovieTrack track) =>
        new() { Id = (int)track.Id, Kind = track.Kind, Codec = Codec.Unknown, Timescale = (int)track.Timescale };

    public static Track Read(in Box entry, MovieTrack track)
    {
        var unknown = Unknown(track);
        if (track.Kind == TrackKind.Video && entry.Body.Length >= VisualFields)
            return Visual(entry, unknown);
        if (track.Kind == TrackKind.Data && entry.Type == FourCc.Mett && IsScriptData(entry.Body.Span))
            return unknown with { Codec = Codec.ScriptData };
        return track.Kind == TrackKind.Audio && entry.Body.Length >= AudioFields ? Audio(entry, unknown) : unknown;
    }

    /// <summary>Two texts that end with 0: no encoding, and our type.</summary>
    private static bool IsScriptData(ReadOnlySpan<byte> body) =>
        body.Length > 9 && body[8] == 0 && body[9..].StartsWith(SampleEntry.DataType) && body.Length > 9 + SampleEntry.DataType.Length
        && body[9 + SampleEntry.DataType.Length] == 0;

    private static Track Visual(in Box entry, Track track)
    {
        var (codec, record) = entry.Type switch
        {
            FourCc.Avc1 or FourCc.Avc3 => (Codec.H264, FourCc.AvcC),
            FourCc.Hvc1 or FourCc.Hev1 => (Codec.Hevc, FourCc.HvcC),
            FourCc.Av01 => (Codec.Av1, FourCc.Av1C),
            FourCc.Vp09 => (Codec.Vp9, FourCc.VpcC),
            FourCc.Vp08 => (Codec.Vp8, FourCc.VpcC),
            _ => (Codec.Unknown, 0u),
        };
        entry.Children(VisualFields).TryFind(record, out var box);
        return track with
        {
            Codec = codec,
            Configuration = codec is Codec.Vp8 or Codec.Unknown ? default : codec == Codec.Vp9 ? box.FullBody : box.Body,
            Width = BinaryPrimitives.ReadUInt16BigEndian(entry.Body.Span[24..]),
            Height = BinaryPrimitives.ReadUInt16BigEndian(entry.Body.Span[26..]),
        };
    }

    private static Track Audio(in Box entry, Track track)
    {
        var fields = new Fields(entry.Body.Span);
        fields.Skip(8);
        var version = fields.U16();
        fields.Skip(6);
        var channels = fields.U16();
        fields.Skip(6);
        var rate = (int)(fields.U32() >> 16);
        track = track with { Channels = channels, SampleRate = rate > 0 ? rate : track.Timescale };

        // QuickTime's longer forms of the entry.
        var children = entry.Children(AudioFields + (version == 1 ? 16 : version == 2 ? 36 : 0));
        switch (entry.Type)
        {
            case FourCc.Mp4a:
                if (!children.TryFind(FourCc.Esds, out var esds) && children.TryFind(FourCc.Wave, out var wave))
                    wave.Children().TryFind(FourCc.Esds, out esds);
                return Mpeg4(esds.FullBody, track);
            case FourCc.Mp3:
                return track with { Codec = Codec.Mp3 };
            case FourCc.Opus:
                children.TryFind(FourCc.DOps, out var opus);
                return track with { Codec = Codec.Opus, Configuration = OpusHead(opus.Body.Span), SampleRate = 48000 };
            case FourCc.FLaC:
                children.TryFind(FourCc.DfLa, out var flac);
                var block = flac.FullBody;
                var info = block.Length >= 4 + Flac.StreamInfoLength ? block.Slice(4, Flac.StreamInfoLength) : default;
                if (Flac.TryParseStreamInfo(info.Span, out var stream))
                    track = track with { SampleRate = stream.SampleRate, Channels = stream.Channels };
                return track with { Codec = Codec.Flac, Configuration = info };
            case FourCc.Ac3:
                return track with { Codec = Codec.Ac3, FrameDuration = 1536 };
            case FourCc.Ec3:
                return track with { Codec = Codec.Eac3 };
            case FourCc.Alaw:
                return track with { Codec = Codec.G711A };
            case FourCc.Ulaw:
                return track with { Codec = Codec.G711U };
            default:
                return track;
        }
    }

    /// <summary>Descriptors of esds; each is found inside the one before it.</summary>
    private static Track Mpeg4(ReadOnlyMemory<byte> esds, Track track)
    {
        var stream = Descriptor(esds, 3);
        if (stream.Length < 3)
            return track;
        var flags = stream.Span[2];
        var skip = 3 + ((flags & 0x80) != 0 ? 2 : 0) + ((flags & 0x20) != 0 ? 2 : 0);
        if ((flags & 0x40) != 0 && stream.Length > skip)
            skip += 1 + stream.Span[skip];
        if (stream.Length < skip)
            return track;
        var decoder = Descriptor(stream[skip..], 4);
        if (decoder.Length < 13)
            return track;
        var config = Descriptor(decoder[13..], 5);
        switch (decoder.Span[0])
        {
            case 0x40 or 0x66 or 0x67 or 0x68:
                if (!Aac.TryParse(config.Span, out var aac))
                    return track with { Codec = Codec.Aac, Configuration = config };
                return track with
                {
                    Codec = Codec.Aac,
                    Configuration = config,
                    SampleRate = aac.OutputRate,
                    Channels = aac.OutputChannels > 0 ? aac.OutputChannels : track.Channels,
                    FrameDuration = (int)((long)aac.FrameLength * track.Timescale / aac.CoreRate),
                };
            case 0x69 or 0x6B:
                return track with { Codec = Codec.Mp3 };
            case 0xA5:
                return track with { Codec = Codec.Ac3 };
            case 0xA6:
                return track with { Codec = Codec.Eac3 };
            default:
                return track;
        }
    }

    private static ReadOnlyMemory<byte> Descriptor(ReadOnlyMemory<byte> data, byte tag)
    {
        for (var at = 0; at < data.Length;)
        {
            var found = data.Span[at++];
            var length = 0;
            for (var i = 0; i < 4 && at < data.Length; i++)
            {
                var b = data.Span[at++];
                length = length << 7 | b & 127;
                if ((b & 128) == 0)
                    break;
            }

            length = Math.Min(length, data.Length - at);
            if (found == tag)
                return data.Slice(at, length);
            at += length;
        }

        return default;
    }

    private static byte[] OpusHead(ReadOnlySpan<byte> dops)
    {
        if (dops.Length < 11)
            return [];
        var fields = new Fields(dops[2..]);
        var head = Opus.BuildHead(dops[1], fields.U16(), fields.U32());
        BinaryPrimitives.WriteInt16LittleEndian(head.AsSpan(16), (short)fields.U16());
        head[18] = dops[10];
        return dops[10] == 0 ? head : [.. head, .. dops[11..]];
    }
}
