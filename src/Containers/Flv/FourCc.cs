using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>Codec names of Enhanced RTMP, as big-endian numbers, and the numbers of the older form.</summary>
internal static class FourCc
{
    public const uint Avc1 = 0x61766331;
    public const uint Hvc1 = 0x68766331;
    public const uint Vvc1 = 0x76766331;
    public const uint Av01 = 0x61763031;
    public const uint Vp08 = 0x76703038;
    public const uint Vp09 = 0x76703039;
    public const uint Mp4a = 0x6D703461;
    public const uint Opus = 0x4F707573;
    public const uint Ac3 = 0x61632D33;
    public const uint Eac3 = 0x65632D33;
    public const uint Mp3 = 0x2E6D7033;
    public const uint Flac = 0x664C6143;

    public static Codec ToVideoCodec(uint name) => name switch
    {
        Avc1 => Codec.H264,
        Hvc1 => Codec.Hevc,
        Vvc1 => Codec.Vvc,
        Av01 => Codec.Av1,
        Vp08 => Codec.Vp8,
        Vp09 => Codec.Vp9,
        _ => Codec.Unknown,
    };

    public static Codec ToAudioCodec(uint name) => name switch
    {
        Mp4a => Codec.Aac,
        Opus => Codec.Opus,
        Ac3 => Codec.Ac3,
        Eac3 => Codec.Eac3,
        Mp3 => Codec.Mp3,
        Flac => Codec.Flac,
        _ => Codec.Unknown,
    };

    /// <summary>0 for codecs that have no name.</summary>
    public static uint Of(Codec codec) => codec switch
    {
        Codec.H264 => Avc1,
        Codec.Hevc => Hvc1,
        Codec.Vvc => Vvc1,
        Codec.Av1 => Av01,
        Codec.Vp8 => Vp08,
        Codec.Vp9 => Vp09,
        Codec.Aac => Mp4a,
        Codec.Opus => Opus,
        Codec.Ac3 => Ac3,
        Codec.Eac3 => Eac3,
        Codec.Mp3 => Mp3,
        Codec.Flac => Flac,
        _ => 0,
    };

    /// <summary>Only these three have a composition time in CodedFrames.</summary>
    public static bool HasCompositionTime(Codec codec) => codec is Codec.H264 or Codec.Hevc or Codec.Vvc;
}
