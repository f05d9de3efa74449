namespace Tapedeck.LoadBench;

/// <summary>Scenario <c>flat</c>.</summary>
internal static class FlatOut
{
    public static Section Run(Bench bench)
    {
        var machine = Machine.Describe();
        var kinds = bench.Installed("mp4", "nginx", "sink");
        var all = bench.Measure(3, [.. new[] { 1, 4, 16 }.SelectMany(n => kinds.Select(k => bench.Load(k, n) with { Flat = bench.FlatBytes / n }))]);
        Runs? Of(string kind, int publishers) => all.FirstOrDefault(r => r.Load.Kind == kind && r.Load.Publishers == publishers);
        double Speed(string kind) => Of(kind, 4)?.Throughput ?? double.NaN;
        IReadOnlyList<Goal> goals =
        [
            Goal.AtLeast("4 publishers flat out, MP4", "throughput at least 0.7 × the raw sink's", Speed("mp4") / Speed("sink"), 0.7, missing: Programs.Missing("sink") ?? "not measured"),
            Goal.AtLeast("4 publishers flat out, MP4", "throughput at least 1.5 × nginx-rtmp's", Speed("mp4") / Speed("nginx"), 1.5, missing: Programs.Missing("nginx") ?? "not measured"),
        ];
        var text = Table.Render(
            all,
            r => $"{r.Load.Name}, {r.Load.Publishers} flat out",
            [.. Table.Usual(r => Of("sink", r.Load.Publishers)?.CpuPerGigabyte ?? double.NaN).Where(c => c.Head != "MB a stream"), new("throughput × sink", r => r.Throughput / (Of("sink", r.Load.Publishers)?.Throughput ?? double.NaN)), .. Table.Tool]);
        return bench.Section("flat", machine, text, goals, all);
    }
}
