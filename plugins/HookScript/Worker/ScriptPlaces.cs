using System.Diagnostics;

namespace Tapedeck.Scripts;

/// <summary>Tells where in a script something happened.</summary>
internal static class ScriptPlaces
{
    /// <summary>The error with the innermost place in a script that it passed, and what caused it.</summary>
    public static string Describe(Exception error)
    {
        while (error is AggregateException { InnerExceptions: [var only] })
            error = only;
        var place = Of(new StackTrace(error, fNeedFileInfo: true));
        var text = error is ScriptException ? error.Message : $"{error.GetType().Name}: {error.Message}";
        for (var cause = error.InnerException; cause is not null; cause = cause.InnerException)
        {
            place ??= Of(new StackTrace(cause, fNeedFileInfo: true));
            text += $" ({cause.GetType().Name}: {cause.Message})";
        }

        return place is null ? text : $"{place}: {text}";
    }

    /// <summary>As <c>file(line,column)</c>; null when no frame is in a script.</summary>
    private static string? Of(StackTrace trace)
    {
        foreach (var frame in trace.GetFrames())
        {
            if (frame.GetFileName() is { } file && file.EndsWith(".csx", StringComparison.OrdinalIgnoreCase) && frame.GetFileLineNumber() > 0)
                return $"{Path.GetFileName(file)}({frame.GetFileLineNumber()},{frame.GetFileColumnNumber()})";
        }

        return null;
    }
}
