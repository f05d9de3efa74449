using Tapedeck.LoadBench;

var options = Options.Parse(args);
if (options is null)
    return 2;
Directory.CreateDirectory(options.Folder);
var clip = Clip.Make(options.Folder, options.Kilobits);
if (options.Scenario == "soak")
    return Soak.Run(options, clip);
var results = new List<Result>();
for (var run = 0; run < options.Runs; run++)
{
    foreach (var kind in options.Kinds)
    {
        var result = Round.Run(options, clip, kind);
        Console.Error.WriteLine($"run {run + 1} {result}");
        results.Add(result);
    }
}

Console.WriteLine(Table.Render(options, results));
return results.TrueForAll(r => r.Wrong.Count == 0) ? 0 : 1;
