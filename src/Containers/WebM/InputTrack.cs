using System.Buffers.Binary;
using Tapedeck.Media;

namespace Tapedeck.Containers.WebM;

/// <summary>A TrackEntry as a <see cref="Media.Track"/> and what its blocks need; the counterpart of <see cref="TrackEntry"/>.</summary>
internal sealed class InputTrack
{
    private const int VideoTimescale = 90000;

    private InputTrack(long number, Track track) => (Number, Track) = (number, track);

    public long Number { get; }

    /// <summary>What the codec is not known of is <see cref="Codec.Unknown"/>.</summary>
    public Track Track { get; private set; }

    /// <summary>ns that block times of the track are late.</summary>
    public long Delay { get; private set; }

    /// <summary>ns of a frame, 0 when not said.</summary>
    public long DefaultDuration { get; private set; }

    /// <summary>Bytes that were taken away from the beginning of every frame (header removal compression).</summary>
    public byte[] Prefix { get; private set; } = [];

    /// <summary>Null for what no block can name.</summary>
    public static InputTrack? Read(ReadOnlySpan<byte> entry)
    {
        long number = 0;
        var (type, codecId) = (0, "");
        byte[] config = [];
        ReadOnlySpan<byte> video = [], audio = [], encodings = [];
        long delay = 0, defaultDuration = 0;
        for (var elements = new Elements(entry); elements.MoveNext();)
        {
            var body = elements.Body;
            switch (elements.Id)
            {
                case ElementId.TrackNumber: number = Ebml.Int32(body); break;
                case ElementId.TrackType: type = Ebml.Int32(body); break;
                case ElementId.CodecId: codecId = Ebml.Text(body); break;
                case ElementId.CodecPrivate: config = body.ToArray(); break;
                case ElementId.CodecDelay: delay = (long)Math.Min(Ebml.Number(body), 10_000_000_000); break;
                case ElementId.DefaultDuration: defaultDuration = (long)Math.Min(Ebml.Number(body), 100_000_000_000); break;
                case ElementId.Video: video = body; break;
                case ElementId.Audio: audio = body; break;
                case ElementId.ContentEncodings: encodings = body; break;
            }
        }

        if (number <= 0)
            return null;
        var kind = type switch { 1 => TrackKind.Video, 2 => TrackKind.Audio, _ => TrackKind.Data };
        var track = new Track { Id = (int)number, Kind = kind, Codec = Codec.Unknown, Timescale = kind == TrackKind.Video ? VideoTimescale : 1000 };
        var result = new InputTrack(number, track) { Delay = delay, DefaultDuration = defaultDuration };
        if (kind == TrackKind.Video)
            result.Track = Visual(track, codecId, config, video);
        else if (kind == TrackKind.Audio)
            result.Track = Sound(track, codecId, config, audio);
        else if (codecId == TrackEntry.DataId)
            result.Track = track with { Codec = Codec.ScriptData };
        if (!result.TryReadEncodings(encodings))
            result.Track = result.Track with { Codec = Codec.Unknown, Configuration = default };
        return result;
    }

    private static Track Visual(Track track, string codecId, byte[] config, ReadOnlySpan<byte> video)
    {
        var (width, height) = (0, 0);
        for (var elements = new Elements(video); elements.MoveNext();)
        {
            if (elements.Id == ElementId.PixelWidth)
                width = Ebml.Int32(elements.Body);
            else if (elements.Id == ElementId.PixelHeight)
                height = Ebml.Int32(elements.Body);
        }

        var codec = codecId switch
        {
            "V_MPEG4/ISO/AVC" => Codec.H264,
            "V_MPEGH/ISO/HEVC" => Codec.Hevc,
            "V_AV1" => Codec.Av1,
            "V_VP8" => Codec.Vp8,
            "V_VP9" => Codec.Vp9,
            _ => Codec.Unknown,
        };
        if (codec == Codec.Vp9)
            config = Vp9Record(config);
        return track with { Codec = codec, Configuration = codec is Codec.Unknown or Codec.Vp8 ? default : config, Width = width, Height = height };
    }

