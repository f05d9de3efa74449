using System.Globalization;

namespace Tapedeck.LoadBench;

/// <summary>Without a scenario: one load, as the options say, on all servers that are asked for.</summary>
internal static class FreeLoad
{
    public static int Run(Bench bench, TextWriter output)
    {
        var options = bench.Options;
        var publishers = options.Publishers ?? 200;
        var kinds = options.Servers ?? bench.Installed([.. Programs.Kinds]);
        var all = bench.Measure(3, [.. kinds.Select(k => bench.Load(k, publishers, options.Kilobits ?? 2370) with { Flat = options.Flat ?? 0 })]);
        var sink = all.FirstOrDefault(r => r.Load.Kind == "sink")?.CpuPerGigabyte ?? double.NaN;
        var load = all[0].Load;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{publishers} publishers, {(load.Flat > 0 ? $"{load.Flat >> 20} MiB each, flat out" : $"{load.Megabits:0.0} Mbit/s each, {load.Seconds} s")}\n"));
        output.WriteLine(Table.Render(all, r => r.Load.Name, [.. Table.Usual(_ => sink), .. Table.Tool]));
        output.WriteLine(Table.Render(all, r => r.Load.Name, Table.Collector));
        return all.All(r => r.Results.All(x => x.Wrong.Count == 0)) ? 0 : 1;
    }
}
