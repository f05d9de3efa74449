namespace Tapedeck.LoadBench;

/// <summary>Scenario <c>realtime200</c>.</summary>
internal static class RealTime
{
    private const string Load = "200 × 2.5 Mbit/s";
    private const double MostMemory = 1.2e6;

    public static Section Run(Bench bench)
    {
        var machine = Machine.Describe();
        var all = bench.Measure(3, [.. bench.Installed("mp4", "flv", "ts", "nginx", "sink").Select(k => bench.Load(k, bench.Options.Publishers ?? 200) with { CountCalls = true })]);
        var (mp4, flv, ts, nginx, sink) = (Cpu(all, "mp4"), Cpu(all, "flv"), Cpu(all, "ts"), Cpu(all, "nginx"), Cpu(all, "sink"));
        var host = all[0];
        var most = host.Results.Select(r => r.PerStream).DefaultIfEmpty(double.NaN).Max();
        IReadOnlyList<Goal> goals =
        [
            Goal.AtMost($"{Load}, MP4", "CPU per GB at most 1.0 × the raw sink's", mp4 / sink, 1.0, missing: Absent("sink")),
            Goal.AtMost($"{Load}, MP4", "CPU per GB at most half of nginx-rtmp's", mp4 / nginx, 0.5, missing: Absent("nginx")),
            Goal.AtMost($"{Load}, FLV", "CPU per GB at most 1.2 × MP4's", flv / mp4, 1.2),
            Goal.AtMost($"{Load}, MPEG-TS", "CPU per GB at most 2 × MP4's", ts / mp4, 2),
            Goal.AtMost($"{Load}, MP4", "memory below 1.2 MB a recorded stream", most / 1e6, MostMemory / 1e6, "0.00 'MB'"),
            Goal.AtMost($"{Load}, MP4", "GC pauses below 1 % of the time", host.Collector(c => c.PauseShare), 0.01, "0.00 %", "the probe in the host said nothing"),
            Goal.AtMost($"{Load}, MP4", "p99 of GC pauses below 5 ms", host.Results.Any(r => r.Collector is not null) ? Longest(host) : double.NaN, 5, "0.0 'ms'", "the probe in the host said nothing"),
            Goal.AtMost($"{Load}, MP4", "no gen-2 collection in steady state", host.Results.Select(r => r.Collector?.Generation2InAll ?? double.NaN).DefaultIfEmpty(double.NaN).Max(), 0, "0", "the probe in the host said nothing"),
        ];
        var text = Table.Render(all, r => r.Load.Name, [.. Table.Usual(_ => sink), .. Table.Tool])
            + "\n" + Table.Render([.. all.Where(r => r.Load.Kind is not ("nginx" or "sink"))], r => r.Load.Name, Table.Collector);
        return bench.Section("realtime200", machine, text, goals, all);
    }

    /// <summary>Of all runs; 0 when there was no collection at all.</summary>
    private static double Longest(Runs runs)
    {
        var p99 = runs.Collector(c => c.PauseP99);
        return double.IsNaN(p99) ? 0 : p99;
    }

    private static string Absent(string kind) => Programs.Missing(kind) ?? "not measured";

    private static double Cpu(IReadOnlyList<Runs> all, string kind) => all.FirstOrDefault(r => r.Load.Kind == kind)?.CpuPerGigabyte ?? double.NaN;
}
