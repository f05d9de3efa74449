namespace Tapedeck.Host.Tests.Kit;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tapedeck-test-").FullName;

    public string Write(string relative, string text)
    {
        var path = Folder(relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public string Make(string relative) => Directory.CreateDirectory(Folder(relative)).FullName;

    public string Folder(string relative) => System.IO.Path.Combine(Path, relative);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
