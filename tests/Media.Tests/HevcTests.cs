namespace Tapedeck.Media.Tests;

public sealed class HevcTests
{
    private const string Hd = "01022000000090000000000078f000fcfdfafa00000f03200001001840010c01ffff022000000300900000030000030078959409210001002d420101022000000300900000030000030078a003c0801107cad965654a4c2f016808000003000800000300c84022000100064401c073c189";

    [Fact]
    public void Reads_what_x265_wrote()
    {
        var record = Convert.FromHexString(Hd);
        Hevc.TryParseConfiguration(record, out var configuration).ShouldBeTrue();
        (configuration.Profile, configuration.Level, configuration.LengthSize).ShouldBe((2, (byte)120, 4));
        Hevc.TryParseSps(record.AsSpan()[configuration.Sps], out var sps).ShouldBeTrue();
        sps.ShouldBe(new HevcSps(1920, 1080, 1, 10));
        Hevc.NalType(record[configuration.Vps][0]).ShouldBe(Hevc.NalVps);
        Hevc.NalType(record[configuration.Pps][0]).ShouldBe(Hevc.NalPps);
    }

    [Theory]
    [InlineData(19, true)]
    [InlineData(20, true)]
    [InlineData(21, true)]
    [InlineData(1, false)]
    public void Random_access_pictures_are_key(int type, bool key) =>
        Hevc.IsKeyFrame([0, 0, 0, 2, 35 << 1, 1, 0, 0, 0, 2, (byte)(type << 1), 1], 4).ShouldBe(key);
}
