using System.Reflection;
using System.Runtime.Loader;
using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts.Compiling;

/// <summary>A version of a script, loaded into a context of its own that goes when nobody uses it any more.</summary>
internal sealed class LoadedScript
{
    private readonly Context _context;
    private readonly Func<object?[], Task<object?>> _entry;

    private LoadedScript(ScriptImage image, Context context, Func<object?[], Task<object?>> entry)
    {
        Image = image;
        _context = context;
        _entry = entry;
    }

    public ScriptImage Image { get; }

    /// <summary>Whether its libraries still are what it was compiled with, so that it can be loaded.</summary>
    public static bool CanLoad(ScriptImage image) => image.Libraries.All(l => ScriptContent.TryHash(l.Path) == l.Content);

    public static LoadedScript Load(ScriptImage image)
    {
        var context = new Context(image);
        using var assembly = new MemoryStream(image.Assembly);
        using var symbols = new MemoryStream(image.Symbols);
        var entry = context.LoadFromStream(assembly, symbols).GetType(image.EntryType, throwOnError: true)!
            .GetMethod(image.EntryMethod, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;
        return new LoadedScript(image, context, entry.CreateDelegate<Func<object?[], Task<object?>>>());
    }

    /// <summary>Runs it from the top: its variables are new each time.</summary>
    public Task<object?> Start(ScriptGlobals globals) => _entry([globals, null]);

    public void Unload() => _context.Unload();

    private sealed class Context(ScriptImage image) : AssemblyLoadContext(Path.GetFileName(image.Sources[0].Path), isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var file = assemblyName.Name + ".dll";
            var library = image.Libraries.FirstOrDefault(l => Path.GetFileName(l.Path).Equals(file, StringComparison.OrdinalIgnoreCase));
            if (library is null)
                return null;
            // From memory: a file that is replaced in place would change what runs.
            using var bytes = new MemoryStream(System.IO.File.ReadAllBytes(library.Path));
            return LoadFromStream(bytes);
        }
    }
}