    private static Track Sound(Track track, string codecId, byte[] config, ReadOnlySpan<byte> audio)
    {
        // Defaults of RFC 9559 5.1.4.1.29.
        double frequency = 8000, output = 0;
        var channels = 1;
        for (var elements = new Elements(audio); elements.MoveNext();)
        {
            switch (elements.Id)
            {
                case ElementId.SamplingFrequency: frequency = Ebml.Float(elements.Body); break;
                case ElementId.OutputSamplingFrequency: output = Ebml.Float(elements.Body); break;
                case ElementId.Channels: channels = Ebml.Int32(elements.Body); break;
            }
        }

        var rate = frequency is >= 1 and <= 10_000_000 ? (int)Math.Round(frequency) : 8000;
        track = track with { Timescale = rate, SampleRate = output is >= 1 and <= 10_000_000 ? (int)Math.Round(output) : rate, Channels = channels };
        switch (codecId)
        {
            case "A_OPUS":
                return track with { Codec = Codec.Opus, Configuration = config, Timescale = 48000, SampleRate = 48000 };
            case "A_VORBIS":
                return track with { Codec = Codec.Vorbis, Configuration = config };
            case "A_MPEG/L3":
                return track with { Codec = Codec.Mp3 };
            case "A_AC3" or "A_AC3/BSID9" or "A_AC3/BSID10":
                return track with { Codec = Codec.Ac3, FrameDuration = 1536 };
            case "A_EAC3":
                return track with { Codec = Codec.Eac3 };
            case "A_FLAC":
                // Other blocks (comments, seek points) may follow the first.
                var info = Flac.FindStreamInfo(config);
                return track with { Codec = Codec.Flac, Configuration = info };
            case "A_MS/ACM":
                var codec = config.Length < 2 ? Codec.Unknown : BinaryPrimitives.ReadUInt16LittleEndian(config) switch
                {
                    6 => Codec.G711A,
                    7 => Codec.G711U,
                    _ => Codec.Unknown,
                };
                return track with { Codec = codec };
        }

        if (codecId != "A_AAC" && !codecId.StartsWith("A_AAC/", StringComparison.Ordinal))
            return track;
        if (config.Length == 0)
            config = Aac.Build(2, rate, channels);
        return Aac.TryParse(config, out var aac)
            ? track with { Codec = Codec.Aac, Configuration = config, FrameDuration = (int)((long)aac.FrameLength * rate / aac.CoreRate) }
            : track with { Codec = Codec.Aac, Configuration = config };
    }

    /// <summary>The feature list as a VPCodecConfigurationRecord, which cannot know more than the list; empty when the list is.</summary>
    private static byte[] Vp9Record(ReadOnlySpan<byte> features)
    {
        int profile = 0, level = 0, depth = 8, chroma = 1;
        if (features.Length < 3)
            return [];
        for (; features.Length >= 3 && features[1] == 1; features = features[3..])
        {
            switch (features[0])
            {
                case 1: profile = features[2]; break;
                case 2: level = features[2]; break;
                case 3: depth = features[2]; break;
                case 4: chroma = features[2]; break;
            }
        }

        return profile > 3 || depth is not (8 or 10 or 12) || chroma > 3
            ? []
            : Vp9.BuildConfiguration(new Vp9Configuration(profile, level, depth, chroma, false, 2, 2, 2));
    }

    /// <summary>Only header removal (algorithm 3) of frames is undone; false for every other compression, and for encryption.</summary>
    private bool TryReadEncodings(ReadOnlySpan<byte> encodings)
    {
        for (var list = new Elements(encodings); list.MoveNext();)
        {
            if (list.Id != ElementId.ContentEncoding)
                continue;
            var (scope, type, algorithm) = (1, 0, 0);
            for (var elements = new Elements(list.Body); elements.MoveNext();)
            {
                switch (elements.Id)
                {
                    case ElementId.ContentEncodingScope: scope = Ebml.Int32(elements.Body); break;
                    case ElementId.ContentEncodingType: type = Ebml.Int32(elements.Body); break;
                    case ElementId.ContentCompression:
                        for (var settings = new Elements(elements.Body); settings.MoveNext();)
                        {
                            if (settings.Id == ElementId.ContentCompAlgo)
                                algorithm = Ebml.Int32(settings.Body);
                            else if (settings.Id == ElementId.ContentCompSettings)
                                Prefix = settings.Body.ToArray();
                        }

                        break;
                }
            }

            if (type != 0 || algorithm != 3 || scope != 1)
                return false;
        }

        return true;
    }
}
