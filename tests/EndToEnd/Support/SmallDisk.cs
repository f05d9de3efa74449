namespace Tapedeck.EndToEnd.Tests;

/// <summary>
/// A folder that a test can make unwritable and well again. Where the machine lets us (root, outside of a narrow container) it is a file system of its
/// own, in memory, that is filled to its last byte; elsewhere the folder itself is taken away and a file is put in its place, so that nothing can be made there.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Megabytes = 8;
    private readonly string _filling;
    private readonly string _aside;

    public SmallDisk(string path)
    {
        Path = path;
        _filling = System.IO.Path.Combine(path, "filling");
        _aside = path + ".aside";
        Directory.CreateDirectory(path);
        IsMounted = Run("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m", "tapedeck-test", path);
    }

    public string Path { get; }

    /// <summary>Whether it is a file system of its own.</summary>
    public bool IsMounted { get; private set; }

    /// <summary>Nothing can be written from now on.</summary>
    public void Break()
    {
        if (!IsMounted)
        {
            Directory.Move(Path, _aside);
            File.WriteAllText(Path, "a file where a folder should be");
            return;
        }

        using var file = new FileStream(_filling, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            var zeros = new byte[4096];
            for (var i = 0; i <= Megabytes * 256; i++)
                file.Write(zeros);
        }
        catch (IOException)
        {
            return; // the last page is taken
        }

        throw new InvalidOperationException($"{Path} took more than it has.");
    }

    /// <summary>It is well again.</summary>
    public void Mend()
    {
        if (IsMounted)
            File.Delete(_filling);
        else
            File.Delete(Path);
    }

    /// <summary>As when a cable is pulled: the folder is one of the disk below now. Only where it is a file system of its own.</summary>
    public void Unmount() => IsMounted = !Run("umount", "-l", Path);

    public void Dispose()
    {
        if (IsMounted)
            Unmount();
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // there is no such program
        }
    }
}
