using Tapedeck.Media;

namespace Tapedeck.Kit;

/// <summary>Tracks with the configurations that real encoders gave them. Video is 320 x 240 in ticks of 90 kHz, track 1; audio is track 101.</summary>
public static class Tracks
{
    public static readonly Track H264 = Video(Codec.H264, "01f4000dffe1001967f4000d919b28283f6022000003000200000300641e28532c01000568ce0f1920fff8f800");
    public static readonly Track Hevc = Video(Codec.Hevc, "0104080000009e08000000003cf000fcfff8f800000f03a00001001740010c01ffff0408000003009e0800000300003c959409a10001002b4201010408000003009e0800000300003c90014101e2cb2b2a5261780b7020200040000003004000000642a2000100084401c07318301890");
    public static readonly Track Vp9 = Video(Codec.Vp9, "0014810202020000");
    public static readonly Track Aac = Audio(Codec.Aac, 48000, 2, "1190");
    public static readonly Track Mono = Audio(Codec.Aac, 48000, 1, "1188");
    public static readonly Track Aac44 = Audio(Codec.Aac, 44100, 2, "1210");
    public static readonly Track Opus = Audio(Codec.Opus, 48000, 2, "4f707573486561640102380180bb0000000000");

    /// <param name="codec">What it is.</param>
    /// <param name="configuration">In hexadecimal digits.</param>
    public static Track Video(Codec codec, string configuration) => new()
    {
        Id = 1,
        Kind = TrackKind.Video,
        Codec = codec,
        Timescale = 90000,
        Configuration = Convert.FromHexString(configuration),
        Width = 320,
        Height = 240,
    };

    /// <param name="codec">What it is.</param>
    /// <param name="rate">Samples a second, and the timescale.</param>
    /// <param name="channels">How many.</param>
    /// <param name="configuration">In hexadecimal digits.</param>
    public static Track Audio(Codec codec, int rate, int channels, string configuration) => new()
    {
        Id = 101,
        Kind = TrackKind.Audio,
        Codec = codec,
        Timescale = rate,
        SampleRate = rate,
        Channels = channels,
        Configuration = Convert.FromHexString(configuration),
    };
}
