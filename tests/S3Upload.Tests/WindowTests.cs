using Tapedeck.Steps;
using Tapedeck.UploadBench;

namespace Tapedeck.S3Upload.Tests;

/// <summary>Hours, delay and pace.</summary>
[Collection(SwiftCollection.Name)]
public sealed class WindowTests(SwiftFixture swift) : StoreTest(swift)
{
    [Theory]
    [InlineData("22:00-06:00", null, "2026-01-31T23:00:00Z", 0)]
    [InlineData("22:00-06:00", null, "2026-01-31T06:00:00Z", 16 * 60)]
    [InlineData("22:00-06:00", "Europe/Berlin", "2026-01-31T20:59:30Z", 0.5)]
    [InlineData("12:00-13:00, 18:00-19:00", null, "2026-01-31T13:00:00Z", 5 * 60)]
    [InlineData("00:00-00:00", null, "2026-01-31T13:00:00Z", 0)]
    [InlineData("02:00-03:00", "Europe/Berlin", "2026-03-29T00:30:00Z", (23 * 60) + 30)] // the hour that this day does not have
    public void Hours_of_the_day(string hours, string? zone, string now, double minutes)
    {
        var problems = new List<string>();
        var window = UploadWindow.Parse(hours, zone, new TestClock(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)), problems);
        problems.ShouldBeEmpty();
        window.UntilOpen().ShouldBe(TimeSpan.FromMinutes(minutes));
        window.IsOpen.ShouldBe(minutes == 0);
    }

    [Fact]
    public async Task Outside_the_hours_a_step_waits_for_them()
    {
        var clock = new TestClock(new DateTimeOffset(2026, 1, 31, 20, 0, 0, TimeSpan.Zero));
        var result = await RunAsync(Module(o => o.Window = "22:00-06:00", clock), new KeptStep(MakeFile("cam.mp4", 10)));
        result.Outcome.ShouldBe(StepOutcome.Wait);
        result.After.ShouldBe(TimeSpan.FromHours(2));
        Proxy.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task When_the_hours_end_an_upload_stops_after_its_part_and_goes_on_later()
    {
        var clock = new TestClock(DateTimeOffset.UtcNow.Date.AddHours(23).AddMinutes(59));
        var hour = clock.Now.AddMinutes(1).ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);
        var path = MakeFile("cam.mp4", 4 * (64 << 10));
        var step = new KeptStep(path);
        var module = Module(o => o.Window = $"06:00-{hour}", clock);
        var opening = clock.Now;
        Proxy.Answered = r =>
        {
            if (r.Target.Contains("partNumber=2", StringComparison.Ordinal))
                clock.Now = opening.AddMinutes(2);
        };

        var result = await RunAsync(module, step);
        result.Outcome.ShouldBe(StepOutcome.Wait);
        Proxy.Requests.Count(r => r.IsPart).ShouldBe(2);

        clock.Now = opening;
        Proxy.Answered = null;
        (await RunAsync(module, step)).Outcome.ShouldBe(StepOutcome.Done);
        Proxy.Requests.Count(r => r.IsPart).ShouldBe(4);
        await MustHoldAsync("cam.mp4", path);
    }

    [Fact]
    public async Task A_young_file_waits()
    {
        var clock = new TestClock(new DateTimeOffset(2026, 1, 31, 12, 0, 40, TimeSpan.Zero));
        var step = new KeptStep(MakeFile("cam.mp4", 10)) { Happened = clock.Now.AddSeconds(-30) };
        var result = await RunAsync(Module(o => o.Delay = TimeSpan.FromMinutes(1), clock), step);
        result.Outcome.ShouldBe(StepOutcome.Wait);
        result.After.ShouldBe(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_clock_that_was_set_back_makes_nobody_wait_longer_than_the_delay()
    {
        var clock = new TestClock(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        var step = new KeptStep(MakeFile("cam.mp4", 10)) { Happened = clock.Now.AddHours(3) };
        (await RunAsync(Module(o => o.Delay = TimeSpan.FromMinutes(1), clock), step)).After.ShouldBe(TimeSpan.FromMinutes(1));
        (await RunAsync(Module(time: clock), step)).Outcome.ShouldBe(StepOutcome.Done);
    }

    [Fact]
    public async Task Bytes_are_spread_over_time()
    {
        var time = new DelayLog();
        var bandwidth = new Bandwidth(1000, time);
        for (var i = 0; i < 5; i++)
            await bandwidth.SpendAsync(500, CancellationToken.None);
        time.Waits.Select(w => w.TotalMilliseconds).ShouldBe([500, 1000, 1500, 2000]);
        bandwidth.Slice.ShouldBe(100);
    }

    [Fact]
    public async Task An_upload_keeps_the_pace()
    {
        var time = new DelayLog();
        var path = MakeFile("cam.mp4", 50_000);
        (await RunAsync(Module(o => o.BandwidthBytes = 10_000, time), new KeptStep(path))).Outcome.ShouldBe(StepOutcome.Done);
        time.Waits.Count.ShouldBeGreaterThanOrEqualTo(49);
        time.Waits.Max().ShouldBe(TimeSpan.FromSeconds(4.9), TimeSpan.FromMilliseconds(1));
        await MustHoldAsync("cam.mp4", path);
    }

    /// <summary>A clock that stands still; waits are noted and over at once.</summary>
    private sealed class DelayLog : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            // The guard of a request is a timer too, of a minute.
            if (dueTime >= TimeSpan.FromMinutes(1))
                return System.CreateTimer(callback, state, dueTime, period);
            lock (Waits)
                Waits.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
