namespace Tapedeck.Media.Tests;

/// <summary>Every parser is total: any bytes, any length, an answer.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Seeds =
    [
        "0142c028ffe100196742c028da01e0089f97011000000300100000030320f1832a01000468ce0fc8",
        "01022000000090000000000078f000fcfdfafa00000f03200001001840010c01ffff022000000300900000030000030078959409210001002d420101022000000300900000030000030078a003c0801107cad965654a4c2f016808000003000800000300c84022000100064401c073c189",
        "6742c028da01e0089f97011000000300100000030320f1832a",
        "420101022000000300900000030000030078a003c0801107cad965654a4c2f016808000003000800000300c840",
        "12000a0b000000043cfecc4af90040",
        "824983420013f00b361e38241c190800050050660fdf13f7",
        "5063009d012a4001b4000007",
        "138856e5a54880",
        "4f707573486561640106380180bb000000000104020004010203050",
        "fffb54c400000970532635a600015994287736d0",
        "0b77480d0c402f842bc1c77aaf5e1be7ef9f3e86",
        "0b7700bf3287c00021064060e3bd57af0df3f7cf",
        "fff85908003c4e0000010001",
        "664c614300000022120012000002f10004f30ac440f00000ac449ba95e857124355c11330d327eb66b240400002e",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Nothing_throws(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 40_000; round++)
        {
            var hex = Seeds[random.Next(Seeds.Length)];
            var bytes = Convert.FromHexString(hex[..(hex.Length & ~1)]);
            for (var i = random.Next(0, 5); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            ParseAll(bytes);
        }
    }

    private static void ParseAll(byte[] bytes)
    {
        if (Avc.TryParseConfiguration(bytes, out var avc))
            Avc.TryParseSps(bytes.AsSpan()[avc.Sps], out _);
        Avc.TryParseSps(bytes, out _);
        Avc.TryGetSize(bytes, out _, out _);
        if (Hevc.TryParseConfiguration(bytes, out var hevc))
            Hevc.TryParseSps(bytes.AsSpan()[hevc.Sps], out _);
        Hevc.TryParseSps(bytes, out _);
        Hevc.TryGetSize(bytes, out _, out _);
        for (var size = 0; size <= 5; size++)
        {
            Avc.IsKeyFrame(bytes, size);
            Hevc.IsKeyFrame(bytes, size);
        }

        Av1.StripTemporalDelimiter(bytes).Length.ShouldBeLessThanOrEqualTo(bytes.Length);
        Av1.HasSequenceHeader(bytes);
        Av1.BuildConfiguration(bytes);
        Av1.TryParseConfiguration(bytes, out _);
        Av1.TryParseSequenceHeader(bytes, out _);
        Vp8.TryGetSize(bytes, out _, out _);
        if (Vp9.TryParseKeyFrame(bytes, out var vp9, out _, out _))
            Vp9.BuildConfiguration(vp9);
        Vp9.TryParseConfiguration(bytes, out _);
        Aac.TryParse(bytes, out _);
        if (Opus.TryParseHead(bytes, out var head))
            _ = bytes[head.Mapping];
        Opus.PacketDuration(bytes).ShouldBeInRange(0, 5760);
        Mp3.TryParse(bytes, out _);
        if (Ac3.TryParse(bytes, out var ac3))
            Ac3.BuildConfiguration(ac3);
        if (Eac3.TryParse(bytes, out var eac3))
            Eac3.BuildConfiguration(eac3);
        Flac.TryParseStreamInfo(Flac.FindStreamInfo(bytes).Span, out _);
        Flac.FrameDuration(bytes).ShouldBeInRange(0, 65536);
        foreach (var codec in Enum.GetValues<Codec>())
            Rfc6381.Codecs(new Track { Id = 1, Kind = TrackKind.Video, Codec = codec, Timescale = 90000, Configuration = bytes });
    }
}
