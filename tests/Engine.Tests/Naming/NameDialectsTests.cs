using Tapedeck.Engine.Naming;

namespace Tapedeck.Engine.Tests.Naming;

public sealed class NameDialectsTests
{
    [Theory]
    [InlineData("${BaseFileName}_${RecordingStartTime}_${SegmentNumber}", "myStream_2013-05-12-22.08.10.645-UTC_0")]
    [InlineData("${SourceStreamName}_${SegmentTime}", "cam_2013-05-12-22.08.10.645-UTC")]
    [InlineData("${sourcestreamname}{x}$", "cam{x}$")]
    public void Wowza(string template, string expected) => Format(NameDialects.FromWowza(template)).ShouldBe(expected);

    [Theory]
    [InlineData("stream-{mediaSessionId}-{login}", "stream-f00d-anna")]
    [InlineData("{streamName}-{startTime}-{endTime}", "cam-1368396490645-{endTime:unixms,20}")]
    [InlineData("{sessionId}.{audioCodec}.{videoCodec}.{startTimeMillis}", "s.opus.VP8.1368396490645")]
    [InlineData("a}b", "a}b")]
    public void Flashphoner(string template, string expected) => Format(NameDialects.FromFlashphoner(template)).ShouldBe(expected);

    [Fact]
    public void Documented_lengths_are_kept()
    {
        var values = new NameValues { Login = new string('l', 99), SessionId = new string('s', 99), Stream = new string('n', 99), VideoCodec = "theora" };
        NameTemplate.Parse(NameDialects.FromFlashphoner("{login}{sessionId}{streamName}{videoCodec}")).Format(values)
            .ShouldBe(new string('l', 32) + new string('s', 60) + new string('n', 99) + "theo");
    }

    [Fact]
    public void What_is_not_known_is_said_with_its_place()
    {
        Should.Throw<NameTemplateException>(() => NameDialects.FromWowza("a_${Nope}")).Position.ShouldBe(5);
        Should.Throw<NameTemplateException>(() => NameDialects.FromWowza("a_${BaseFileName")).Position.ShouldBe(3);
        Should.Throw<NameTemplateException>(() => NameDialects.FromFlashphoner("{nope}")).Position.ShouldBe(2);
    }

    private static string Format(string ours) => NameTemplate.Parse(ours).Format(new NameValues
    {
        Stream = "cam",
        BaseName = "myStream",
        Login = "anna",
        SessionId = "s",
        AudioCodec = "opus",
        VideoCodec = "VP8",
        StartTime = new DateTimeOffset(2013, 5, 12, 22, 8, 10, 645, TimeSpan.Zero),
        Labels = new Dictionary<string, string> { [NameDialects.MediaSessionLabel] = "f00d" },
    });
}
