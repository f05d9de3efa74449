using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Tapedeck.Engine.Catalog;

/// <summary>
/// Which SQLite runs. A bundled one (3.35.5) comes with the host for Linux (glibc x64, arm64, arm; musl x64), Windows and macOS. On Linux
/// the distribution's library is taken instead when it is newer, because the distribution keeps it free of known faults.
/// </summary>
public static class NativeSqlite
{
    private const string Bundled = "e_sqlite3";

    // 3.37 is the first with STRICT tables and the WAL fixes of 2021; what is older than that is no gain over the bundled one by much.
    private const int WorthTaking = 3_037_000;

    private static readonly Lazy<string> Loaded = new(Load);

    /// <summary>Version of the library in use, and where it comes from: <c>3.40.1 (system)</c>.</summary>
    public static string Version => Loaded.Value;

    private static string Load()
    {
        var source = "bundled";
        var handle = OperatingSystem.IsLinux() ? OpenSystem() : IntPtr.Zero;
        if (handle != IntPtr.Zero)
        {
            try
            {
                NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, (name, _, _) => name == Bundled ? handle : IntPtr.Zero);
                source = "system";
            }
            catch (InvalidOperationException)
            {
                // Somebody else in this process has chosen a library already: theirs is used.
                source = "chosen by the process";
            }
        }

        Batteries_V2.Init();
        return $"{raw.sqlite3_libversion().utf8_to_string()} ({source})";
    }

    private static IntPtr OpenSystem()
    {
        if (!NativeLibrary.TryLoad("libsqlite3.so.0", Assembly.GetExecutingAssembly(), DllImportSearchPath.SafeDirectories, out var handle))
            return IntPtr.Zero;
        if (Call(handle, "sqlite3_libversion_number") >= WorthTaking && Call(handle, "sqlite3_threadsafe") != 0)
            return handle;
        NativeLibrary.Free(handle);
        return IntPtr.Zero;
    }

    private static int Call(IntPtr library, string function) =>
        NativeLibrary.TryGetExport(library, function, out var address)
            ? Marshal.GetDelegateForFunctionPointer<Number>(address)()
            : 0;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Number();
}
