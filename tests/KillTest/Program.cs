using System.Diagnostics;
using Tapedeck.KillTest;

const int RoundsOfOneHome = 5;

Options options;
try
{
    options = Options.Parse(args);
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}

var since = Stopwatch.GetTimestamp();
var folder = Directory.CreateTempSubdirectory("tapedeck-kill-").FullName;
var random = new Random(options.Seed);
var files = new List<Verdict>();
var problems = new List<string>();
try
{
    var clips = await Clip.MakeAllAsync(folder);
    Home? home = null;
    for (var round = 0; files.Count < options.Kills && Stopwatch.GetElapsedTime(since) < options.Limit; round++)
    {
        // A deep check reads all files of a home: a new one now and then keeps rounds short.
        if (round % RoundsOfOneHome == 0)
        {
            if (home is not null && !options.Keep)
                Directory.Delete(home.Root, recursive: true);
            home = new Home(Path.Combine(folder, $"home{round}"));
        }

        var result = await new Round(round, home!, options, clips, random).RunAsync();
        files.AddRange(result.Files);
        problems.AddRange(result.Problems.Select(p => $"round {round}: {p}"));
        await Console.Error.WriteLineAsync($"{Stopwatch.GetElapsedTime(since).TotalSeconds,5:0} s: {files.Count} kills, worst loss {result.Files.Max(f => f.LossMs):0} ms{(result.Problems.Count > 0 ? ", " + string.Join(", ", result.Problems) : "")}");
    }

    await Console.Out.WriteLineAsync($"{files.Count} kills, seed {options.Seed}, {Stopwatch.GetElapsedTime(since).TotalMinutes:0.0} min");
    await Console.Out.WriteLineAsync();
    return Report.Print(files, problems, Console.Out) ? 0 : 1;
}
finally
{
    if (!options.Keep)
        Directory.Delete(folder, recursive: true);
    else
        await Console.Error.WriteLineAsync($"Kept: {folder}");
}
