using System.Globalization;
using System.Text;

namespace Tapedeck.LoadBench;

/// <summary>Whether a soak was flat.</summary>
internal sealed class SoakReport
{
    /// <summary>The table of all samples is thinned to about this many rows.</summary>
    private const int Rows = 13;
    private const double MostGrowth = 0.05;
    private readonly SoakSample[] _settled;

    public SoakReport(IReadOnlyList<SoakSample> samples, int right, IReadOnlyList<string> errors, IReadOnlyList<string> log)
    {
        var text = new StringBuilder();
        var every = Math.Max(1, (samples.Count - 1 + Rows - 2) / (Rows - 1));
        text.AppendLine(SoakSample.Head);
        foreach (var (sample, i) in samples.Select((s, i) => (s, i)))
        {
            if (i % every == 0 || i == samples.Count - 1)
                text.AppendLine(sample.ToString());
        }

        // Until every publisher has come back once, recordings, pools and buffers still become more.
        _settled = [.. samples.Where(s => s.Minutes >= Math.Min(3, samples[^1].Minutes / 4))];
        text.AppendLine().AppendLine("| | first quarter | last quarter | growth | slope an hour |").AppendLine("| --- | ---: | ---: | ---: | ---: |");
        Trend(text, "RSS MB", _settled, s => s.Resident / 1e6);
        Trend(text, "heap MB", _settled, s => s.Heap / 1e6);
        Trend(text, "handles", _settled, s => s.Handles);
        Trend(text, "threads", _settled, s => s.Threads);
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{right} recordings that were not yet removed hold exactly what was sent. {errors.Count} errors; the log has {Count(log, "WRN")} warnings and {Count(log, "ERR") + Count(log, "FTL")} errors.");
        foreach (var error in errors.Take(10))
            text.AppendLine(CultureInfo.InvariantCulture, $"* {error}");
        Text = text.ToString();
    }

    public string Text { get; }

    public IReadOnlyList<Goal> Goals(string load) =>
    [
        Goal.AtMost(load, "memory flat over an hour: the last quarter's median at most 5 % above the first's", Growth(_settled, s => s.Resident), MostGrowth, "+0.0 %;-0.0 %", "too few samples"),
        Goal.AtMost(load, "no gen-2 collection in steady state", _settled.Length < 2 ? double.NaN : _settled[^1].Collections.Item3 - _settled[0].Collections.Item3, 0, "0", "too few samples"),
    ];

    private static int Count(IReadOnlyList<string> log, string level) => log.Count(l => l.Contains($"Z {level} ", StringComparison.Ordinal));

    private static double Growth(SoakSample[] samples, Func<SoakSample, double> value) =>
        samples.Length < 4 ? double.NaN : (Order.Median(samples[^(samples.Length / 4)..].Select(value)) / Order.Median(samples[..(samples.Length / 4)].Select(value))) - 1;

    private static void Trend(StringBuilder text, string name, SoakSample[] samples, Func<SoakSample, double> value)
    {
        if (samples.Length < 4)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | too few samples | | | |");
            return;
        }

        var quarter = samples.Length / 4;
        var (first, last) = (Order.Median(samples[..quarter].Select(value)), Order.Median(samples[^quarter..].Select(value)));
        text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {first:0.0} | {last:0.0} | {Growth(samples, value):+0.0 %;-0.0 %} | {Slope(samples, value):+0.0;-0.0} |");
    }

    /// <summary>Least squares, for an hour.</summary>
    private static double Slope(SoakSample[] samples, Func<SoakSample, double> value)
    {
        var (x, y) = (samples.Average(s => s.Minutes), samples.Average(value));
        return 60 * samples.Sum(s => (s.Minutes - x) * (value(s) - y)) / samples.Sum(s => (s.Minutes - x) * (s.Minutes - x));
    }
}
