using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;

namespace Tapedeck.Scripts.Compiling;

/// <summary>What every script refers to: .NET itself, and the types of the globals.</summary>
internal static class SharedReferences
{
    private static readonly Lazy<Dictionary<string, PortableExecutableReference>> ByName = new(Find);

    public static IEnumerable<MetadataReference> All => ByName.Value.Values;

    /// <summary>By simple name; null when it is none of these.</summary>
    public static PortableExecutableReference? Find(string name) => ByName.Value.GetValueOrDefault(name);

    /// <summary>Simple names of the assemblies that an assembly refers to; none when it is no assembly.</summary>
    public static ImmutableArray<string> ReferencesOf(byte[] assembly)
    {
        try
        {
            using var image = new PEReader([.. assembly]);
            if (!image.HasMetadata)
                return [];
            var reader = image.GetMetadataReader();
            return [.. reader.AssemblyReferences.Select(r => reader.GetString(reader.GetAssemblyReference(r).Name))];
        }
        catch (BadImageFormatException)
        {
            return [];
        }
    }

    private static Dictionary<string, PortableExecutableReference> Find()
    {
        var worker = typeof(SharedReferences).Assembly.GetName().Name!;
        var found = new Dictionary<string, PortableExecutableReference>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            // The compiler beside us is no affair of scripts.
            if (name == worker || Path.GetDirectoryName(path) != Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))
                found.TryAdd(name, MetadataReference.CreateFromFile(path));
        }

        return found;
    }
}
