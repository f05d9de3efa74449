using Tapedeck.Host.Applications;
using Tapedeck.Host.Settings;
using Tapedeck.Host.Tests.Kit;

namespace Tapedeck.Host.Tests.Applications;

/// <summary>A home with applications, and what is said when they are read.</summary>
public abstract class ApplicationTest : IDisposable
{
    protected ApplicationTest() => Folder.Make("applications");

    private protected TempFolder Folder { get; } = new();

    private protected CollectedLog Log { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected ApplicationCatalog Load() => ApplicationCatalog.Load(Home.Locate(Folder.Path, Folder.Path, Folder["installation"]), Log);

    /// <summary>The errors of an application "app" in a file of this name, each without the file's path.</summary>
    private protected string[] Errors(string file, string text)
    {
        var path = Folder.Write($"applications/app/{file}", text);
        var catalog = Load();
        catalog.Find("app").ShouldBeNull();
        return [.. catalog.FindRefused("APP")!.Errors.Select(e => e.ToString().Replace(path, ""))];
    }
}
