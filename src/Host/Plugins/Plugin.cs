namespace Tapedeck.Host.Plugins;

/// <summary>Whether a plugin can be used, in words an operator understands.</summary>
internal enum PluginStatus
{
    /// <summary>Its modules can be listed by applications.</summary>
    Loaded,

    /// <summary>The settings say that it is not to be used.</summary>
    Disabled,

    /// <summary>It was built for another host, or lacks a file.</summary>
    Incompatible,

    /// <summary>It cannot even be read.</summary>
    Faulted,
}

/// <summary>A folder <c>Name</c> with a <c>Name.dll</c>, as it was when the folders were scanned.</summary>
internal sealed class Plugin
{
    public required string Name { get; init; }

    public required string Folder { get; init; }

    public Version Version { get; init; } = new(0, 0);

    public required PluginStatus Status { get; init; }

    /// <summary>What the status means here and how to mend it.</summary>
    public required string Message { get; init; }

    /// <summary>Classes that applications can list, known also for a plugin that cannot be used.</summary>
    public IReadOnlyList<ModuleClass> Modules { get; internal set; } = [];

    /// <summary>Its assemblies as they were; what happens to the files later does not matter.</summary>
    internal PluginFiles Files { get; init; } = PluginFiles.None;

    public string MainFile => Path.Combine(Folder, Name + ".dll");
}

/// <summary>A class that applications can list.</summary>
/// <param name="FullName">.NET type name.</param>
/// <param name="Aliases">Other names it goes by.</param>
/// <param name="Plugin">Who brings it.</param>
internal sealed record ModuleClass(string FullName, IReadOnlyList<string> Aliases, Plugin Plugin);
