using Tapedeck.Engine.Naming;
using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Naming;

public sealed class NameTemplateTests
{
    private static readonly NameValues Values = new()
    {
        Stream = "hall/cam 1",
        Application = "live",
        Instance = "_definst_",
        BaseName = "myStream",
        RecordingId = new Guid("01234567-89ab-cdef-0123-456789abcdef"),
        SessionId = "s/1",
        StartTime = new DateTimeOffset(2013, 5, 12, 22, 8, 10, 645, TimeSpan.Zero),
        SegmentTime = new DateTimeOffset(2013, 5, 12, 23, 0, 0, TimeSpan.Zero),
        Sequence = 7,
        VideoCodec = "h264",
        AudioCodec = "aac",
        Login = "anna",
        Format = "mp4",
        Labels = new Dictionary<string, string> { ["room"] = "a/b" },
    };

    [Theory]
    [InlineData("{stream}", "hall/cam 1")]
    [InlineData("{application}-{instance}", "live-_definst_")]
    [InlineData("{recordingId}", "01234567-89ab-cdef-0123-456789abcdef")]
    [InlineData("{sessionId}", "s_1")]
    [InlineData("{startTime}", "2013-05-12-22.08.10.645-UTC")]
    [InlineData("{startTime@America/Los_Angeles:yyyy-MM-dd-HH.mm.ss.fff-zzz}", "2013-05-12-15.08.10.645--0700")]
    [InlineData("{startTime@Asia/Kolkata:HHmmss_f_zzz}", "033810_6_+0530")]
    [InlineData("{startTime@Europe/Berlin:yyyy/MM/dd}/{stream}", "2013/05/13/hall/cam 1")]
    [InlineData("{startTime:yyyyMMddTHHmmss}", "20130512T220810")]
    [InlineData("{startTime:unix}", "1368396490")]
    [InlineData("{startTime:unixms}", "1368396490645")]
    [InlineData("{startTime:yy HH:mm}", "13 22:08")]
    [InlineData("{segmentTime:HHmm}", "2300")]
    [InlineData("{endTime:unixms}_{duration}", "{endTime:unixms}_{duration}")]
    [InlineData("{sequence}_{sequence:000}_{sequence:0}", "7_007_7")]
    [InlineData("{videoCodec,2}{audioCodec,9}", "h2aac")]
    [InlineData("{login|hex}", "616e6e61")]
    [InlineData("{login|HEX}", "616e6e61")]
    [InlineData("{login,4|base64}", "YW5u")]
    [InlineData("{label:room}.{format}", "a_b.mp4")]
    [InlineData("{label:none}", "_")]
    [InlineData("{{{login}}}", "{anna}")]
    [InlineData("/x//{label:none}/", "_/x/_/_/_")]
    public void A_template_gives_a_name(string template, string expected) => NameTemplate.Parse(template).Format(Values).ShouldBe(expected);

    [Fact]
    public void What_is_known_at_the_end_is_written_then() =>
        NameTemplate.Parse("{endTime:unixms}_{duration}").Format(Values with { EndTime = Values.StartTime.AddSeconds(1), Duration = TimeSpan.FromSeconds(1) })
            .ShouldBe("1368396491645_1000");

