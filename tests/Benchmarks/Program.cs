using Tapedeck.Benchmarks;

var all = new Dictionary<string, Func<TextWriter, Task>>
{
    ["steady"] = report => { SteadyBenchmark.Run(report); return Task.CompletedTask; },
    ["finish"] = report => { FinishBenchmark.Run(report); return Task.CompletedTask; },
    ["pieces"] = report => { Pieces.Run(report); return Task.CompletedTask; },
    ["memory"] = MemoryBenchmark.RunAsync,
};

if (args is ["memory-of", var format])
{
    await MemoryBenchmark.RunOneAsync(Console.Out, format);
    return 0;
}

var wanted = args.Length == 0 ? all.Keys.ToArray() : args;
foreach (var name in wanted)
{
    if (!all.TryGetValue(name, out var benchmark))
    {
        await Console.Error.WriteLineAsync($"There is no benchmark '{name}': choose from {string.Join(", ", all.Keys)}.");
        return 2;
    }

    await Console.Out.WriteLineAsync($"## {name}{Environment.NewLine}");
    await benchmark(Console.Out);
    await Console.Out.WriteLineAsync();
}

return 0;
