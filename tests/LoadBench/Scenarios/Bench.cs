namespace Tapedeck.LoadBench;

/// <summary>What scenarios are run with.</summary>
/// <param name="Say">Progress, a line at a time.</param>
internal sealed record Bench(Options Options, Programs Programs, Action<string> Say)
{
    /// <summary>Seconds that count, unless the user says otherwise.</summary>
    public int Seconds => Options.Seconds ?? (Options.Quick ? 8 : 25);

    public int WarmUp => Options.WarmUp ?? (Options.Quick ? 4 : 6);

    /// <summary>Bytes of a load that is sent flat out, by all publishers together.</summary>
    public long FlatBytes => Options.Flat ?? (Options.Quick ? 1L << 30 : 4L << 30);

    /// <summary>A paced load of these settings.</summary>
    public Load Load(string kind, int publishers, int kilobits = 2370) => new(kind, publishers) { Kilobits = kilobits, Seconds = Seconds, WarmUp = WarmUp };

    /// <summary>Those of the servers that are installed; says which are not.</summary>
    public string[] Installed(params string[] kinds)
    {
        foreach (var kind in kinds)
        {
            if (Programs.Missing(kind) is { } missing)
                Say($"{kind} is left out: {missing}");
        }

        return [.. kinds.Where(k => Programs.Missing(k) is null)];
    }

    /// <summary>Runs each load some times, alternating, so that what else the machine does meets all of them.</summary>
    /// <param name="runs">Unless the user says otherwise.</param>
    public IReadOnlyList<Runs> Measure(int runs, params IReadOnlyList<Load> loads)
    {
        var all = loads.Select(l => new Runs(l)).ToArray();
        runs = Options.Runs ?? (Options.Quick ? 1 : runs);
        for (var run = 1; run <= runs; run++)
        {
            foreach (var one in all)
            {
                try
                {
                    var result = Round.Run(Programs, one.Load, Options.Folder, Options.Port);
                    Say($"run {run} of {runs}: {result}");
                    one.Add(result);
                }
                catch (Exception e) when (e is InvalidOperationException or IOException or AggregateException or System.Net.Sockets.SocketException)
                {
                    // The others are still worth measuring: a load may be more than this machine carries.
                    one.Failure = e.Message;
                    Say($"run {run} of {runs}: {one.Load.Name}, {one.Load.Publishers} publishers failed: {e.Message}");
                }
            }
        }

        return all;
    }

    /// <summary>A section that begins with where it was measured.</summary>
    public Section Section(string name, string machine, string text, IReadOnlyList<Goal> goals, params IReadOnlyList<Runs> all)
    {
        var runs = all.Count > 0 && all[0].Results.Count is > 1 and var n ? $" Medians of {n} runs." : "";
        return new Section(name, $"{machine}{runs}\n\n{text}", goals, all.Any(r => r.Failure is not null || r.Results.Any(x => x.Wrong.Count > 0 || x.Audience?.Missing > 0)));
    }
}
