using System.Collections;

namespace Tapedeck.Host.Settings;

/// <summary>Collects what is set in <c>conf/host.yaml</c>, the environment and on the command line; later ones win.</summary>
internal static class SettingsLoader
{
    public const string VariablePrefix = "TAPEDECK__";

    /// <param name="confFile">The YAML file; it need not exist.</param>
    /// <param name="commandLine">Values of <c>--set</c>, each <c>key=value</c>; of two with one key the later wins.</param>
    /// <param name="environment">All environment variables.</param>
    public static SettingsSource Load(string confFile, IEnumerable<string> commandLine, IDictionary environment)
    {
        var values = new Dictionary<string, SettingValue>(StringComparer.OrdinalIgnoreCase);
        var errors = new List<ConfigurationError>();
        foreach (var layer in new IEnumerable<SettingValue>[] { FromFile(confFile, errors), FromEnvironment(environment, errors), FromCommandLine(commandLine, errors) })
        {
            foreach (var value in layer) values[value.Key] = value;
        }
        return new SettingsSource(values, errors);
    }

    private static Dictionary<string, SettingValue>.ValueCollection FromFile(string file, List<ConfigurationError> errors)
    {
        var found = new Dictionary<string, SettingValue>(StringComparer.OrdinalIgnoreCase);
        if (!File.Exists(file)) return found.Values;
        try
        {
            Flatten("", YamlTree.Load(file), found, errors);
        }
        catch (ConfigurationException e)
        {
            errors.AddRange(e.Errors);
        }
        return found.Values;
    }

    private static void Flatten(string prefix, YamlMap map, Dictionary<string, SettingValue> found, List<ConfigurationError> errors)
    {
        foreach (var (name, location, node) in map.Entries)
        {
            var key = prefix + name;
            var origin = location.ToString();
            switch (node)
            {
                case YamlMap section:
                    Flatten(key + ".", section, found, errors);
                    continue;
                case YamlList list when list.Items.FirstOrDefault(i => i is not YamlScalar) is { } odd:
                    errors.Add(new(odd.Location, $"{key} is a list of plain values, but this is {odd.Kind}"));
                    continue;
                case YamlList list:
                    Add(new(key, origin, null, [.. list.Items.Cast<YamlScalar>().Select(s => s.Text)]));
                    continue;
                case YamlScalar scalar:
                    Add(new(key, origin, scalar.IsNull ? null : scalar.Text));
                    continue;
            }
        }

        void Add(SettingValue value)
        {
            if (!found.TryAdd(value.Key, value))
                errors.Add(new(value.Origin, $"{value.Key} is set twice, first at {found[value.Key].Origin}; remove one"));
        }
    }

    private static Dictionary<string, SettingValue>.ValueCollection FromEnvironment(IDictionary environment, List<ConfigurationError> errors)
    {
        var found = new Dictionary<string, SettingValue>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry variable in environment)
        {
            var name = (string)variable.Key;
            if (!name.StartsWith(VariablePrefix, StringComparison.OrdinalIgnoreCase)) continue;
            // Keys have no underscores of their own, so QUEUE_LENGTH can only mean queueLength.
            var key = name[VariablePrefix.Length..].Replace("__", ".", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
            var value = new SettingValue(key, $"environment variable {name}", variable.Value as string ?? "");
            if (!found.TryAdd(key, value))
                errors.Add(new(value.Origin, $"sets the same as {found[key].Origin}; remove one"));
        }
        return found.Values;
    }

    private static List<SettingValue> FromCommandLine(IEnumerable<string> commandLine, List<ConfigurationError> errors)
    {
        var found = new List<SettingValue>();
        foreach (var argument in commandLine)
        {
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                errors.Add(new($"--set {argument}", "write --set key=value, such as --set rtmp.listen=127.0.0.1:1935"));
            else
                found.Add(new(argument[..equals].Trim(), $"--set {argument[..equals].Trim()}", argument[(equals + 1)..]));
        }
        return found;
    }
}
