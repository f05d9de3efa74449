using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tapedeck.HookScript;

/// <summary>How a worker process is started: with the runtime of the host, in a clean environment.</summary>
/// <param name="pluginFolder">Folder of the plugin; the worker lies in <c>worker</c> below.</param>
/// <param name="workingFolder">Where scripts find themselves.</param>
/// <param name="memoryBytes">Limit of the managed heap; the process as a whole is watched by the host.</param>
/// <param name="environment">What scripts see of the host's environment.</param>
internal sealed class WorkerProgram(string pluginFolder, string workingFolder, long memoryBytes, IReadOnlyDictionary<string, string> environment)
{
    public ProcessStartInfo StartInfo()
    {
        var program = Path.Combine(pluginFolder, "worker", "Tapedeck.ScriptWorker.dll");
        if (!File.Exists(program))
            throw new WorkerException($"there is no {program}; install the plugin HookScript again, with its folder 'worker'");
        var dotnetRoot = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var dotnet = Path.Combine(dotnetRoot, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        // A host that brings its own runtime has no dotnet beside it: then the worker looks for an installed one.
        var start = File.Exists(dotnet) ? new ProcessStartInfo(dotnet, [program, "serve"]) : new ProcessStartInfo(Path.ChangeExtension(program, null), ["serve"]);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.WorkingDirectory = Directory.Exists(workingFolder) ? workingFolder : pluginFolder;
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        start.Environment["DOTNET_ROOT"] = dotnetRoot;
        // Its sockets in the folder of temporary files would stay when it is killed.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_GCHeapHardLimit"] = memoryBytes.ToString("X", CultureInfo.InvariantCulture);
        return start;
    }
}

/// <summary>A worker cannot be started, or is gone; the message says why, for people.</summary>
internal sealed class WorkerException(string message, Exception? inner = null) : Exception(message, inner);
