namespace Tapedeck.LoadBench;

/// <summary>Scenario <c>tls</c>.</summary>
internal static class Tls
{
    public static Section Run(Bench bench)
    {
        var machine = Machine.Describe();
        var (paced, flat) = (bench.Load("mp4", 200), bench.Load("mp4", 4) with { Flat = bench.FlatBytes / 4 });
        var all = bench.Measure(1, paced, paced with { Secure = true }, flat, flat with { Secure = true });
        return bench.Section("tls", machine, Table.Render(all, r => $"{r.Load.Name}, {r.Load.Publishers} × {(r.Load.Flat > 0 ? "flat out" : $"{r.Load.Megabits:0.0} Mbit/s")}", [.. Table.Usual(_ => double.NaN), .. Table.Tool]), [], all);
    }
}
