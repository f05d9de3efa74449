namespace Tapedeck.Media.Tests;

public sealed class Rfc6381Tests
{
    [Theory]
    [InlineData(Codec.H264, "0142c028ffe100196742c028da01e0089f97011000000300100000030320f1832a01000468ce0fc8", "avc1.42C028")]
    [InlineData(Codec.Hevc, "0101600000009000000000005df000fcfdf8f800000f00", "hvc1.1.6.L93.90")]
    [InlineData(Codec.Av1, "81040c00", "av01.0.04M.08")]
    [InlineData(Codec.Vp9, "000a820202020000", "vp09.00.10.08")]
    [InlineData(Codec.Aac, "1210", "mp4a.40.2")]
    [InlineData(Codec.Aac, "2b920800", "mp4a.40.5")]
    [InlineData(Codec.Opus, "", "opus")]
    [InlineData(Codec.Flac, "", "fLaC")]
    [InlineData(Codec.Mp3, "", "mp4a.6B")]
    [InlineData(Codec.H264, "", null)]
    [InlineData(Codec.Unknown, "", null)]
    public void Codecs(Codec codec, string config, string? expected)
    {
        Rfc6381.Codecs(new Track { Id = 1, Kind = TrackKind.Video, Codec = codec, Timescale = 90000, Configuration = Convert.FromHexString(config) })
            .ShouldBe(expected);
    }
}
