namespace Tapedeck.LoadBench;

/// <summary>Scenario <c>scale</c>.</summary>
internal static class Scale
{
    /// <summary>With sound 1 Mbit/s.</summary>
    private const int OneMegabit = 872;

    public static Section Run(Bench bench)
    {
        var machine = Machine.Describe();
        List<Load> loads = [.. new[] { 50, 200, 1000, 2000 }.Select(n => bench.Load("mp4", n, OneMegabit)), bench.Load("mp4", 200)];
        foreach (var kind in bench.Installed("sink"))
            loads.AddRange([bench.Load(kind, 200, OneMegabit), bench.Load(kind, 1000, OneMegabit)]);
        var all = bench.Measure(2, loads);
        double Cpu(string kind, int publishers, int kilobits = OneMegabit) =>
            all.FirstOrDefault(r => r.Load.Kind == kind && r.Load.Publishers == publishers && r.Load.Kilobits == kilobits)?.CpuPerGigabyte ?? double.NaN;
        IReadOnlyList<Goal> goals =
        [
            Goal.AtMost("1,000 × 1 Mbit/s, MP4", "CPU per GB at most 1.3 × that of 200 × 1 Mbit/s", Cpu("mp4", 1000) / Cpu("mp4", 200), 1.3),
            Goal.AtMost("1,000 × 1 Mbit/s, MP4", "CPU per GB at most 1.3 × that of 200 × 2.5 Mbit/s", Cpu("mp4", 1000) / Cpu("mp4", 200, 2370), 1.3),
        ];
        var text = Table.Render(
            all,
            r => $"{r.Load.Name}, {r.Load.Publishers} × {r.Load.Megabits:0.0} Mbit/s",
            [.. Table.Usual(r => Cpu("sink", r.Load.Publishers, r.Load.Kilobits)), new("CPU ms/s a stream", r => r.Median(x => x.Cpu) * 1000 / r.Load.Publishers), .. Table.Tool]);
        return bench.Section("scale", machine, text, goals, all);
    }
}
