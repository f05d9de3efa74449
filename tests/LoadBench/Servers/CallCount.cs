using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tapedeck.LoadBench;

/// <summary>Counts system calls of all kinds with strace, which slows a server down: never while CPU is measured.</summary>
internal static class CallCount
{
    private const string Strace = "/usr/bin/strace";
    private const int Sigint = 2;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(5);

    /// <summary>System calls a second of a process and its children, over 5 s; not a number where strace is not installed or may not look.</summary>
    /// <param name="hold">Lets the load go on for so long.</param>
    public static double Of(int process, Action<TimeSpan> hold)
    {
        if (!File.Exists(Strace))
            return double.NaN;
        var file = Path.GetTempFileName();
        string[] who = [.. ProcessFigures.Tree(process).SelectMany(p => new[] { "-p", p.ToString(CultureInfo.InvariantCulture) })];
        using var strace = Process.Start(new ProcessStartInfo(Strace, ["-c", "-f", "-q", "-o", file, .. who]) { RedirectStandardError = true })!;
        var since = Stopwatch.GetTimestamp();
        hold(Time);
        var seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        _ = SendSignal(strace.Id, Sigint);
        strace.WaitForExit();
        // "100.00    1.234567          12     98765       432 total": per cent, seconds, microseconds a call, calls, errors.
        var total = File.ReadLines(file).LastOrDefault(l => l.EndsWith(" total", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        File.Delete(file);
        return total is null ? double.NaN : double.Parse(total[3], CultureInfo.InvariantCulture) / seconds;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
