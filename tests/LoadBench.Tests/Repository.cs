namespace Tapedeck.LoadBench.Tests;

/// <summary>The checkout these tests were built from.</summary>
internal static class Repository
{
    public static string File(string path)
    {
        var folder = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(folder, "Host.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run in a checkout.");
        return Path.Combine(folder, path);
    }
}
