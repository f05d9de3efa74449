namespace Tapedeck.Media.Tests;

public sealed class CodecProfileTests
{
    [Theory]
    [InlineData(Codec.H264, "01f4000dffe1001967f4000d919b28283f6022000003000200000300641e28532c01000568ce0f1920fff8f800", "High 4:4:4 Predictive, level 1.3")]
    [InlineData(Codec.Hevc, "0104080000009e08000000003cf000fcfff8f800000f03a00001001740010c01ffff0408000003009e0800000300003c959409a10001002b4201010408000003009e0800000300003c90014101e2cb2b2a5261780b7020200040000003004000000642a2000100084401c07318301890", "Range Extensions, level 2.0")]
    [InlineData(Codec.Av1, "81000c000a0b000000043cffbc02f80040", "Main, level 2.0")]
    [InlineData(Codec.Aac, "1190", "LC")]
    [InlineData(Codec.Aac, "2b11880000", "HE-AAC")]
    [InlineData(Codec.Vp8, "", null)]
    [InlineData(Codec.H264, "", null)]
    public void Profile_and_level_have_the_names_of_their_specification(Codec codec, string configuration, string? expected) =>
        CodecProfile.Describe(new Track
        {
            Id = 1,
            Kind = codec < Codec.Aac ? TrackKind.Video : TrackKind.Audio,
            Codec = codec,
            Timescale = 90000,
            Configuration = Convert.FromHexString(configuration),
        }).ShouldBe(expected);
}
