using System.Reflection;
using System.Runtime.Loader;

namespace Tapedeck.Host.Plugins;

/// <summary>
/// The code of one module of one application instance, loaded from memory for it alone, so that it can be dropped alone. Unloading ends
/// nothing by itself: the memory returns when nobody refers to the module any more, which <see cref="IsCollected"/> tells later.
/// </summary>
internal sealed class ModuleContext
{
    private readonly WeakReference _context;
    private LoadContext? _loaded;

    private ModuleContext(LoadContext loaded)
    {
        _loaded = loaded;
        _context = new WeakReference(loaded, trackResurrection: true);
        Name = loaded.Name ?? "";
    }

    public string Name { get; }

    /// <summary>True when the code is gone from memory. Never forces a collection.</summary>
    public bool IsCollected => !_context.IsAlive;

    /// <summary>Loads the plugin's assembly into a context of its own.</summary>
    /// <param name="module">The class that is wanted.</param>
    /// <param name="name">For diagnostics: application, instance and module.</param>
    public static ModuleContext Create(ModuleClass module, string name) => new(new LoadContext(module.Plugin, name));

    /// <summary>The class, in this context.</summary>
    /// <exception cref="InvalidOperationException">Unloaded already.</exception>
    public Type GetType(ModuleClass module)
    {
        var loaded = _loaded ?? throw new InvalidOperationException($"{Name} is unloaded");
        return loaded.LoadMain().GetType(module.FullName, throwOnError: true)!;
    }

    /// <summary>Lets go of the code. The owner must have dropped every object of it.</summary>
    public void Unload()
    {
        if (Interlocked.Exchange(ref _loaded, null) is not { } loaded) return;
        loaded.Unload();
        loaded.DeleteShadowCopies();
    }

    private sealed class LoadContext(Plugin plugin, string name) : AssemblyLoadContext(name, isCollectible: true)
    {
        private readonly AssemblyDependencyResolver? _resolver = MakeResolver(plugin);
        private readonly Lock _lock = new();
        private Dictionary<string, string>? _shadows;

        public Assembly LoadMain() =>
            Assemblies.FirstOrDefault(a => a.GetName().Name!.Equals(plugin.Name, StringComparison.OrdinalIgnoreCase))
            ?? LoadBytes(plugin.Files.Find(plugin.Name) ?? throw new FileNotFoundException($"{plugin.MainFile} is no assembly"));

        public void DeleteShadowCopies()
        {
            lock (_lock)
            {
                foreach (var folder in _shadows?.Values ?? Enumerable.Empty<string>())
                {
                    try
                    {
                        Directory.Delete(folder, recursive: true);
                    }
                    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                    {
                        // Windows keeps loaded libraries locked; the folder for temporary files is cleaned by others.
                    }
                }
            }
        }

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var simpleName = assemblyName.Name!;
            if (SharedAssemblies.IsShared(simpleName)) return null;
            var path = _resolver?.ResolveAssemblyToPath(assemblyName);
            // Files for one operating system or one language lie in folders below; the others were read when the plugin was found.
            if (path is not null && Path.GetDirectoryName(path) != plugin.Folder) return LoadBytes(PluginFiles.ReadAssembly(path));
            if (!string.IsNullOrEmpty(assemblyName.CultureName)) return null;
            if (plugin.Files.Find(simpleName) is { } bytes) return LoadBytes(bytes);
            // Not null: the runtime would go on to look among the host's own assemblies.
            throw new FileNotFoundException($"{simpleName}.dll is missing in {plugin.Folder}; plugins bring their own dependencies");
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName)
        {
            var path = _resolver?.ResolveUnmanagedDllToPath(unmanagedDllName) ?? FindNative(unmanagedDllName);
            return path is null ? 0 : LoadUnmanagedDllFromPath(ShadowCopy(path));
        }

        private Assembly LoadBytes(AssemblyBytes bytes) =>
            LoadFromStream(new MemoryStream(bytes.Dll), bytes.Pdb is null ? null : new MemoryStream(bytes.Pdb));

        private string? FindNative(string library)
        {
            foreach (var candidate in new[] { library, $"lib{library}.so", $"{library}.so", $"lib{library}.dylib", $"{library}.dll" })
            {
                var path = Path.Combine(plugin.Folder, candidate);
                if (Path.GetFileName(candidate) == candidate && File.Exists(path)) return path;
            }
            return null;
        }

        /// <summary>Copies the library with its neighbours, on which it may depend, to where nobody overwrites them.</summary>
        private string ShadowCopy(string path)
        {
            var folder = Path.GetDirectoryName(path)!;
            lock (_lock)
            {
                _shadows ??= [];
                if (!_shadows.TryGetValue(folder, out var shadow))
                {
                    shadow = Directory.CreateTempSubdirectory("tapedeck-native-").FullName;
                    foreach (var file in Directory.GetFiles(folder).Where(f => f == path || IsNativeFile(f))) File.Copy(file, Path.Combine(shadow, Path.GetFileName(file)));
                    _shadows.Add(folder, shadow);
                }
                return Path.Combine(shadow, Path.GetFileName(path));
            }
        }

        private bool IsNativeFile(string file)
        {
            var fileName = Path.GetFileName(file);
            if (fileName.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)) return plugin.Files.Find(Path.GetFileNameWithoutExtension(fileName)) is null;
            return fileName.EndsWith(".so", StringComparison.Ordinal) || fileName.Contains(".so.", StringComparison.Ordinal) || fileName.EndsWith(".dylib", StringComparison.Ordinal);
        }

        private static AssemblyDependencyResolver? MakeResolver(Plugin plugin)
        {
            try
            {
                return new AssemblyDependencyResolver(plugin.MainFile);
            }
            catch (Exception e) when (e is InvalidOperationException or IOException or ArgumentException)
            {
                return null; // The plugin's folder is gone or its manifest damaged since it was found; what was read is enough.
            }
        }
    }
}
