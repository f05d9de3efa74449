using System.Collections;

namespace Tapedeck.HookScript;

/// <summary>The environment variables that scripts and programs see.</summary>
internal static class StepEnvironment
{
    private static readonly string[] Always = ["PATH", "HOME", "TMPDIR", "TMP", "TEMP", "LANG", "TZ", "SystemRoot"];

    /// <summary>Those that everybody needs, and those that the operator lists.</summary>
    public static Dictionary<string, string> Make(HookScriptOptions options, IDictionary host)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Always.Concat(Listed(options)))
        {
            if (host[name] is string value)
                result[name] = value;
        }

        return result;
    }

    /// <summary>Listed ones that the host does not have.</summary>
    public static IReadOnlyList<string> Missing(HookScriptOptions options, IDictionary host) => [.. Listed(options).Where(n => host[n] is null)];

    private static string[] Listed(HookScriptOptions options) => options.Environment.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
