using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck script check</c>: has the plugin that runs scripts compile them. The compiler is that plugin's affair: the host only finds it.</summary>
internal static class ScriptCommand
{
    private const string Worker = "Tapedeck.ScriptWorker.dll";

    public static Command Create(Option<string?> home)
    {
        var check = new Command("check", "Compiles all scripts of all applications. Errors are shown with file, line and column; ends with 1 when there are any.") { home };
        check.SetAction((result, cancellationToken) => CheckAsync(Home.Locate(result.GetValue(home), Environment.CurrentDirectory, AppContext.BaseDirectory), cancellationToken));
        return new Command("script", "Looks after the C# scripts of applications.") { check };
    }

    private static async Task<int> CheckAsync(Home home, CancellationToken cancellationToken)
    {
        var worker = home.PluginFolders.Where(Directory.Exists).SelectMany(Directory.GetDirectories)
            .Select(plugin => Path.Combine(plugin, "worker", Worker)).FirstOrDefault(File.Exists);
        if (worker is null)
        {
            Terminal.Error($"No plugin in {string.Join(" or ", home.PluginFolders)} runs scripts (none has worker/{Worker}); install one.");
            return ExitCode.Failure;
        }

        string[] applications = Directory.Exists(home.Applications) ? [.. Directory.GetDirectories(home.Applications).Order(StringComparer.Ordinal)] : [];
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        var start = File.Exists(dotnet)
            ? new ProcessStartInfo(dotnet, [worker, "check", .. applications])
            : new ProcessStartInfo(Path.ChangeExtension(worker, null), ["check", .. applications]);
        try
        {
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (Win32Exception e)
        {
            Terminal.Error($"{start.FileName} cannot be started: {e.Message}");
            return ExitCode.Failure;
        }
    }
}
