using System.Runtime.InteropServices;
using System.Text.Json;

namespace Tapedeck.Host.Plugins;

/// <summary>
/// A plugin's <c>Name.deps.json</c>: which files it needs. A file that is missing would not fail by itself; the runtime would quietly take
/// whatever the host has under that name.
/// </summary>
internal static class DependencyManifest
{
    /// <summary>Files that are listed for this machine but do not lie in the folder. Empty when there is no manifest.</summary>
    /// <exception cref="JsonException">The manifest is damaged.</exception>
    public static IReadOnlyList<string> MissingFiles(string folder, string plugin)
    {
        var path = Path.Combine(folder, plugin + ".deps.json");
        if (!File.Exists(path)) return [];
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = manifest.RootElement;
        if (!root.TryGetProperty("runtimeTarget", out var target) || !target.TryGetProperty("name", out var name)
            || !root.TryGetProperty("targets", out var targets) || !targets.TryGetProperty(name.GetString()!, out var libraries))
        {
            return [];
        }
        var missing = new List<string>();
        foreach (var library in libraries.EnumerateObject().Select(l => l.Value))
        {
            foreach (var asset in Assets(library, "runtime").Concat(Assets(library, "native")).Select(a => a.Name))
            {
                // Publishing puts files of packages flat into the folder.
                if (!IsPresent(folder, asset, Path.GetFileName(asset))) missing.Add(Path.GetFileName(asset));
            }
            foreach (var asset in Assets(library, "runtimeTargets"))
            {
                if (asset.Value.TryGetProperty("rid", out var rid) && rid.GetString() == RuntimeInformation.RuntimeIdentifier && !IsPresent(folder, asset.Name))
                    missing.Add(asset.Name);
            }
        }
        // A project and its package name may both list the file.
        return [.. missing.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static IEnumerable<JsonProperty> Assets(JsonElement library, string kind) =>
        library.TryGetProperty(kind, out var assets) && assets.ValueKind == JsonValueKind.Object ? assets.EnumerateObject() : [];

    private static bool IsPresent(string folder, params ReadOnlySpan<string> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (SharedAssemblies.IsShared(Path.GetFileNameWithoutExtension(candidate)) || candidate.EndsWith("/_._", StringComparison.Ordinal) || candidate == "_._") return true;
            if (File.Exists(Path.Combine(folder, candidate))) return true;
        }
        return false;
    }
}
