using System.Diagnostics;

namespace Tapedeck.LoadBench;

/// <summary>Scenarios that are benchmarks of tests/Benchmarks, of which each prints its table.</summary>
internal static class Pieces
{
    private static readonly string Program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Benchmarks", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "Tapedeck.Benchmarks"));

    public static Scenario Scenario(string name, string help) => new(name, help, bench => Run(bench, name));

    private static Section Run(Bench bench, string name)
    {
        var machine = Machine.Describe();
        if (!File.Exists(Program))
            throw new InvalidOperationException($"There is no {Program}: build it with ./build.sh.");
        using var process = Process.Start(new ProcessStartInfo(Program, [name]) { RedirectStandardOutput = true, WorkingDirectory = bench.Options.Folder })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{Program} {name} ended with {process.ExitCode}: {output}");
        return new Section(name, $"{machine}\n\n{string.Join('\n', output.Split('\n').Where(l => !l.StartsWith("## ", StringComparison.Ordinal))).Trim()}", []);
    }
}
