using System.Text;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Applications;

/// <summary>Where the recordings of an application go: a path with variables, or the default when the file leaves it open.</summary>
internal sealed class StorageDirectory
{
    public const string DefaultInstance = "_definst_";

    private readonly IReadOnlyList<Part> _parts;
    private readonly Home _home;
    private readonly string _application;

    private StorageDirectory(string template, IReadOnlyList<Part> parts, Home home, string application)
    {
        Template = template;
        _parts = parts;
        _home = home;
        _application = application;
    }

    private enum Variable { None, Home, Application, Instance, Host }

    private readonly record struct Part(Variable Variable, string Text);

    private static readonly Dictionary<string, Variable> Variables = new(StringComparer.Ordinal)
    {
        ["Home"] = Variable.Home,
        ["Application"] = Variable.Application,
        ["Instance"] = Variable.Instance,
        ["com.wowza.wms.AppHome"] = Variable.Home,
        ["com.wowza.wms.ConfigHome"] = Variable.Home,
        ["com.wowza.wms.context.VHostConfigHome"] = Variable.Home,
        ["com.wowza.wms.context.VHost"] = Variable.Host,
        ["com.wowza.wms.context.Application"] = Variable.Application,
        ["com.wowza.wms.context.ApplicationInstance"] = Variable.Instance,
    };

    /// <summary>The path as written, empty for the default.</summary>
    public string Template { get; }

    /// <summary>Splits the path into its parts; <paramref name="problem"/> names an unknown variable.</summary>
    public static StorageDirectory? TryParse(string template, Home home, string application, out string problem)
    {
        problem = "";
        template = template.Trim();
        var parts = new List<Part>();
        for (var i = 0; i < template.Length;)
        {
            var open = template.IndexOf("${", i, StringComparison.Ordinal);
            if (open < 0) open = template.Length;
            if (open > i) parts.Add(new(Variable.None, template[i..open]));
            if (open == template.Length) break;
            var close = template.IndexOf('}', open);
            if (close < 0)
            {
                problem = $"'{template[open..]}' lacks its closing brace";
                return null;
            }
            var name = template[(open + 2)..close];
            if (!Variables.TryGetValue(name, out var variable))
            {
                problem = $"there is no variable ${{{name}}} here{Nearest.HintOrAll(name, Variables.Keys)}";
                return null;
            }
            parts.Add(new(variable, ""));
            i = close + 1;
        }
        if (template.Contains('\0', StringComparison.Ordinal))
        {
            problem = "the path holds a character that no path may hold";
            return null;
        }
        return new StorageDirectory(template, parts, home, application);
    }

    /// <summary>The absolute folder for an instance, whose name must be valid (<see cref="InstanceName"/>). Relative paths begin at the home.</summary>
    public string Resolve(string instance)
    {
        if (_parts.Count == 0)
        {
            var own = Path.Combine(_home.Content, _application);
            return instance == DefaultInstance ? own : Path.Combine(own, instance);
        }
        var path = new StringBuilder();
        foreach (var part in _parts)
        {
            path.Append(part.Variable switch
            {
                Variable.Home => _home.Root,
                Variable.Application => _application,
                Variable.Instance => instance,
                Variable.Host => "_defaultVHost_",
                _ => part.Text,
            });
        }
        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(path.ToString(), _home.Root));
    }
}
