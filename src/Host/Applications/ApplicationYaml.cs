using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Applications;

/// <summary>Reads Application.yaml; the example that comes with the program shows its form.</summary>
internal static class ApplicationYaml
{
    public static readonly IReadOnlyList<string> FileNames = ["Application.yaml", "Application.yml"];

    private static readonly string[] Keys =
        ["name", "appType", "description", "streamType", "storageDir", "recordingFormat", "duplicatePublish", "properties", "streamRecorder", "modules", "steps"];

    /// <exception cref="ConfigurationException">The file cannot be read or is no valid YAML.</exception>
    public static ApplicationConfig Load(string path) => Read(new ApplicationConfig(path), YamlTree.Load(path));

    /// <summary>The same for text that <paramref name="file"/> is said to hold.</summary>
    public static ApplicationConfig Parse(string file, string text) => Read(new ApplicationConfig(file), YamlTree.Parse(file, text));

    private static ApplicationConfig Read(ApplicationConfig config, YamlMap root)
    {
        foreach (var entry in root.Entries)
        {
            switch (Keys.FirstOrDefault(k => k.Equals(entry.Key, StringComparison.OrdinalIgnoreCase)))
            {
                case "name": config.Name = Text(config, entry); break;
                case "appType": config.AppType = Text(config, entry); break;
                case "description": config.Description = Text(config, entry); break;
                case "streamType": config.StreamType = Text(config, entry); break;
                case "storageDir": config.StorageDir = Text(config, entry); break;
                case "recordingFormat" or "duplicatePublish":
                    if (Text(config, entry) is { } value) config.Properties.Add(new(entry.Key, value.Text, null, value.Location));
                    break;
                case "properties": ReadProperties(config, entry, config.Properties); break;
                case "streamRecorder": ReadProperties(config, entry, config.RecorderProperties); break;
                case "modules": ReadModules(config, entry); break;
                case "steps": ReadSteps(config, entry); break;
                default:
                    config.Errors.Add(new(entry.KeyLocation, $"there is no setting {ValueText.Quoted(entry.Key)}{Nearest.Hint(entry.Key, Keys)}; settings of modules go below 'properties'"));
                    break;
            }
        }
        return config;
    }

    private static Located? Text(ApplicationConfig config, YamlEntry entry)
    {
        if (entry.Value is YamlScalar scalar) return scalar.IsNull ? null : new Located(scalar.Text.Trim(), scalar.Location);
        config.Errors.Add(new(entry.Value.Location, $"{entry.Key} is one value, but this is {entry.Value.Kind}"));
        return null;
    }

    private static void ReadProperties(ApplicationConfig config, YamlEntry entry, List<PropertyConfig> target)
    {
        if (entry.Value is YamlScalar { IsNull: true }) return;
        if (entry.Value is not YamlMap map)
        {
            config.Errors.Add(new(entry.Value.Location, $"{entry.Key} holds lines of the form 'name: value', but this is {entry.Value.Kind}"));
            return;
        }
        foreach (var property in map.Entries)
        {
            if (property.Value is YamlScalar value)
                target.Add(new(property.Key, value.IsNull ? "" : value.Text, null, value.Location));
            else
                config.Errors.Add(new(property.Value.Location, $"property {property.Key} is one value, but this is {property.Value.Kind}"));
        }
    }

    private static void ReadModules(ApplicationConfig config, YamlEntry entry)
    {
        if (entry.Value is YamlScalar { IsNull: true }) return;
        if (entry.Value is not YamlList list)
        {
            config.Errors.Add(new(entry.Value.Location, $"modules is a list, one '- Class.Name' a line, but this is {entry.Value.Kind}"));
            return;
        }
        foreach (var item in list.Items)
        {
            if (item is YamlScalar { IsNull: false } type)
                config.Modules.Add(new("", "", type.Text.Trim(), type.Location));
            else if (item is YamlMap map)
                ReadModule(config, map);
            else
                config.Errors.Add(new(item.Location, "a module is the name of its class, or a section with name, class and description"));
        }
    }

    private static void ReadSteps(ApplicationConfig config, YamlEntry entry)
    {
        if (entry.Value is YamlScalar { IsNull: true }) return;
        if (entry.Value is not YamlList list)
        {
            config.Errors.Add(new(entry.Value.Location, $"steps is a list, one '- kind: argument' a line, but this is {entry.Value.Kind}"));
            return;
        }
        foreach (var item in list.Items)
        {
            if (item is YamlScalar { IsNull: false } kind)
                config.Steps.Add(new(kind.Text.Trim(), null, [], kind.Location));
            else if (item is YamlMap { Entries.Count: > 0 } map && map.Entries[0] is var first)
                config.Steps.Add(new(first.Key, Text(config, first)?.Text, [.. map.Entries.Skip(1).Select(e => (e.Key, Text(config, e) ?? new Located("", e.KeyLocation)))], map.Location));
            else
                config.Errors.Add(new(item.Location, "a step is its kind, such as s3-upload, or 'kind: argument', such as script: rename.csx"));
        }
    }

    private static void ReadModule(ApplicationConfig config, YamlMap map)
    {
        Located? name = null, description = null, type = null;
        foreach (var entry in map.Entries)
        {
            if (Is("name")) name = Text(config, entry);
            else if (Is("description")) description = Text(config, entry);
            else if (Is("class")) type = Text(config, entry);
            else config.Errors.Add(new(entry.KeyLocation, $"a module has name, class and description, not {ValueText.Quoted(entry.Key)}"));

            bool Is(string key) => key.Equals(entry.Key, StringComparison.OrdinalIgnoreCase);
        }
        if (type is { Text.Length: > 0 } given)
            config.Modules.Add(new(name?.Text ?? "", description?.Text ?? "", given.Text, given.Location));
        else
            config.Errors.Add(new(map.Location, "a module needs 'class', the full name of its class"));
    }
}
