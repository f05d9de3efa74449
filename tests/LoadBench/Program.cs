using Tapedeck.LoadBench;

var options = Options.Parse(args, Console.Error);
if (options is null)
    return 2;
if (!File.Exists(options.Host))
{
    Console.Error.WriteLine($"There is no host at {options.Host}: build it with ./build.sh, or say where it is with --host.");
    return 2;
}

Directory.CreateDirectory(options.Folder);
var bench = new Bench(options, new Programs(options.Host), Console.Error.WriteLine);
if (options.Scenario is null)
    return FreeLoad.Run(bench, Console.Out);
var failed = false;
var order = Scenario.All.Select(s => s.Name).ToArray();
foreach (var scenario in options.Scenario == "all" ? Scenario.Bounded(options.Quick) : Scenario.All.Where(s => s.Name == options.Scenario))
{
    bench.Say($"== {scenario.Name}: {scenario.Help}");
    try
    {
        var section = scenario.Run(bench);
        Console.WriteLine($"## {section.Name}\n\n{Document.Render(section)}");
        if (options.Document is { } path)
            File.WriteAllText(path, Document.Update(File.ReadAllText(path), section, order));
        failed |= section.Failed;
    }
    catch (Exception e) when (e is InvalidOperationException or IOException or AggregateException or System.Net.Sockets.SocketException)
    {
        // The others are still worth measuring.
        Console.Error.WriteLine($"{scenario.Name} failed: {e.Message}");
        failed = true;
    }
}

return failed ? 1 : 0;
