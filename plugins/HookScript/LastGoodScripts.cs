using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapedeck.HookScript.Protocol;

namespace Tapedeck.HookScript;

/// <summary>
/// The last version of each script that compiled. Kept by the host: workers come and go, and what runs while an edit does not compile must not depend
/// on that.
/// </summary>
internal sealed partial class LastGoodScripts(ILogger logger)
{
    private readonly ConcurrentDictionary<string, ScriptImage> _images = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _said = new(StringComparer.Ordinal); // content that was called broken, by path

    public ScriptImage? Find(ScriptPlace script) => _images.GetValueOrDefault(script.Path);

    public void Compiled(ScriptPlace script, ScriptImage image)
    {
        var isNew = !_images.TryGetValue(script.Path, out var before);
        _images[script.Path] = image;
        var wasBroken = _said.TryRemove(script.Path, out _);
        if ((!isNew && before!.Content != image.Content) || wasBroken)
            LogChanged(logger, Path.GetFileName(script.Path));
    }

    /// <summary>Says so, once for each content.</summary>
    public void Broken(ScriptPlace script, BrokenMessage broken)
    {
        if (_said.TryGetValue(script.Path, out var said) && said == broken.Content)
            return;
        _said[script.Path] = broken.Content;
        LogBroken(
            logger, Path.GetFileName(script.Path), broken.HasLastGood ? "the last good version goes on" : "its steps wait until it is mended",
            string.Join(Environment.NewLine, broken.Errors));
    }

    [LoggerMessage(LogLevel.Information, "{Script}: the new version is used from now on")]
    private static partial void LogChanged(ILogger logger, string script);

    [LoggerMessage(LogLevel.Error, "{Script} does not compile; {Consequence}: {Errors}")]
    private static partial void LogBroken(ILogger logger, string script, string consequence, string errors);
}
