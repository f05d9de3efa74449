using System.Buffers;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using static Tapedeck.Containers.Tests.Flv.FlvPackets;

namespace Tapedeck.Containers.Tests.Flv;

public sealed class ScriptDataTests
{
    [Fact]
    public void Metadata_of_tracks_reads_back()
    {
        var output = new ArrayBufferWriter<byte>();
        FlvMetadata.Write(
            [
                FlvPacketBuilderTests.MakeTrack(Codec.Hevc, HevcRecord, 0, 0, 0) with { Width = 64, Height = 48 },
                FlvPacketBuilderTests.MakeTrack(Codec.H264, AvcRecord, 0, 0, 1) with { Width = 32, Height = 24 },
                FlvPacketBuilderTests.MakeTrack(Codec.Aac, AacRecord, 44_100, 2, 0),
                FlvPacketBuilderTests.MakeTrack(Codec.Opus, OpusRecord, 48_000, 1, 2),
            ],
            output);
        var script = ScriptData.Read(output.WrittenSpan);
        script.IsWhole.ShouldBeTrue();
        script.Name.ShouldBe("onMetaData");
        var properties = script.Object!;
        properties["width"]!.Number.ShouldBe(64);
        properties["height"]!.Number.ShouldBe(48);
        properties["videocodecid"]!.Number.ShouldBe(0x68766331);
        properties["audiocodecid"]!.Number.ShouldBe(10);
        properties["audiosamplerate"]!.Number.ShouldBe(44_100);
        properties["stereo"]!.Boolean.ShouldBeTrue();
        properties["videoTrackIdInfoMap"]!["1"]!["width"]!.Number.ShouldBe(32);
        properties["audioTrackIdInfoMap"]!["2"]!["stereo"]!.Boolean.ShouldBeFalse();
        properties["audioTrackIdInfoMap"]!["2"]!["audiocodecid"]!.Number.ShouldBe(0x4F707573);
    }

    [Fact]
    public void All_markers()
    {
        var script = ScriptData.Read(Hex(
            "020001 61" + "00 3FF0000000000000" + "0101" + "05" + "06" + "0D" + "070001" + "0A00000002 0101 05" + "0B 40590000000000000000" + "0C00000001 62"
            + "0F00000001 63" + "10 000154 000178 0101 000009" + "08FFFFFFFF 000178 0100 000009" + "0A00000001 003FF0000000000000"));
        script.IsWhole.ShouldBeTrue();
        script.Values.Select(value => value.Kind).ShouldBe(
        [
            ScriptKind.Number, ScriptKind.Boolean, ScriptKind.Nothing, ScriptKind.Nothing, ScriptKind.Nothing, ScriptKind.Nothing, ScriptKind.List, ScriptKind.Date,
            ScriptKind.Text, ScriptKind.Text, ScriptKind.Object, ScriptKind.Object, ScriptKind.Numbers,
        ]);
        script.Values[7].Number.ShouldBe(100);
        script.Values[9].Text.ShouldBe("c");
        script.Values[12].Numbers.ShouldBe([1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("02")]
    [InlineData("02FFFF61")]
    [InlineData("020001610AFFFFFFFF")]
    [InlineData("020001610AFFFFFFFF0500")]
    [InlineData("020001610CFFFFFFFF")]
    [InlineData("0200016111")]
    [InlineData("0200016103000161")]
    [InlineData("00")]
    public void What_is_cut_off_is_read_as_far_as_it_goes(string hex) => ScriptData.Read(Hex(hex)).IsWhole.ShouldBeFalse();

    [Fact]
    public void An_object_may_end_with_the_body()
    {
        var script = ScriptData.Read(Hex("02000161" + "0800000001" + "000178 0101"));
        script.IsWhole.ShouldBeTrue();
        script.Object!["x"]!.Boolean.ShouldBeTrue();
    }

    [Theory]
    [InlineData(31, true)]
    [InlineData(33, false)]
    [InlineData(200_000, false)]
    public void Depth_is_bounded(int depth, bool isWhole)
    {
        byte[] body = [2, 0, 1, 97, .. Enumerable.Repeat(Hex("0A00000001"), depth).SelectMany(b => b), 5];
        ScriptData.Read(body).IsWhole.ShouldBe(isWhole);
    }

    [Fact]
    public void Items_are_bounded_but_an_array_of_numbers_is_one()
    {
        byte[] nulls = [2, 0, 1, 97, .. Enumerable.Repeat((byte)5, 300_000)];
        var script = ScriptData.Read(nulls);
        script.IsWhole.ShouldBeFalse();
        script.Values.Count.ShouldBe(ScriptData.MaxItems - 1);
        byte[] numbers = [2, 0, 1, 97, 10, 0, 1, 0, 0, .. Enumerable.Repeat(Hex("003FF0000000000000"), 65_536).SelectMany(b => b)];
        ScriptData.Read(numbers).Values[0].Numbers.Length.ShouldBe(65_536);
    }
}
