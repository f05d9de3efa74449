using System.ComponentModel;
using System.Diagnostics;

namespace Tapedeck.HookScript;

/// <summary>Ends processes with all that they started, and says how one ended.</summary>
internal static class ProcessEnd
{
    private const int SignalBase = 128; // .NET reports a process that a signal ended as a shell does

    /// <summary>Kills it and its descendants. One that has ended is no error.</summary>
    /// <param name="process">The process.</param>
    /// <param name="leadsGroup">Whether it leads a group of its own: then also those whose parent is gone are found.</param>
    public static void Kill(Process process, bool leadsGroup)
    {
        try
        {
            if (leadsGroup && !OperatingSystem.IsWindows())
                Libc.KillGroup(process.Id);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>For people: how a process ended.</summary>
    public static string Describe(int exitCode) => exitCode switch
    {
        SignalBase + 6 => "it was aborted (signal 6)",
        SignalBase + 9 => "it was killed (signal 9), by somebody or because the machine is out of memory",
        SignalBase + 11 => "it crashed in native code (signal 11)",
        > SignalBase and < SignalBase + 65 => $"it was ended by signal {exitCode - SignalBase}",
        _ => $"it ended with exit code {exitCode}",
    };
}
