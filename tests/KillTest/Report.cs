using System.Globalization;

namespace Tapedeck.KillTest;

/// <summary>The table, and whether it is as it must be.</summary>
internal static class Report
{
    public static bool Print(IReadOnlyList<Verdict> files, IReadOnlyList<string> problems, TextWriter output)
    {
        output.WriteLine("| container | rate | kills | not begun | torn | unreadable | messages | p50 ms | p95 ms | max ms | of it in the socket | limit ms | over | recovered |");
        output.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var group in files.GroupBy(f => (f.Format, f.Rate)).OrderBy(g => Array.IndexOf(Home.Formats, g.Key.Format)).ThenBy(g => Array.IndexOf(Clip.Rates, g.Key.Rate)))
            output.WriteLine(Row(group.Key.Format, group.Key.Rate, [.. group]));
        output.WriteLine(Row("all", "", files));
        output.WriteLine();
        foreach (var file in files.Where(IsBad))
            output.WriteLine($"{file.Path} ({file.Rate}): {Describe(file)}");
        foreach (var problem in problems)
            output.WriteLine(problem);
        var isGood = problems.Count == 0 && !files.Any(IsBad);
        output.WriteLine(isGood ? "All as it must be." : "Not as it must be.");
        return isGood;
    }

    private static bool IsBad(Verdict file) =>
        file.Unreadable is not null || file.Message is not null || file.LossMs > file.LimitMs || (file.Exists && !file.Recovered);

    private static string Describe(Verdict file) => string.Join("; ", ((string?[])
    [
        file.Unreadable is null ? null : $"unreadable: {file.Unreadable}",
        file.Message is null ? null : $"ffmpeg says: {file.Message}",
        file.LossMs > file.LimitMs ? string.Create(CultureInfo.InvariantCulture, $"{file.LossMs:0} ms lost, {file.InFlightMs:0} of them in the socket{(file.Exists ? "" : ", no file yet")}") : null,
        file.Exists && !file.Recovered ? $"not recovered: {file.NotRecovered}" : null,
    ]).OfType<string>());

    private static string Row(string format, string rate, IReadOnlyList<Verdict> files)
    {
        var losses = files.Select(f => f.LossMs).Order().ToArray();
        var worst = files.MaxBy(f => f.LossMs)!;
        var existing = files.Count(f => f.Exists);
        return string.Create(CultureInfo.InvariantCulture, $"| {format} | {rate} | {files.Count} | {files.Count - existing} | {(format == "mkv" ? "–" : files.Count(f => f.IsTorn))} | {files.Count(f => f.Unreadable is not null)} | {files.Count(f => f.Message is not null)} | {Part(losses, 0.5):0} | {Part(losses, 0.95):0} | {worst.LossMs:0} | {worst.InFlightMs:0} | {(format == "all" ? "" : worst.LimitMs)} | {files.Count(f => f.LossMs > f.LimitMs)} | {files.Count(f => f.Recovered)} of {existing} |");
    }

    private static double Part(double[] sorted, double part) => sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(sorted.Length * part) - 1)];
}
