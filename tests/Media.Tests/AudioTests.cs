namespace Tapedeck.Media.Tests;

public sealed class AudioTests
{
    [Theory]
    [InlineData("1210", 2, 44100, 44100, 2, 1024, false, false)]
    [InlineData("1190", 2, 48000, 48000, 2, 1024, false, false)]
    [InlineData("118856e500", 2, 48000, 48000, 1, 1024, false, false)] // ffmpeg: sync extension that says "no SBR"
    [InlineData("1214", 2, 44100, 44100, 2, 960, false, false)]
    [InlineData("2b920800", 2, 22050, 44100, 2, 1024, true, false)] // explicit HE-AAC
    [InlineData("eb8a0800", 2, 22050, 44100, 1, 1024, true, true)] // explicit HE-AAC v2
    [InlineData("139056e5a0", 2, 22050, 44100, 2, 1024, true, false)] // backward compatible
    [InlineData("138856e5a54880", 2, 22050, 44100, 1, 1024, true, true)] // backward compatible, with PS
    [InlineData("17800bb808", 2, 6000, 6000, 1, 1024, false, false)] // rate of its own
    public void AudioSpecificConfig(string hex, int type, int core, int output, int channels, int frame, bool sbr, bool ps)
    {
        Aac.TryParse(Convert.FromHexString(hex), out var configuration).ShouldBeTrue();
        configuration.ShouldBe(new AacConfiguration(type, core, output, channels, frame, sbr, ps));
    }

    [Fact]
    public void Built_configs_read_back()
    {
        foreach (var rate in new[] { 8000, 22050, 44100, 48000, 96000, 12345 })
        {
            foreach (var channels in new[] { 1, 2, 6, 8 })
            {
                Aac.TryParse(Aac.Build(2, rate, channels), out var configuration).ShouldBeTrue();
                (configuration.ObjectType, configuration.CoreRate, configuration.Channels).ShouldBe((2, rate, channels));
            }
        }

        Aac.Build(2, 44100, 2).ShouldBe([0x12, 0x10]);
    }

    [Theory]
    [InlineData("fc", 960)]
    [InlineData("08", 960)]
    [InlineData("18", 2880)]
    [InlineData("e0", 120)]
    [InlineData("fd", 1920)]
    [InlineData("ff03", 2880)]
    [InlineData("1b07", 0)] // 7 x 60 ms is more than 120 ms
    [InlineData("ff", 0)]
    [InlineData("", 0)]
    public void Opus_duration(string hex, int samples) => Opus.PacketDuration(Convert.FromHexString(hex)).ShouldBe(samples);

    [Fact]
    public void Opus_head()
    {
        Opus.TryParseHead(Opus.BuildHead(2, 312, 44100), out var head).ShouldBeTrue();
        (head.Channels, head.PreSkip, head.InputRate, head.MappingFamily).ShouldBe((2, 312, 44100u, 0));
        byte[] surround = [.. Opus.BuildHead(6, 312, 48000)[..18], 1, 4, 2, 0, 4, 1, 2, 3, 5];
        Opus.TryParseHead(surround, out head).ShouldBeTrue();
        surround[head.Mapping].ShouldBe([4, 2, 0, 4, 1, 2, 3, 5]);
        Opus.TryParseHead(surround.AsSpan()[..^1], out _).ShouldBeFalse();
    }

    [Fact]
    public void Mp3_frame()
    {
        Mp3.TryParse(Convert.FromHexString("fffb54c4"), out var header).ShouldBeTrue();
        header.ShouldBe(new Mp3Header(1, 3, 48000, 1, 1152, 64000, 192));
        Mp3.TryParse(Convert.FromHexString("fff344c4"), out header).ShouldBeTrue();
        (header.SampleRate, header.Samples, header.Version).ShouldBe((24000, 576, 2));
        Mp3.TryParse(Convert.FromHexString("ffff54"), out _).ShouldBeFalse();
    }

    [Fact]
    public void Ac3_frame_and_record()
    {
        Ac3.TryParse(Convert.FromHexString("0b77480d0c402f842bc1c77a"), out var header).ShouldBeTrue();
        (header.SampleRate, header.Channels, header.Bitrate, header.FrameLength, header.Samples).ShouldBe((48000, 1, 96000, 384, 1536));

        // What ffmpeg wrote for the same stream.
        Ac3.BuildConfiguration(header).ShouldBe(Convert.FromHexString("1008c0"));
    }

    [Fact]
    public void Eac3_frame_and_record()
    {
        var unit = new byte[384];
        Convert.FromHexString("0b7700bf3287c000").CopyTo(unit, 0);
        Eac3.TryParse(unit, out var header).ShouldBeTrue();
        (header.SampleRate, header.Channels, header.Samples, header.Length).ShouldBe((48000, 1, 1536, 384));
        Eac3.BuildConfiguration(header).ShouldBe(Convert.FromHexString("0300200200"));
    }

    [Fact]
    public void Flac_info_and_frame()
    {
        ReadOnlyMemory<byte> file = Convert.FromHexString("664c614300000022120012000002f10004f30ac440f00000ac449ba95e857124355c11330d327eb66b240400002e");
        var body = Flac.FindStreamInfo(file);
        Flac.TryParseStreamInfo(body.Span, out var info).ShouldBeTrue();
        info.ShouldBe(new FlacStreamInfo(4608, 4608, 44100, 1, 16));
        Flac.FindStreamInfo(body).ToArray().ShouldBe(body.ToArray());
        Flac.TryParseStreamInfo(Flac.BuildStreamInfo(info), out var again).ShouldBeTrue();
        again.ShouldBe(info);
        Flac.TryParseFrame(Convert.FromHexString("fff85908003c4e0000010001"), out var frame).ShouldBeTrue();
        frame.ShouldBe(info);
        Flac.FrameDuration([0xFF, 0xF8, 0x69, 0x08, 0x00, 0x63, 0x00]).ShouldBe(100);
    }
}
