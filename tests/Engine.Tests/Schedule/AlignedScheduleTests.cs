using System.Globalization;
using Tapedeck.Engine.Schedule;

namespace Tapedeck.Engine.Tests.Schedule;

public sealed class AlignedScheduleTests
{
    [Theory]
    [InlineData("UTC", 15, "2026-01-02T03:04:05Z", "2026-01-02T03:15Z")]
    [InlineData("UTC", 15, "2026-01-02T03:15:00Z", "2026-01-02T03:30Z")]
    [InlineData("UTC", 1440, "2026-01-02T03:15:00Z", "2026-01-03T00:00Z")]
    [InlineData("Asia/Kolkata", 60, "2026-01-02T03:15:00Z", "2026-01-02T03:30Z")]
    [InlineData("Europe/Berlin", 60, "2026-10-25T00:30:00Z", "2026-10-25T01:00Z")]
    [InlineData("Europe/Berlin", 60, "2026-10-25T01:00:00Z", "2026-10-25T02:00Z")]
    [InlineData("Europe/Berlin", 120, "2026-03-29T00:30:00Z", "2026-03-29T02:00Z")]
    [InlineData("Europe/Berlin", 1440, "2026-03-28T23:00:00Z", "2026-03-29T22:00Z")]
    [InlineData("America/New_York", 30, "2026-11-01T05:30:00Z", "2026-11-01T06:00Z")]
    public void Next_time(string zone, int minutes, string after, string expected) =>
        new AlignedSchedule(TimeSpan.FromMinutes(minutes)).Next(Time(after), TimeZoneInfo.FindSystemTimeZoneById(zone)).ShouldBe(Time(expected));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(1441)]
    [InlineData(-5)]
    public void What_does_not_divide_a_day_is_refused(int minutes) =>
        Should.Throw<ArgumentException>(() => new AlignedSchedule(TimeSpan.FromMinutes(minutes))).Message.ShouldContain("divide a day");

    /// <summary>The host runs without ICU data: zones come from the system's zone files alone.</summary>
    [Fact]
    public void Named_zones_work_without_culture_data()
    {
        CultureInfo.GetCultures(CultureTypes.AllCultures).Length.ShouldBe(1);
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        berlin.GetUtcOffset(Time("2026-07-01T00:00:00Z")).ShouldBe(TimeSpan.FromHours(2));
        berlin.SupportsDaylightSavingTime.ShouldBeTrue();
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
