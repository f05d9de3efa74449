using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class ArrivalMeterTests
{
    private readonly List<(DiscontinuityCause Cause, double At, double Seconds, string Detail)> _reported = [];
    private readonly ArrivalMeter _meter;
    private double _wall = 1000;
    private double _media;
    private double _gaps;
    private int _breaks;

    public ArrivalMeterTests() => _meter = new ArrivalMeter(
        new RecordingSettings(), (cause, at, length, detail) => _reported.Add((cause, Math.Round(at.TotalSeconds, 2), Math.Round(length.TotalSeconds, 2), detail)));

    [Fact]
    public void Media_in_real_time_is_nothing_to_tell_of_however_uneven_it_comes()
    {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            var jitter = random.NextDouble() * 0.8;
            Pass(0.9 + jitter, 0.9);
            Pass(0.9 - jitter, 0.9);
        }

        _meter.End();
        _reported.ShouldBeEmpty();
    }

    [Fact]
    public void A_stall_that_is_made_up_for_is_one_burst_and_no_drift()
    {
        Live(20);
        Pass(6.9, 0.9);
        for (var i = 0; i < 6; i++)
            Pass(0.05, 1.05);
        Live(60);
        var burst = _reported.ShouldHaveSingleItem();
        burst.Cause.ShouldBe(DiscontinuityCause.Burst);
        burst.At.ShouldBe(20.8 + 0.9, 1);
        burst.Seconds.ShouldBe(6);
        burst.Detail.ShouldContain("after a stall of 6.0 s");
    }

    [Fact]
    public void A_file_that_is_sent_as_fast_as_it_goes_is_one_burst()
    {
        for (var i = 0; i < 3600; i++)
            Pass(0.01, 1);
        Live(60);
        _meter.End();
        _reported.ShouldHaveSingleItem().Seconds.ShouldBe(3599 * 0.99, 1);
    }

    [Theory]
    [InlineData(1.0005, 1)]
    [InlineData(0.9995, -1)]
    public void Drift_is_told_when_it_passes_the_threshold(double rate, int sign)
    {
        // 0.5 ms a second: 2 s after 4,000 s.
        for (var i = 0; i < 3900; i++)
            Pass(1, rate);
        _reported.ShouldBeEmpty();
        for (var i = 0; i < 200; i++)
            Pass(1, rate);
        var drift = _reported.ShouldHaveSingleItem();
        drift.Cause.ShouldBe(DiscontinuityCause.Drift);
        drift.Seconds.ShouldBe(2 * sign, 0.02);
    }

    [Fact]
    public void A_stall_that_is_never_made_up_for_is_drift()
    {
        Live(20);
        Pass(5.9, 0.9);
        Live(60);
        var drift = _reported.ShouldHaveSingleItem();
        drift.Cause.ShouldBe(DiscontinuityCause.Drift);
        drift.Seconds.ShouldBe(-5, 0.1);
    }

    [Fact]
    public void A_gap_is_no_burst_and_what_came_before_a_break_counts_no_more()
    {
        Live(20);
        _gaps += 5;
        Pass(5.9, 5.9);
        Live(20);
        _breaks++;
        Pass(3600, 0.9);
        Live(60);
        _meter.End();
        _reported.ShouldBeEmpty();
    }

    private void Live(double seconds)
    {
        for (double passed = 0; passed < seconds; passed += 0.9)
            Pass(0.9, 0.9);
    }

    private void Pass(double wall, double media)
    {
        _wall += wall;
        _media += media;
        _meter.Observe((long)(_wall * 1e6), (long)(_media * 1e6), (long)(_gaps * 1e6), _breaks);
    }
}
