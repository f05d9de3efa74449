namespace Tapedeck.LoadBench;

/// <summary>Scenario <c>recordings</c>.</summary>
internal static class ManyRecordings
{
    public static Section Run(Bench bench)
    {
        var machine = Machine.Describe();
        var all = bench.Measure(1, bench.Load("mp4", 1) with { Recordings = 200, CountCalls = true });
        var text = Table.Render(
            all,
            r => $"{r.Load.Name}, one stream of {r.Load.Megabits:0.0} Mbit/s, {r.Load.Recordings} recordings",
            [
                new("CPU %", r => r.Median(x => x.Cpu * 100), "0"),
                new("CPU s/GB written", r => r.CpuPerGigabyte / r.Load.Recordings),
                new("Gbit/s written", r => r.Throughput * r.Load.Recordings * 8 / 1e9),
                new("switches/s", r => r.Median(x => x.Switches), "0"),
                new("writes/s", r => r.Median(x => x.Writes), "0"),
                new("system calls/s", r => r.Median(x => x.Calls), "0"),
                new("peak MB", r => r.Median(x => x.Peak / 1e6), "0"),
                new("MB a recording", r => r.Median(x => x.PerStream / 1e6) / r.Load.Recordings),
                .. Table.Collector,
                .. Table.Tool,
            ]);
        return bench.Section("recordings", machine, text, [], all);
    }
}