    [Theory]
    [InlineData("", 1, "empty")]
    [InlineData("a{streem}", 3, "did you mean 'stream'?")]
    [InlineData("{aplication}", 2, "did you mean 'application'?")]
    [InlineData("{zzzzqqqqwwww}", 2, "there are stream")]
    [InlineData("{}", 2, "no variable")]
    [InlineData("ab{stream", 3, "never closed")]
    [InlineData("ab}c", 3, "closes nothing")]
    [InlineData("{stream,0}", 9, "no length")]
    [InlineData("{stream,x}", 9, "no length")]
    [InlineData("{stream|rot13}", 9, "no encoding")]
    [InlineData("{stream:000}", 9, "no format")]
    [InlineData("{sequence:abc}", 11, "zeros")]
    [InlineData("{startTime:yyyy-QQ}", 17, "no part of a time")]
    [InlineData("{startTime@Mars/Base:yyyy}", 12, "no time zone")]
    [InlineData("{stream@Europe/Berlin}", 8, "no zone")]
    [InlineData("{label}", 2, "needs its key")]
    public void What_is_wrong_is_said_with_its_place(string template, int position, string message)
    {
        var error = Should.Throw<NameTemplateException>(() => NameTemplate.Parse(template));
        error.Position.ShouldBe(position);
        error.Message.ShouldContain(message, Case.Insensitive);
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25_02.30+0200", "2026-10-25T01:30:00Z", "2026-10-25_02.30+0100")]
    [InlineData("America/New_York", "2026-11-01T05:30:00Z", "2026-11-01_01.30-0400", "2026-11-01T06:30:00Z", "2026-11-01_01.30-0500")]
    [InlineData("Europe/Berlin", "2026-03-29T00:59:00Z", "2026-03-29_01.59+0100", "2026-03-29T01:00:00Z", "2026-03-29_03.00+0200")]
    [InlineData("Australia/Lord_Howe", "2026-04-04T14:45:00Z", "2026-04-05_01.45+1100", "2026-04-04T15:15:00Z", "2026-04-05_01.45+1030")]
    public void Two_times_of_a_repeated_hour_have_two_names(string zone, string first, string firstName, string second, string secondName)
    {
        var template = NameTemplate.Parse($"{{startTime@{zone}:yyyy-MM-dd_HH.mmzzz}}");
        template.Format(Values with { StartTime = DateTimeOffset.Parse(first, null) }).ShouldBe(firstName);
        template.Format(Values with { StartTime = DateTimeOffset.Parse(second, null) }).ShouldBe(secondName);
    }

    [Fact]
    public void Options_hold_for_the_whole_name()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");
        NameTemplate.Parse("{startTime:HH}", new NameTemplateOptions { Zone = zone }).Format(Values).ShouldBe("07");
        NameTemplate.Parse("a:b/{stream}", new NameTemplateOptions { Remove = ": l/" }).Format(Values).ShouldBe("ab/ha/cam1");
        NameTemplate.Parse("x/{login}", new NameTemplateOptions { Encoding = NameEncoding.Hex }).Format(Values).ShouldBe("78/616e6e61");
        NameTemplate.Parse("??>", new NameTemplateOptions { Encoding = NameEncoding.Base64 }).Format(Values).ShouldBe("Pz8-");
    }

    [Fact]
    public void Half_a_character_is_never_left() =>
        NameTemplate.Parse("{stream,3}").Format(Values with { Stream = "ab\U0001F600" }).ShouldBe("ab");

    [Fact]
    public void Whatever_clients_send_gives_a_name_that_storage_takes()
    {
        var random = new Random(31);
        string[] templates = ["{stream}", "{login}/{stream}", "{label:a}{stream}", "{stream,5}/{sessionId|base64}", "{startTime:yyyy/MM/dd}/{application}/{stream}_{sequence:000}", "{stream|hex}"];
        NameTemplateOptions[] options = [new(), new() { Encoding = NameEncoding.Hex }, new() { Encoding = NameEncoding.Base64 }, new() { Remove = "ab./" }];
        for (var i = 0; i < 4000; i++)
        {
            var values = Values with { Stream = Wild(random), Login = Wild(random), SessionId = Wild(random), Labels = new Dictionary<string, string> { ["a"] = Wild(random) } };
            var name = NameTemplate.Parse(templates[i % templates.Length], options[random.Next(options.Length)]).Format(values);
            StorageName.Refusal(name).ShouldBeNull();
            var path = StorageName.Resolve("/srv/rec", name, ".mp4", 1);
            path.Split('/').ShouldAllBe(s => s.Length <= 255);
        }
    }

    [Fact]
    public void Any_text_is_a_template_or_an_error_with_a_place()
    {
        var random = new Random(8);
        const string alphabet = "{}{}:,|@streamlabeltimeyMdHzf0/9 ";
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            try
            {
                StorageName.Refusal(NameTemplate.Parse(text).Format(Values)).ShouldBeNull();
            }
            catch (NameTemplateException e)
            {
                e.Position.ShouldBeInRange(1, text.Length + 1);
            }
        }
    }

    private static string Wild(Random random)
    {
        const string alphabet = "ab./\\\0\n\uD83D\uDE00\uFFFD%~ é名";
        var length = random.Next(4) == 0 ? random.Next(5000) : random.Next(12);
        return new string([.. Enumerable.Range(0, length).Select(_ => alphabet[random.Next(alphabet.Length)])]);
    }
}
