using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Plugins;

/// <summary>Looks at one plugin folder and judges whether this host can use it.</summary>
internal static class PluginInspection
{
    public static Plugin Inspect(string folder, IReadOnlyCollection<string> disabled)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var name = Path.GetFileName(folder);
        try
        {
            return Inspect(name, folder, disabled);
        }
        catch (Exception e)
        {
            return new Plugin { Name = name, Folder = folder, Status = PluginStatus.Faulted, Message = $"cannot be read: {e.Message} Install it again." };
        }
    }

    private static Plugin Inspect(string name, string folder, IReadOnlyCollection<string> disabled)
    {
        var files = PluginFiles.Read(folder);
        // Not from the snapshot: a file that is no assembly must be reported, and it is not there.
        var main = files.Find(name) ?? PluginFiles.ReadAssembly(Path.Combine(folder, name + ".dll"));
        using var metadata = new PluginMetadata(main.Dll, files);
        var (status, message) = Judge(name, folder, metadata, files, disabled);
        var plugin = new Plugin { Name = name, Folder = folder, Version = metadata.Version, Status = status, Message = message, Files = files };
        plugin.Modules = [.. metadata.Modules().Select(m => new ModuleClass(m.FullName, m.Aliases, plugin))];
        return plugin;
    }

    private static (PluginStatus Status, string Message) Judge(string name, string folder, PluginMetadata metadata, PluginFiles files, IReadOnlyCollection<string> disabled)
    {
        if (disabled.Contains(name, StringComparer.OrdinalIgnoreCase))
            return (PluginStatus.Disabled, $"enable it by removing {name} from the setting plugins.disabled");
        if (!metadata.AssemblyName.Equals(name, StringComparison.OrdinalIgnoreCase))
            return (PluginStatus.Incompatible, $"{name}.dll holds the assembly {metadata.AssemblyName}; folder, file and assembly must have one name");
        var references = metadata.References.ToList();
        if (Contract(references) is { } mismatch) return (PluginStatus.Incompatible, mismatch);
        if (DependencyManifest.MissingFiles(folder, name) is { Count: > 0 } missing)
            return (PluginStatus.Incompatible, $"{string.Join(", ", missing)} is missing in {folder}; install the plugin with all its files");
        foreach (var (reference, version) in references)
        {
            if (reference.Equals(SharedAssemblies.ContractName, StringComparison.OrdinalIgnoreCase)) continue;
            if (SharedAssemblies.IsFramework(reference))
            {
                var present = SharedAssemblies.FrameworkVersion(reference);
                if (version > present)
                    return (PluginStatus.Incompatible, $"it needs {reference} {version}, this host's .NET brings {present}; install a version of the plugin for .NET {Environment.Version.Major}");
            }
            else if (files.Find(reference) is null && !IsNestedInFolder(folder, reference))
            {
                return (PluginStatus.Incompatible, $"{reference}.dll is missing in {folder}; plugins bring their own dependencies and see nothing of the host but {SharedAssemblies.ContractName}");
            }
        }
        return (PluginStatus.Loaded, "ready");
    }

    /// <summary>
    /// The rule for versions of the contract: a new major breaks, a new minor adds. While major is 0 every minor may break, so both must be
    /// the host's; from 1 on the plugin's minor may be smaller than the host's.
    /// </summary>
    internal static bool IsContractServed(Version needed, Version offered) =>
        needed.Major == offered.Major && (offered.Major == 0 ? needed.Minor == offered.Minor : needed.Minor <= offered.Minor);

    private static string? Contract(List<(string Name, Version Version)> references)
    {
        var needed = references.Find(r => r.Name.Equals(SharedAssemblies.ContractName, StringComparison.OrdinalIgnoreCase)).Version;
        var offered = SharedAssemblies.ContractVersion;
        if (needed is null) return $"it does not refer to {SharedAssemblies.ContractName}, so it is no plugin of this host";
        if (IsContractServed(needed, offered)) return null;
        var isOlder = needed < offered;
        return $"it was built for version {needed.ToString(2)} of {SharedAssemblies.ContractName}, this host has {offered.ToString(2)}; {(isOlder ? "install a newer version of the plugin" : "install a newer host, or an older version of the plugin")}";
    }

    /// <summary>Assemblies for one operating system lie in <c>runtimes/…</c>.</summary>
    private static bool IsNestedInFolder(string folder, string reference) =>
        Directory.Exists(Path.Combine(folder, "runtimes"))
        && Directory.EnumerateFiles(Path.Combine(folder, "runtimes"), reference + ".dll", SearchOption.AllDirectories).Any();

    /// <summary>One line about a plugin for the log and for <c>tapedeck plugins</c>.</summary>
    public static string Describe(Plugin plugin) => plugin.Status == PluginStatus.Loaded
        ? $"{plugin.Name} {plugin.Version.ToString(3)}: {plugin.Modules.Count} module{(plugin.Modules.Count == 1 ? "" : "s")}"
        : $"{plugin.Name}: {ValueText.Camel(plugin.Status.ToString())}: {plugin.Message}";
}
