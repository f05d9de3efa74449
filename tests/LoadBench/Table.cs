using System.Globalization;
using System.Text;

namespace Tapedeck.LoadBench;

/// <summary>Medians of all runs, as a Markdown table.</summary>
internal static class Table
{
    public static string Render(Options options, IReadOnlyList<Result> results)
    {
        var text = new StringBuilder();
        var load = options.Flat > 0 ? $"{options.Flat / 1024 / 1024} MiB each, flat out" : $"{(options.Kilobits + 128) / 1000.0:0.0} Mbit/s each, {options.Seconds} s";
        text.AppendLine(CultureInfo.InvariantCulture, $"{options.Publishers} publishers, {load}, medians of {options.Runs}").AppendLine();
        text.AppendLine("| server | CPU s/GB | × sink | Gbit/s | switches/s | writes/s | peak memory MB | files right |");
        text.AppendLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
        var floor = results.Any(r => r.Kind == "sink") ? Median(results, "sink", r => r.CpuPerGigabyte) : double.NaN;
        foreach (var kind in options.Kinds)
        {
            var cpu = Median(results, kind, r => r.CpuPerGigabyte);
            text.AppendLine(CultureInfo.InvariantCulture, $"| {kind} | {cpu:0.00} | {cpu / floor:0.00} | {Median(results, kind, r => r.Throughput) * 8 / 1e9:0.00} | {Median(results, kind, r => r.SwitchesPerSecond):0} | {Median(results, kind, r => r.WritesPerSecond):0} | {Median(results, kind, r => r.PeakMemory) / 1e6:0} | {results.Where(r => r.Kind == kind).Min(r => r.Right)} of {options.Publishers} |");
        }

        return text.ToString();
    }

    private static double Median(IEnumerable<Result> results, string kind, Func<Result, double> value) => LoadBench.Median.Of(results.Where(r => r.Kind == kind).Select(value));
}
