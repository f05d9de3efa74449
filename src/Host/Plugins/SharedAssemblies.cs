using System.Collections.Concurrent;
using System.Reflection;
using Tapedeck.Modules;

namespace Tapedeck.Host.Plugins;

/// <summary>
/// What plugins get from the host and from nowhere else: the contract, and .NET's shared framework. Everything else that the host
/// happens to use (its logger, its YAML reader) is its own affair.
/// </summary>
internal static class SharedAssemblies
{
    private static readonly Assembly Contract = typeof(IModule).Assembly;
    private static readonly Dictionary<string, string> Framework = FindFramework();
    private static readonly ConcurrentDictionary<string, Version> Versions = new(StringComparer.OrdinalIgnoreCase);

    public static string ContractName { get; } = Contract.GetName().Name!;

    public static Version ContractVersion { get; } = Contract.GetName().Version!;

    public static bool IsShared(string simpleName) =>
        Framework.ContainsKey(simpleName) || simpleName.Equals(ContractName, StringComparison.OrdinalIgnoreCase);

    public static bool IsFramework(string simpleName) => Framework.ContainsKey(simpleName);

    /// <summary>Version of a framework assembly as this process has it.</summary>
    public static Version FrameworkVersion(string simpleName) =>
        Versions.GetOrAdd(simpleName, name => AssemblyName.GetAssemblyName(Framework[name]).Version ?? new Version(0, 0));

    private static Dictionary<string, string> FindFramework()
    {
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var host = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        // A self-contained installation keeps the framework among the host's own files: there only names tell them apart.
        var isSelfContained = Path.GetDirectoryName(typeof(object).Assembly.Location) == host;
        foreach (var path in ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            var isFramework = isSelfContained ? HasFrameworkName(name) : Path.GetDirectoryName(path) != host;
            if (isFramework) found.TryAdd(name, path);
        }
        return found;
    }

    private static bool HasFrameworkName(string name) =>
        name is "netstandard" or "mscorlib" or "WindowsBase" or "System"
        || (name.StartsWith("System.", StringComparison.Ordinal) && name != "System.CommandLine")
        || name.StartsWith("Microsoft.", StringComparison.Ordinal);
}
