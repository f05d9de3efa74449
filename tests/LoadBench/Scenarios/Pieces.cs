using System.Diagnostics;

namespace Tapedeck.LoadBench;

/// <summary>Scenario <c>pieces</c>: the benchmarks of tests/Benchmarks, of which each prints its table.</summary>
internal static class Pieces
{
    private static readonly string Program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Benchmarks", "release", "Tapedeck.Benchmarks"));

    public static Section Run(Bench bench)
    {
        var machine = Machine.Describe();
        if (!File.Exists(Program))
            throw new InvalidOperationException($"There is no {Program}: build it with ./build.sh.");
        bench.Say("single pieces: some minutes");
        using var process = Process.Start(new ProcessStartInfo(Program, ["pieces"]) { RedirectStandardOutput = true, WorkingDirectory = bench.Options.Folder })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{Program} pieces ended with {process.ExitCode}: {output}");
        return new Section("pieces", $"{machine}\n\n{string.Join('\n', output.Split('\n').Where(l => l.StartsWith('|')))}", []);
    }
}
