namespace Tapedeck.LoadBench;

/// <summary>Scenario <c>viewers</c>.</summary>
internal static class Watched
{
    private const int Some = 10;
    private const int Crowd = 1000;

    public static Section Run(Bench bench)
    {
        var machine = Machine.Describe();
        var all = bench.Measure(1, bench.Load("mp4", 200) with { Viewers = Some }, bench.Load("mp4", 1) with { Viewers = Crowd });
        IReadOnlyList<Goal> goals =
        [
            Goal.AtMost($"200 × 2.5 Mbit/s, MP4, {Some} of them watched", "publisher to RTMP viewer: p99 below 20 ms", all[0].Audience(a => a.LatencyP99), 20, "0.0 'ms'"),
            Goal.AtMost($"one stream with {Crowd:N0} viewers", "every viewer gets every frame", all[1].Audience(a => a.Missing), 0, "0 'frames missing'"),
        ];
        var text = Table.Render(
            all,
            r => $"{r.Load.Name}, {r.Load.Publishers} × {r.Load.Megabits:0.0} Mbit/s, {r.Load.Viewers} viewers",
            [
                new("CPU %", r => r.Median(x => x.Cpu * 100), "0"),
                new("CPU s/GB in and out", r => r.Median(x => x.Cpu / (x.Throughput + x.Audience!.Throughput) * 1e9)),
                new("Gbit/s out", r => r.Audience(a => a.Throughput) * 8 / 1e9),
                new("latency p50 ms", r => r.Audience(a => a.LatencyP50), "0.0"),
                new("p99 ms", r => r.Audience(a => a.LatencyP99), "0.0"),
                new("most ms", r => r.Audience(a => a.LatencyMost), "0.0"),
                new("frames received", r => r.Audience(a => a.Frames), "0"),
                new("missing", r => r.Audience(a => a.Missing), "0"),
                new("switches/s", r => r.Median(x => x.Switches), "0"),
                new("peak MB", r => r.Median(x => x.Peak / 1e6), "0"),
                .. Table.Tool,
            ]);
        return bench.Section("viewers", machine, text, goals, all);
    }
}
