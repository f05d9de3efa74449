using Microsoft.Extensions.Logging;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Plugins;

/// <summary>The plugins that were found, usable or not. Immutable; scan again for another.</summary>
internal sealed class PluginCatalog
{
    private readonly Dictionary<string, ModuleClass> _classes = new(StringComparer.OrdinalIgnoreCase);

    private PluginCatalog(IReadOnlyList<Plugin> plugins) => Plugins = plugins;

    public static PluginCatalog Empty { get; } = new([]);

    /// <summary>In order of their names.</summary>
    public IReadOnlyList<Plugin> Plugins { get; }

    /// <summary>All names by which an application can list a module.</summary>
    public IReadOnlyCollection<string> ClassNames => _classes.Keys;

    /// <summary>The module class of this .NET name or alias, without case; also of a plugin that cannot be used.</summary>
    public ModuleClass? Find(string className) => _classes.GetValueOrDefault(className.Trim());

    /// <summary>
    /// Looks into every folder of <paramref name="folders"/> for <c>Name/Name.dll</c>; of two plugins of one name the earlier folder's wins.
    /// Nothing of a plugin is run.
    /// </summary>
    public static PluginCatalog Scan(IEnumerable<string> folders, PluginsOptions options, ILogger logger)
    {
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var folder in folders.SelectMany(f => Candidates(f, logger)))
        {
            var name = Path.GetFileName(folder);
            if (!found.TryAdd(name, folder))
                logger.LogInformation("Plugin {Plugin} of {Folder} is used; the one in {Other} is not", name, found[name], folder);
        }
        var plugins = found.Values.Select(f => PluginInspection.Inspect(f, options.Disabled)).OrderBy(p => p.Name, StringComparer.OrdinalIgnoreCase).ToList();
        var catalog = new PluginCatalog(plugins);
        foreach (var plugin in plugins)
        {
            logger.Log(plugin.Status is PluginStatus.Loaded or PluginStatus.Disabled ? LogLevel.Information : LogLevel.Error, "Plugin {Plugin}", PluginInspection.Describe(plugin));
            foreach (var module in plugin.Modules) catalog.Add(module, logger);
        }
        foreach (var unknown in options.Disabled.Where(d => !found.ContainsKey(d)))
            logger.LogWarning("plugins.disabled names {Plugin}, but there is no such plugin{Hint}", unknown, Nearest.Hint(unknown, found.Keys));
        return catalog;
    }

    private void Add(ModuleClass module, ILogger logger)
    {
        foreach (var name in module.Aliases.Prepend(module.FullName))
        {
            // A plugin that can be used takes the name from one that cannot.
            if (_classes.TryGetValue(name, out var other) && (other.Plugin.Status == PluginStatus.Loaded || module.Plugin.Status != PluginStatus.Loaded))
                logger.LogWarning("Plugins {First} and {Second} both bring {Class}; the one of {First} is used", other.Plugin.Name, module.Plugin.Name, name, other.Plugin.Name);
            else
                _classes[name] = module;
        }
    }

    private static List<string> Candidates(string folder, ILogger logger)
    {
        if (!Directory.Exists(folder)) return [];
        try
        {
            return [.. Directory.GetDirectories(folder).Where(f => File.Exists(Path.Combine(f, Path.GetFileName(f) + ".dll"))).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogError("The plugin folder {Folder} cannot be read: {Reason}", folder, e.Message);
            return [];
        }
    }
}
