namespace Tapedeck.Kit;

/// <summary>A folder that is gone after the test.</summary>
public sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tapedeck-test-").FullName;

    /// <summary>The path of something in it, there or not.</summary>
    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    /// <summary>Names of all files in and below it, in order.</summary>
    public string[] Files => [.. Directory.GetFiles(Path, "*", SearchOption.AllDirectories)
        .Select(f => System.IO.Path.GetRelativePath(Path, f)).Order(StringComparer.Ordinal)];

    /// <summary>Writes a file, and makes the folders it lies in; returns its path.</summary>
    public string Write(string relative, string text)
    {
        var path = this[relative];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Makes a folder in it; returns its path.</summary>
    public string Make(string relative) => Directory.CreateDirectory(this[relative]).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
