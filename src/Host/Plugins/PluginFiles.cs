using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Tapedeck.Host.Plugins;

/// <summary>An assembly in memory.</summary>
/// <param name="Dll">The file.</param>
/// <param name="Pdb">Its symbols, so that errors tell file and line; null when there are none.</param>
internal sealed record AssemblyBytes(byte[] Dll, byte[]? Pdb);

/// <summary>
/// The assemblies of a plugin's folder, read once. A DLL that is loaded by path and overwritten in place changes the code that runs, and
/// truncating it kills the process; what was read stays as it was. All contexts of a plugin use the same bytes.
/// </summary>
internal sealed class PluginFiles
{
    private const long MaximumBytes = 64L * 1024 * 1024;

    private readonly Dictionary<string, AssemblyBytes> _assemblies = new(StringComparer.OrdinalIgnoreCase);

    private PluginFiles() { }

    public static PluginFiles None { get; } = new();

    /// <summary>The assembly of this simple name; null when the folder has none.</summary>
    public AssemblyBytes? Find(string simpleName) => _assemblies.GetValueOrDefault(simpleName);

    /// <summary>Reads all managed assemblies that lie directly in the folder, but not those that the host always brings.</summary>
    public static PluginFiles Read(string folder)
    {
        var files = new PluginFiles();
        foreach (var path in Directory.GetFiles(folder, "*.dll"))
        {
            var fileName = Path.GetFileNameWithoutExtension(path);
            if (SharedAssemblies.IsShared(fileName)) continue;
            if (!TryReadAssembly(path, out var name, out var bytes)) continue;
            files._assemblies[name] = bytes;
        }
        return files;
    }

    /// <summary>Reads an assembly and the symbols beside it.</summary>
    public static AssemblyBytes ReadAssembly(string path)
    {
        var symbols = Path.ChangeExtension(path, ".pdb");
        return new AssemblyBytes(ReadFile(path), File.Exists(symbols) ? ReadFile(symbols) : null);
    }

    private static bool TryReadAssembly(string path, out string name, out AssemblyBytes bytes)
    {
        bytes = ReadAssembly(path);
        name = Path.GetFileNameWithoutExtension(path);
        try
        {
            using var image = new PEReader(new MemoryStream(bytes.Dll));
            if (!image.HasMetadata) return false;
            var reader = image.GetMetadataReader();
            if (!reader.IsAssembly) return false;
            name = reader.GetString(reader.GetAssemblyDefinition().Name);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false; // A native library, or damaged: the plugin's own assembly is checked by its reader.
        }
    }

    private static byte[] ReadFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length > MaximumBytes) throw new IOException($"{path} is larger than {MaximumBytes >> 20} MiB");
        using var memory = new MemoryStream((int)file.Length);
        file.CopyTo(memory);
        return memory.ToArray();
    }
}
