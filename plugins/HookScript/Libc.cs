using System.Runtime.InteropServices;

namespace Tapedeck.HookScript;

internal static partial class Libc
{
    private const int Kill = 9;

    /// <summary>Ends all processes of a group. False when there is none.</summary>
    public static bool KillGroup(int group) => group > 1 && kill(-group, Kill) == 0;

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int kill(int process, int signal);
}
