using Tapedeck.Host.Plugins;

namespace Tapedeck.Host.Tests.Kit;

/// <summary>The plugins that are built along with these tests.</summary>
internal static class TestPlugins
{
    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "TestPlugins", name);

    /// <summary>Installs a copy; returns its folder.</summary>
    public static string Install(string name, string pluginFolder)
    {
        var target = Directory.CreateDirectory(Path.Combine(pluginFolder, name)).FullName;
        foreach (var file in Directory.GetFiles(Folder(name))) File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        return target;
    }

    public static Plugin Scan(string name, string pluginFolder, CollectedLog? log = null, params string[] disabled) =>
        PluginCatalog.Scan([pluginFolder], new PluginsOptions { Disabled = disabled }, log ?? new CollectedLog()).Plugins.Single(p => p.Name == name);
}
