using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck bench</c>: starts the load tool, which starts this host and others under load. What it measures is its own matter.</summary>
internal static class BenchCommand
{
    private const string Tool = "Tapedeck.LoadBench";

    public static Command Create()
    {
        var command = new Command("bench", "Measures this host under load, beside others: 'tapedeck bench help' lists scenarios and options.") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((result, cancellationToken) => RunAsync(AppContext.BaseDirectory, result.UnmatchedTokens, cancellationToken));
        return command;
    }

    /// <summary>The load tool: in <c>bench</c> beside the command of a release, else in the same build.</summary>
    /// <param name="installation">Folder of the command.</param>
    /// <exception cref="FileNotFoundException">It is in neither; the message says what to do.</exception>
    public static string Find(string installation)
    {
        var build = Path.TrimEndingDirectorySeparator(Path.GetFullPath(installation));
        string[] places = [Path.Combine(build, "bench", Tool), Path.GetFullPath(Path.Combine(build, "..", "..", "LoadBench", Path.GetFileName(build), Tool))];
        return Array.Find(places, File.Exists) ?? throw new FileNotFoundException(
            $"The load tool is neither {places[0]} nor {places[1]}. In a checkout, ./build.sh builds it; a release without it cannot measure.");
    }

    private static async Task<int> RunAsync(string installation, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            Terminal.Error("'tapedeck bench' reads the figures of processes from /proc: it needs Linux.");
            return ExitCode.Failure;
        }

        string tool;
        try
        {
            tool = Find(installation);
        }
        catch (FileNotFoundException e)
        {
            Terminal.Error(e.Message);
            return ExitCode.Failure;
        }

        // Ctrl-C reaches the tool too, which ends in its own way; this only waits for it.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        var host = arguments.Contains("--host") ? [] : new[] { "--host", Path.Combine(installation, "tapedeck") };
        using var process = Process.Start(new ProcessStartInfo(tool, [.. arguments, .. host]))!;
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            process.Kill(entireProcessTree: true);
        });
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }
}
