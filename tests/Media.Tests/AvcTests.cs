namespace Tapedeck.Media.Tests;

public sealed class AvcTests
{
    [Theory]
    [InlineData("0142c028ffe100196742c028da01e0089f97011000000300100000030320f1832a01000468ce0fc8", 1920, 1080, 0x42, 40, false, 8)]
    [InlineData("016e001effe10019676e001ea6cd940b47bd78088000000300800000190f8a14cb01000668fba3cb22c0fdfafa00", 718, 480, 0x6E, 30, true, 10)]
    [InlineData("01f4000dffe1001967f4000d919b28283f6022000003000200000300641e28532c01000568ce0f1920fff8f800", 320, 240, 0xF4, 13, false, 8)]
    public void Reads_what_x264_wrote(string hex, int width, int height, int profile, int level, bool interlaced, int depth)
    {
        var record = Convert.FromHexString(hex);
        Avc.TryParseConfiguration(record, out var configuration).ShouldBeTrue();
        configuration.Profile.ShouldBe((byte)profile);
        configuration.Level.ShouldBe((byte)level);
        configuration.LengthSize.ShouldBe(4);
        Avc.NalType(record[configuration.Pps][0]).ShouldBe(Avc.NalPps);
        Avc.TryParseSps(record.AsSpan()[configuration.Sps], out var sps).ShouldBeTrue();
        (sps.Width, sps.Height, sps.BitDepth).ShouldBe((width, height, depth));

        // The encoder's frame_mbs_only_flag is 0 for interlaced material only.
        sps.IsInterlaced.ShouldBe(interlaced);
    }

    [Fact]
    public void Idr_is_key_and_a_recovery_point_is_not()
    {
        byte[] idr = [0, 0, 0, 2, 0x06, 0x05, 0, 0, 0, 2, 0x65, 0x88];
        byte[] recovery = [0, 0, 0, 2, 0x06, 0x06, 0, 0, 0, 2, 0x41, 0x88];
        Avc.IsKeyFrame(idr, 4).ShouldBeTrue();
        Avc.IsKeyFrame(recovery, 4).ShouldBeFalse();
        Avc.IsKeyFrame([], 4).ShouldBeFalse();
    }

    [Fact]
    public void Units_end_at_a_length_that_does_not_fit()
    {
        var units = new NalUnits([0, 2, 1, 2, 0, 9, 1], 2);
        units.MoveNext().ShouldBeTrue();
        units.Current.ToArray().ShouldBe([1, 2]);
        units.MoveNext().ShouldBeFalse();
        units.IsWhole.ShouldBeFalse();
    }

    [Fact]
    public void A_record_without_parameter_sets_is_refused() => Avc.TryParseConfiguration([1, 66, 0, 30, 255, 0xE0, 0], out _).ShouldBeFalse();
}
