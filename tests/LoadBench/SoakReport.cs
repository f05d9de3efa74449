using System.Globalization;
using System.Text;

namespace Tapedeck.LoadBench;

/// <summary>Whether a soak was flat.</summary>
internal static class SoakReport
{
    /// <summary>The table of all samples is thinned to this many rows.</summary>
    private const int Rows = 13;

    public static string Render(IReadOnlyList<SoakSample> samples, int right, IReadOnlyList<string> errors, IEnumerable<string> log)
    {
        var text = new StringBuilder();
        var every = Math.Max(1, (samples.Count - 1 + Rows - 2) / (Rows - 1));
        text.AppendLine().AppendLine(SoakSample.Head);
        foreach (var (sample, i) in samples.Select((s, i) => (s, i)))
        {
            if (i % every == 0 || i == samples.Count - 1)
                text.AppendLine(sample.ToString());
        }

        text.AppendLine().AppendLine("| | first quarter | last quarter | growth | slope an hour |").AppendLine("| --- | ---: | ---: | ---: | ---: |");
        // The first minute fills pools and buffers.
        var settled = samples.Where(s => s.Minutes >= 1).ToArray();
        Trend(text, "RSS MB", settled, s => s.Resident / 1e6);
        Trend(text, "heap MB", settled, s => s.Heap / 1e6);
        Trend(text, "handles", settled, s => s.Handles);
        Trend(text, "threads", settled, s => s.Threads);
        text.AppendLine();
        var lines = log.ToArray();
        text.AppendLine(CultureInfo.InvariantCulture, $"{right} recordings that were not yet removed compared with what was sent, {errors.Count} errors; the log has {lines.Count(l => l.Contains("Z WRN ", StringComparison.Ordinal))} warnings and {lines.Count(l => l.Contains("Z ERR ", StringComparison.Ordinal) || l.Contains("Z FTL ", StringComparison.Ordinal))} errors.");
        foreach (var error in errors.Take(10))
            text.AppendLine(CultureInfo.InvariantCulture, $"* {error}");
        return text.ToString();
    }

    private static void Trend(StringBuilder text, string name, SoakSample[] samples, Func<SoakSample, double> value)
    {
        if (samples.Length < 4)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | too few samples | | | |");
            return;
        }

        var quarter = samples.Length / 4;
        var (first, last) = (Median.Of(samples[..quarter].Select(value)), Median.Of(samples[^quarter..].Select(value)));
        text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {first:0.0} | {last:0.0} | {(last / first) - 1:+0.0 %;-0.0 %} | {Slope(samples, value):+0.0;-0.0} |");
    }

    /// <summary>Least squares, for an hour.</summary>
    private static double Slope(SoakSample[] samples, Func<SoakSample, double> value)
    {
        var (x, y) = (samples.Average(s => s.Minutes), samples.Average(value));
        return 60 * samples.Sum(s => (s.Minutes - x) * (value(s) - y)) / samples.Sum(s => (s.Minutes - x) * (s.Minutes - x));
    }
}
