namespace Tapedeck.Media.Tests;

/// <summary>First bytes of real streams.</summary>
public sealed class VideoTests
{
    [Fact]
    public void Vp8()
    {
        var frame = Convert.FromHexString("5063009d012a4001b4000007");
        Media.Vp8.TryGetSize(frame, out var width, out var height).ShouldBeTrue();
        (width, height).ShouldBe((320, 180));
        frame[0] |= 1;
        Media.Vp8.TryGetSize(frame, out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void Vp9()
    {
        var frame = Convert.FromHexString("824983420013f00b361e38241c190800050050660fdf13f7");
        Media.Vp9.TryParseKeyFrame(frame, out var configuration, out var width, out var height).ShouldBeTrue();
        (width, height, configuration.Profile, configuration.BitDepth).ShouldBe((320, 180, 0, 8));
        var record = Media.Vp9.BuildConfiguration(configuration);
        Media.Vp9.TryParseConfiguration(record, out var again).ShouldBeTrue();
        again.ShouldBe(configuration);
    }

    [Fact]
    public void Av1()
    {
        ReadOnlyMemory<byte> unit = Convert.FromHexString("12000a0b000000043cfecc4af90040" + "1000");
        var stripped = Media.Av1.StripTemporalDelimiter(unit);
        stripped.ToArray().ShouldBe(unit[2..].ToArray());
        Media.Av1.HasSequenceHeader(stripped.Span).ShouldBeTrue();
        var record = Media.Av1.BuildConfiguration(unit.Span).ShouldNotBeNull();
        record.Length.ShouldBe(4 + 13);
        Media.Av1.TryParseConfiguration(record, out var sequence).ShouldBeTrue();
        (sequence.Width, sequence.Height, sequence.Profile, sequence.BitDepth).ShouldBe((320, 180, 0, 8));
    }

    /// <summary>The record that SVT-AV1 and ffmpeg wrote for 320x240 is what we build from its sequence header.</summary>
    [Fact]
    public void Av1_record_is_built_as_others_build_it()
    {
        var record = Convert.FromHexString("81000c000a0b000000043cffbc02f80040");
        Media.Av1.BuildConfiguration(record.AsSpan(4)).ShouldBe(record);
        Media.Av1.TryParseConfiguration(record, out var sequence).ShouldBeTrue();
        (sequence.Width, sequence.Height).ShouldBe((320, 240));
    }

    [Fact]
    public void Leb128_of_eight_bytes_is_read_and_more_is_not()
    {
        Media.Av1.TryReadLeb128([0xE5, 0x8E, 0x26], out var value, out var length).ShouldBeTrue();
        (value, length).ShouldBe((624485u, 3));
        Media.Av1.TryReadLeb128([0x80, 0x80], out _, out _).ShouldBeFalse();
        Media.Av1.TryReadLeb128([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0], out _, out _).ShouldBeFalse();
        Media.Av1.TryReadLeb128([0xFF, 0xFF, 0xFF, 0xFF, 0x7F], out _, out _).ShouldBeFalse();
    }
}
