namespace Tapedeck.EndToEnd.Tests;

/// <summary>A home folder of its own, removed at the end.</summary>
internal sealed class TestHome : IDisposable
{
    public TestHome() => Root = Directory.CreateTempSubdirectory("tapedeck-e2e-").FullName;

    public string Root { get; }

    /// <summary>A path below the home.</summary>
    public string this[params string[] parts] => Path.Combine([Root, .. parts]);

    /// <summary>A recording in the default place: <c>liverec/name.mp4</c>.</summary>
    public string Content(string path) => Path.Combine(Root, "content", path);

    /// <summary>Writes a file below the home.</summary>
    public void Write(string path, string text)
    {
        var file = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    /// <summary>Every file below <c>content/</c>, relative to it, in order.</summary>
    public string[] Recordings()
    {
        var content = Path.Combine(Root, "content");
        return Directory.Exists(content)
            ? [.. Directory.EnumerateFiles(content, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(content, f)).Order(StringComparer.Ordinal)]
            : [];
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // Left to the system's own cleaning of temporary folders.
        }
    }
}
