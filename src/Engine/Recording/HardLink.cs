using System.Runtime.InteropServices;

namespace Tapedeck.Engine.Recording;

/// <summary>A second name for a file. Unlike a rename, there is no instant at which the file has none, or the catalog knows only one that leads nowhere.</summary>
internal static class HardLink
{
    /// <summary>Names a file once more; never replaces one. Where the file system knows no links, the file is moved: false.</summary>
    /// <exception cref="IOException">It cannot be done; the file is as it was.</exception>
    public static bool MakeOrMove(string existing, string added)
    {
        if (TryMake(existing, added))
            return true;
        File.Move(existing, added, overwrite: false);
        return false;
    }

    private static bool TryMake(string existing, string added)
    {
        try
        {
            return OperatingSystem.IsWindows() ? CreateHardLink(added, existing, IntPtr.Zero) : Link(existing, added) == 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "link")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string added);

    [DllImport("kernel32", EntryPoint = "CreateHardLinkW", CharSet = CharSet.Unicode)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool CreateHardLink(string added, string existing, IntPtr security);
}
