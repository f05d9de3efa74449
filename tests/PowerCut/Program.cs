using System.Diagnostics;
using System.Globalization;
using Tapedeck.PowerCut;

var (cuts, seed) = (10_000, 1);
for (var i = 0; i + 1 < args.Length; i += 2)
{
    if (args[i] == "--cuts")
        cuts = int.Parse(args[i + 1], CultureInfo.InvariantCulture);
    else if (args[i] == "--seed")
        seed = int.Parse(args[i + 1], CultureInfo.InvariantCulture);
}

if (args.Length % 2 != 0)
{
    await Console.Error.WriteLineAsync("Usage: Tapedeck.PowerCut [--cuts N] [--seed N]");
    return 2;
}

var since = Stopwatch.GetTimestamp();
var outcomes = Campaign.Run(cuts, seed);
await Console.Out.WriteLineAsync($"{cuts} cuts, seed {seed}, {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s");
await Console.Out.WriteLineAsync();
await Console.Out.WriteLineAsync("| container | cuts | lost 0 | lost 1 | lost 2 | more | garbled frames in the last fragment | not as it must be |");
await Console.Out.WriteLineAsync("|---|---:|---:|---:|---:|---:|---:|---:|");
foreach (var group in outcomes.GroupBy(outcome => outcome.Container))
{
    var lost = Enumerable.Range(0, 3).Select(n => group.Count(o => o.Lost == n));
    await Console.Out.WriteLineAsync(
        $"| {group.Key} | {group.Count()} | {string.Join(" | ", lost)} | {group.Count(o => o.Lost > Cut.MostLost)} | {group.Count(o => o.Garbled > 0)} | {group.Count(o => o.Problem is not null)} |");
}

foreach (var kind in outcomes.Where(o => o.Problem is not null).Take(40))
    await Console.Out.WriteLineAsync($"seed {kind.Seed}, {kind.Container}, {kind.Begun} fragments: {kind.Problem}");
return outcomes.Any(o => o.Problem is not null) ? 1 : 0;
