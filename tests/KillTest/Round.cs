using System.Diagnostics;
using Tapedeck.Containers;
using Tapedeck.Engine.Catalog;

namespace Tapedeck.KillTest;

/// <summary>What one kill and the restart after it showed.</summary>
/// <param name="Files">One for each publisher.</param>
/// <param name="Problems">Of the restart, of <c>tapedeck check</c>, and publishers that did not publish.</param>
internal sealed record RoundResult(IReadOnlyList<Verdict> Files, IReadOnlyList<string> Problems);

/// <summary>Ten publishers, one SIGKILL, ten files to judge, a restart, a check.</summary>
internal sealed class Round(int number, Home home, Options options, Clip[] clips, Random random)
{
    public const int Publishers = 10;
    private static readonly TimeSpan BeginLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(60);

    private readonly List<string> _problems = [];

    public async Task<RoundResult> RunAsync()
    {
        var verdicts = await JudgeAsync(await KillAsync());
        verdicts = await RestartAsync(verdicts);
        return new RoundResult(verdicts, _problems);
    }

    /// <summary>A host that accepts connections.</summary>
    private async Task<ChildProcess> StartAsync()
    {
        var process = ChildProcess.Start(options.Host, "run", "--home", home.Root, "--set", "rtmp.listen=127.0.0.1:0");
        await process.OutputLineAsync(line => line == "tapedeck ready", "'tapedeck ready'");
        return process;
    }

    private async Task<List<(Publisher Publisher, SentState Sent)>> KillAsync()
    {
        await using var process = await StartAsync();
        var port = new Uri((await process.ErrorLineAsync(line => line.Contains("Listening on rtmp://", StringComparison.Ordinal), "its address")).Split("Listening on ")[1].Trim()).Port;
        var publishers = Enumerable.Range(0, Publishers).Select(i => Publisher(number * Publishers + i, i)).ToList();
        using var killed = new CancellationTokenSource();
        // Begun one after the other, they are cut at different points of their fragments.
        var running = publishers.Select(p => p.RunAsync(port, TimeSpan.FromMilliseconds(random.Next(0, 900)), killed.Token)).ToList();
        var since = Stopwatch.GetTimestamp();
        while (!publishers.Exists(p => p.HasBegun) && Stopwatch.GetElapsedTime(since) < BeginLimit)
            await Task.Delay(2, CancellationToken.None);
        await Task.Delay(random.Next(1000, 4000), CancellationToken.None);
        List<(Publisher, SentState)> sent;
        if (options.Aim)
        {
            // What is sent between the kill and the end of the connections counts as lost too; what lay in the sockets is not known.
            AwaitWrite(publishers.Where(p => p.Clip == clips[^1]).ToArray());
            process.Kill();
            sent = publishers.ConvertAll(p => (p, p.Snapshot(0)));
        }
        else
        {
            var queues = ReceiveQueues.Read(port);
            sent = publishers.ConvertAll(p => (p, p.Snapshot(queues.GetValueOrDefault(p.Port))));
            process.Kill();
        }

        await killed.CancelAsync();
        await process.ExitAsync();
        foreach (var publisher in publishers)
            publisher.Dispose();
        await Task.WhenAll(running);
        _problems.AddRange(publishers.Where(p => p.Failure is not null).Select(p => $"{p.Application}/{p.Name} stopped before the kill: {p.Failure}"));
        return sent;
    }

    /// <summary>Spins until one of the files grows, which it does page by page while it is written.</summary>
    private void AwaitWrite(Publisher[] candidates)
    {
        var path = Judge.PathOf(candidates[random.Next(candidates.Length)], home.Content);
        var since = Stopwatch.GetTimestamp();
        var before = LengthOf(path);
        while (LengthOf(path) == before && Stopwatch.GetElapsedTime(since) < WriteLimit)
        {
        }
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>All twelve pairs of container and rate come equally often.</summary>
    private Publisher Publisher(int pair, int index)
    {
        var format = Home.Formats[pair % Home.Formats.Length];
        var clip = clips[pair / Home.Formats.Length % clips.Length];
        return new Publisher(clip, format, $"round{number}-{index}");
    }

    private async Task<Verdict[]> JudgeAsync(List<(Publisher Publisher, SentState Sent)> sent)
    {
        var verdicts = new Verdict[sent.Count];
        // To decode all of them costs minutes; packets are read of all.
        var decoded = sent.Select(_ => random.Next(3) == 0).ToArray();
        await Parallel.ForAsync(0, sent.Count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (i, _) =>
            verdicts[i] = await Judge.JudgeAsync(sent[i].Publisher, sent[i].Sent, home.Content, decoded[i]));
        return verdicts;
    }

    private async Task<Verdict[]> RestartAsync(Verdict[] verdicts)
    {
        var since = Stopwatch.GetTimestamp();
        await using var process = await StartAsync();
        try
        {
            using var limit = new CancellationTokenSource(RecoveryLimit);
            var rows = await home.RecoveredAsync(limit.Token);
            verdicts = [.. verdicts.Select(v => v.Exists ? Compare(v, rows.GetValueOrDefault(v.Path)) : v)];
        }
        catch (OperationCanceledException)
        {
            _problems.Add($"recovery is not done after {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s");
        }

        await using var check = await ChildProcess.RunAsync(options.Host, "check", "--home", home.Root, "--deep");
        if (check.ExitCode != 0)
            _problems.Add($"tapedeck check ends with {check.ExitCode}: {string.Join(" | ", [.. check.Errors, .. check.Output])}");
        if (!process.HasExited)
            process.Terminate();
        if (await process.ExitAsync() is not 0 and var exit)
            _problems.Add($"the host ends with {exit} after SIGTERM");
        return verdicts;
    }

    private static Verdict Compare(Verdict verdict, FileRow? row)
    {
        if (row is null)
            return verdict with { NotRecovered = "the catalog does not know it" };
        if (row.State != CatalogState.Done)
            return verdict with { NotRecovered = $"it is {row.State}: {row.Validation}" };
        try
        {
            var count = Judge.Count(verdict.Path);
            return count >= verdict.Samples
                ? verdict with { Recovered = true }
                : verdict with { NotRecovered = $"{verdict.Samples} samples before, {count} after recovery" };
        }
        catch (Exception e) when (e is ContainerFormatException or IOException)
        {
            return verdict with { NotRecovered = e.Message };
        }
    }
}
