using Tapedeck.Engine.Schedule;

namespace Tapedeck.Engine.Tests.Schedule;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("0 * * * *", "2026-01-02T03:04:05Z", "2026-01-02T04:00:00Z")]
    [InlineData("0 * * * *", "2026-01-02T04:00:00Z", "2026-01-02T05:00:00Z")]
    [InlineData("*/15 * * * *", "2026-01-02T03:45:00Z", "2026-01-02T04:00:00Z")]
    [InlineData("0 * * * * *", "2026-01-02T03:04:00.001Z", "2026-01-02T03:05:00Z")]
    [InlineData("0 * 1 * * *", "2026-01-02T03:04:05Z", "2026-01-03T01:00:00Z")]
    [InlineData("0 * 1 * * *", "2026-01-03T01:00:00Z", "2026-01-03T01:01:00Z")]
    [InlineData("10,20-22 30 12 * * *", "2026-01-02T12:30:10Z", "2026-01-02T12:30:20Z")]
    [InlineData("10,20-22 30 12 * * *", "2026-01-02T12:30:22Z", "2026-01-03T12:30:10Z")]
    [InlineData("5/20 * * * * ?", "2026-01-02T03:04:25Z", "2026-01-02T03:04:45Z")]
    [InlineData("0 0 1 jan *", "2026-01-02T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("0 0 29 2 *", "2026-01-02T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z")]
    [InlineData("0 9 * * MON-FRI", "2026-01-02T09:00:00Z", "2026-01-05T09:00:00Z")]
    [InlineData("0 9 * * fri-sun", "2026-01-02T09:00:00Z", "2026-01-03T09:00:00Z")]
    [InlineData("0 9 * * 7", "2026-01-02T09:00:00Z", "2026-01-04T09:00:00Z")]
    [InlineData("0 9 * * 0", "2026-01-02T09:00:00Z", "2026-01-04T09:00:00Z")]
    [InlineData("0 0 13 * FRI", "2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z")]
    [InlineData("0 0 13 * FRI", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z")]
    [InlineData("0 0 ? * FRI", "2026-01-09T00:00:00Z", "2026-01-16T00:00:00Z")]
    [InlineData("59 59 23 31 12 *", "2026-01-09T00:00:00Z", "2026-12-31T23:59:59Z")]
    public void Next_time(string expression, string after, string expected) =>
        CronSchedule.Parse(expression).Next(Time(after), TimeZoneInfo.Utc).ShouldBe(Time(expected));

    [Theory]
    // Berlin: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00.
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-03-28T12:00+01:00", "2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00")]
    [InlineData("Europe/Berlin", "15,45 2 * * *", "2026-03-28T12:00+01:00", "2026-03-29T03:00+02:00", "2026-03-30T02:15+02:00")]
    [InlineData("Europe/Berlin", "30 * * * *", "2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00", "2026-03-29T04:30+02:00")]
    [InlineData("Europe/Berlin", "*/30 2 * * *", "2026-03-28T12:00+01:00", "2026-03-30T02:00+02:00", "2026-03-30T02:30+02:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-10-24T12:00+02:00", "2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-10-25T02:30+01:00", "2026-10-26T02:30+01:00", "2026-10-27T02:30+01:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-10-25T02:10+01:00", "2026-10-26T02:30+01:00", "2026-10-27T02:30+01:00")]
    [InlineData("Europe/Berlin", "30 * * * *", "2026-10-25T01:45+02:00", "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00")]
    [InlineData("Europe/Berlin", "0 * * * *", "2026-10-25T01:45+02:00", "2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00", "2026-10-25T03:00+01:00")]
    [InlineData("Europe/Berlin", "0 3 * * *", "2026-10-25T01:45+02:00", "2026-10-25T03:00+01:00", "2026-10-26T03:00+01:00")]
    // New York: 2026-03-08 02:00 becomes 03:00, 2026-11-01 02:00 becomes 01:00.
    [InlineData("America/New_York", "30 2 * * *", "2026-03-07T12:00-05:00", "2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00")]
    [InlineData("America/New_York", "30 1 * * *", "2026-10-31T12:00-04:00", "2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00")]
    [InlineData("America/New_York", "0 */20 * * * *", "2026-11-01T01:39-04:00", "2026-11-01T01:40-04:00", "2026-11-01T01:00-05:00", "2026-11-01T01:20-05:00")]
    // Lord Howe changes by half an hour; Samoa had no 30 December 2011.
    [InlineData("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T12:00+11:00", "2026-04-05T01:45+11:00", "2026-04-06T01:45+10:30")]
    [InlineData("Pacific/Apia", "0 12 * * *", "2011-12-29T12:00-10:00", "2011-12-31T00:00+14:00", "2011-12-31T12:00+14:00")]
    public void Changes_of_clocks(string zone, string expression, string after, params string[] expected)
    {
        var schedule = CronSchedule.Parse(expression);
        var time = Time(after);
        foreach (var next in expected)
        {
            time = schedule.Next(time, TimeZoneInfo.FindSystemTimeZoneById(zone));
            time.ToString("yyyy-MM-ddTHH:mmzzz").ShouldBe(next);
        }
    }

    [Theory]
    [InlineData("", 1, "has 0")]
    [InlineData("* * * *", 1, "has 4")]
    [InlineData("* * * * * * *", 1, "has 7")]
    [InlineData("60 * * * *", 1, "minute")]
    [InlineData("* 24 * * *", 3, "hour")]
    [InlineData("0  1,x * * *", 6, "'x'")]
    [InlineData("* * 0 * *", 5, "day of month")]
    [InlineData("* * * 13 *", 7, "month")]
    [InlineData("* * * FOO *", 7, "JAN")]
    [InlineData("* * * * 8", 9, "day of week")]
    [InlineData("5-1 * * * *", 1, "backwards")]
    [InlineData("*/0 * * * *", 3, "step")]
    [InlineData("*/ * * * *", 3, "step")]
    [InlineData("1, * * * *", 3, "missing")]
    [InlineData("? * * * *", 1, "'?'")]
    [InlineData("* * L * *", 5, "'L'")]
    [InlineData("0 0 30 2 *", 5, "No month")]
    [InlineData("-1 * * * *", 1, "''")]
    public void What_is_wrong_is_said_with_its_place(string expression, int position, string message)
    {
        var error = Should.Throw<CronException>(() => CronSchedule.Parse(expression));
        error.Position.ShouldBe(position);
        error.Message.ShouldContain(message);
    }

    /// <summary>Against the plainest way to say it: look at every second of the zone's wall clock.</summary>
    [Fact]
    public void In_utc_it_agrees_with_looking_at_every_second()
    {
        var random = new Random(12);
        for (var i = 0; i < 60; i++)
        {
            int second = random.Next(60), minute = random.Next(60), step = random.Next(2, 20), hour = random.Next(24);
            var schedule = CronSchedule.Parse(i % 2 == 0 ? $"{second} */{step} * * * *" : $"{second} {minute} {hour}-23 * * *");
            var after = new DateTimeOffset(2026, 2, 27, 0, 0, 0, TimeSpan.Zero).AddSeconds(random.Next(200_000));
            var slow = after.AddSeconds(1);
            while (!(slow.Second == second && (i % 2 == 0 ? slow.Minute % step == 0 : slow.Minute == minute && slow.Hour >= hour)))
                slow = slow.AddSeconds(1);
            schedule.Next(after, TimeZoneInfo.Utc).ShouldBe(slow);
        }
    }

    [Fact]
    public void Time_only_moves_forward_in_every_zone()
    {
        var random = new Random(99);
        string[] zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Tehran", "Pacific/Apia", "Europe/Moscow", "UTC"];
        string[] expressions = ["0 * * * *", "30 2 * * *", "0 0 * * *", "*/7 1-3 * * *", "15 30 0,1,2,3 * * *", "0 0 1 * *"];
        foreach (var zone in zones.Select(TimeZoneInfo.FindSystemTimeZoneById))
        {
            foreach (var schedule in expressions.Select(CronSchedule.Parse))
            {
                var after = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(14_000_000));
                for (var i = 0; i < 300; i++)
                {
                    var next = schedule.Next(after, zone);
                    next.ShouldBeGreaterThan(after);
                    // Asked anywhere between the two, the answer is the same.
                    var between = after.AddTicks((long)(random.NextDouble() * (next - after).Ticks));
                    if (between < next)
                        schedule.Next(between, zone).ShouldBe(next, $"{schedule} {zone.Id} {between:O}");
                    after = next;
                }
            }
        }
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
