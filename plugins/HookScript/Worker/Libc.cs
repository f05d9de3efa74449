using System.Runtime.InteropServices;

namespace Tapedeck.Scripts;

/// <summary>What .NET does not offer of the C library. Linux and other systems of its kind.</summary>
internal static partial class Libc
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC of Linux
    private const int ProcessGroup = 1; // PRIO_PGRP
    private const int Kill = 9;
    private const int ReadWrite = 2;

    /// <summary>A descriptor that programs the script starts do not inherit.</summary>
    public static int Duplicate(int descriptor)
    {
        var result = fcntl(descriptor, DuplicateCloseOnExec, 3);
        return result >= 0 ? result : throw new IOException($"descriptor {descriptor} cannot be kept (errno {Marshal.GetLastPInvokeError()})");
    }

    /// <summary>What the script or its programs read is empty, what they write goes where errors go.</summary>
    public static void RedirectStandardStreams()
    {
        var nothing = open("/dev/null", ReadWrite);
        if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(2, 1) < 0)
            throw new IOException($"the standard streams cannot be redirected (errno {Marshal.GetLastPInvokeError()})");
        _ = close(nothing);
    }

    /// <summary>This process leads a group of its own, with whatever it starts, and gives way to others on the machine.</summary>
    public static void LeadGroup()
    {
        _ = setpgid(0, 0);
        _ = setpriority(ProcessGroup, 0, 10);
    }

    /// <summary>Ends this process and what it started.</summary>
    public static void KillGroup()
    {
        if (getpgrp() == Environment.ProcessId)
            _ = kill(0, Kill);
        Environment.FailFast(null);
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int dup2(int from, int to);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int close(int descriptor);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setpgid(int process, int group);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setpriority(int which, int who, int priority);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int getpgrp();

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int process, int signal);
}
