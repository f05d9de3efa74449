using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Commands;

/// <summary>The catalog of a home, for commands that ask it; a running host is no hindrance.</summary>
internal static class HomeCatalog
{
    /// <summary>Opens it for a piece of work. What is in the way is said, and the exit code tells it.</summary>
    /// <param name="folder">What <c>--home</c> says.</param>
    /// <param name="work">Its result is the exit code.</param>
    public static async Task<int> UseAsync(string? folder, Func<Home, RecordingCatalog, Task<int>> work)
    {
        var home = Home.Locate(folder, Environment.CurrentDirectory, AppContext.BaseDirectory);
        var path = Path.Combine(home.Data, "catalog.db");
        if (!File.Exists(path))
        {
            Terminal.Error($"There is no catalog at {path}: nothing was recorded here yet, or --home names another folder.");
            return ExitCode.Failure;
        }

        try
        {
            await using var catalog = await RecordingCatalog.OpenAsync(path, new CatalogSettings(), TimeProvider.System, NullLogger.Instance);
            return await work(home, catalog);
        }
        catch (CatalogException e)
        {
            Terminal.Error($"{path}: {e.Message}");
            return ExitCode.Failure;
        }
    }
}
