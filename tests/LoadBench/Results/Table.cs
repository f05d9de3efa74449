using System.Globalization;
using System.Text;

namespace Tapedeck.LoadBench;

/// <summary>A column of a table about loads.</summary>
/// <param name="Value">Not a number: a dash. A column of dashes is left out.</param>
/// <param name="Form">How the number is written.</param>
internal sealed record Column(string Head, Func<Runs, double> Value, string Form = "0.00");

/// <summary>Loads as rows of a Markdown table.</summary>
internal static class Table
{
    public static string Render(IReadOnlyList<Runs> rows, Func<Runs, string> name, params IReadOnlyList<Column> columns)
    {
        var shown = columns.Where(c => rows.Any(r => !double.IsNaN(c.Value(r)))).ToArray();
        var text = new StringBuilder();
        text.Append("| load |").AppendJoin("", shown.Select(c => $" {c.Head} |")).AppendLine(" files right |");
        text.Append("| --- |").Insert(text.Length, " ---: |", shown.Length + 1).AppendLine();
        foreach (var row in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {name(row)} |").AppendJoin("", shown.Select(c => $" {Write(c.Value(row), c.Form)} |"));
            text.AppendLine(CultureInfo.InvariantCulture, $" {(row.Results.Count > 0 ? row.Results.Min(r => r.Right) : 0)} of {row.Load.Publishers * row.Load.Recordings} |");
        }

        foreach (var row in rows.Where(r => r.Median(x => x.Kept) < 0.99))
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**{name(row)}: the load tool could send only {row.Median(x => x.Kept):0.0 %} of the rate**; its figures are of that.");
        foreach (var row in rows.Where(r => r.Failure is not null))
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**{name(row)} failed: {row.Failure}**");
        foreach (var row in rows.Where(r => r.Results.Any(x => x.Wrong.Count > 0)))
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"**{name(row)}: {row.Results.SelectMany(x => x.Wrong).First()}**");
        return text.ToString();
    }

    /// <summary>What is told of every load.</summary>
    /// <param name="floor">The raw sink's CPU seconds for a gigabyte under the same load; not a number: unknown.</param>
    public static IReadOnlyList<Column> Usual(Func<Runs, double> floor) =>
    [
        new("CPU s/GB", r => r.CpuPerGigabyte),
        new("× sink", r => r.CpuPerGigabyte / floor(r)),
        new("Gbit/s", r => r.Throughput * 8 / 1e9),
        new("switches/s", r => r.Median(x => x.Switches), "0"),
        new("writes/s", r => r.Median(x => x.Writes), "0"),
        new("system calls/s", r => r.Median(x => x.Calls), "0"),
        new("peak MB", r => r.Median(x => x.Peak / 1e6), "0"),
        new("MB a stream", r => r.Median(x => x.PerStream / 1e6)),
    ];

    /// <summary>The collector of our host.</summary>
    public static IReadOnlyList<Column> Collector { get; } =
    [
        new("GC 0 /min", r => r.Collector(c => c.Generation0), "0.0"),
        new("GC 1 /min", r => r.Collector(c => c.Generation1), "0.0"),
        new("GC 2 /min", r => r.Collector(c => c.Generation2), "0.0"),
        new("paused %", r => r.Collector(c => c.PauseShare * 100)),
        new("pause p99 ms", r => r.Collector(c => c.PauseP99), "0.0"),
        new("allocated MB/s", r => r.Collector(c => c.Allocated / 1e6), "0.0"),
    ];

    /// <summary>Whether the tool itself can be believed.</summary>
    public static IReadOnlyList<Column> Tool { get; } =
    [
        new("tool CPU %", r => r.Median(x => x.ToolCpu * 100), "0"),
        new("sent late p99 ms", r => r.Median(x => x.LateP99), "0"),
    ];

    public static string Write(double value, string form) => double.IsFinite(value) ? value.ToString(form, CultureInfo.InvariantCulture) : "–";
}
