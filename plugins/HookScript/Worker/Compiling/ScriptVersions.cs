using Tapedeck.HookScript.Protocol;

namespace Tapedeck.Scripts.Compiling;

/// <summary>The scripts that this worker has loaded. Each is compiled once per content; an edit that does not compile leaves the last good version in place.</summary>
internal sealed class ScriptVersions
{
    private readonly Dictionary<string, LoadedScript> _loaded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Compilation> _broken = new(StringComparer.Ordinal);

    /// <summary>What a look at the files came to.</summary>
    /// <param name="Compiled">A new version; null when there is none.</param>
    /// <param name="Content">Hash of what does not compile.</param>
    /// <param name="Errors">Why the present version does not compile; empty when it does.</param>
    /// <param name="HasVersion">Whether there is one to run.</param>
    public readonly record struct Refreshed(ScriptImage? Compiled, string Content, IReadOnlyList<string> Errors, bool HasVersion);

    public LoadedScript Current(ScriptPlace script) => _loaded[script.Path];

    /// <summary>Looks whether the script is as it was, and compiles it when it is not.</summary>
    /// <param name="script">Which.</param>
    /// <param name="lastGood">The last good version that the host knows.</param>
    public Refreshed Refresh(ScriptPlace script, ScriptImage? lastGood)
    {
        var loaded = _loaded.GetValueOrDefault(script.Path);
        if (lastGood is not null && loaded?.Image.Content != lastGood.Content && LoadedScript.CanLoad(lastGood))
            loaded = Replace(script, lastGood);
        if (loaded is not null && IsPresent(loaded.Image.Sources) && IsPresent(loaded.Image.Libraries))
        {
            _broken.Remove(script.Path);
            return new Refreshed(null, loaded.Image.Content, [], HasVersion: true);
        }

        if (!_broken.TryGetValue(script.Path, out var broken) || !broken.IsComplete || !IsPresent(broken.Parts))
        {
            var compilation = ScriptCompiler.Compile(script);
            if (compilation.Image is { } image)
            {
                _broken.Remove(script.Path);
                Replace(script, image);
                return new Refreshed(image, image.Content, [], HasVersion: true);
            }

            _broken[script.Path] = broken = compilation;
        }

        return new Refreshed(null, ScriptContent.Hash(broken.Parts), broken.Errors, loaded is not null);
    }

    private LoadedScript Replace(ScriptPlace script, ScriptImage image)
    {
        if (_loaded.Remove(script.Path, out var old))
            old.Unload();
        return _loaded[script.Path] = LoadedScript.Load(image);
    }

    /// <summary>Whether the files are as they were. They are small, and read whole: times and sizes may lie.</summary>
    private static bool IsPresent(IReadOnlyList<ScriptPart> parts) => parts.All(p => ScriptContent.TryHash(p.Path) == p.Content);
}
