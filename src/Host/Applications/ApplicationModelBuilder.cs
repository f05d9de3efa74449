using Tapedeck.Host.Settings;
using Tapedeck.Recordings;

namespace Tapedeck.Host.Applications;

/// <summary>Judges what an application file says: everything that is wrong with it at once, or a model.</summary>
internal sealed class ApplicationModelBuilder
{
    // Wowza's own parts: connect, publish and play are built in here, and there is nothing to list for them.
    private static readonly string[] ForeignModules = ["com.wowza.wms.module.", "com.wowza.wms.security."];

    // Users rely on what this one does with their files; it must be missed loudly, not passed over.
    private static readonly string[] NotPassedOver = ["com.wowza.wms.module.ModuleMediaWriterFileMover"];

    private readonly ApplicationConfig _config;
    private readonly string _name;
    private readonly Home _home;
    private readonly List<string> _ignoredModules = [];

    private ApplicationModelBuilder(ApplicationConfig config, string name, Home home)
    {
        _config = config;
        _name = name;
        _home = home;
    }

    /// <param name="config">The file.</param>
    /// <param name="name">The folder's name.</param>
    /// <param name="home">Where relative paths and variables lead.</param>
    /// <param name="notice">The one line that lists what of the file has no effect; null when everything has.</param>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    public static ApplicationModel Build(ApplicationConfig config, string name, Home home, out string? notice)
    {
        var builder = new ApplicationModelBuilder(config, name, home);
        var model = builder.Build();
        notice = builder.Notice();
        if (config.Errors.Count > 0)
            throw new ConfigurationException([.. config.Errors.OrderBy(e => e.Location.Line).ThenBy(e => e.Location.Column)]);
        return model;
    }

    private ApplicationModel Build()
    {
        if (_config.Name is { Text.Length: > 0 } named && !named.Text.Equals(_name, StringComparison.OrdinalIgnoreCase))
            Warn(named.Location, $"the application is called {_name} after its folder, not {ValueText.Quoted(named.Text)}");
        var application = Properties(_config.Properties);
        var recorder = Properties(_config.RecorderProperties);
        var properties = new ApplicationProperties(application, recorder);
        var defaults = new RecordingDefaults(properties, Error);
        return new ApplicationModel
        {
            Name = _name,
            File = _config.File,
            AppType = _config.AppType is { Text.Length: > 0 } type ? type.Text : "Live",
            Description = _config.Description?.Text ?? "",
            StreamType = StreamTypeOf(),
            Storage = Storage(),
            Properties = properties,
            Modules = Modules(),
            Steps = new StepProperties(_config.Steps, properties, Error).ReadSteps(),
            StepDirectories = new StepProperties(_config.Steps, properties, Error).ReadDirectories(),
            RecordingFormat = Format(properties, "recordingFormat") ?? Format(properties, "streamRecorderFileFormat") ?? RecordingFormat.Mp4,
            Recording = defaults.Read(),
            Preroll = defaults.ReadPreroll(),
            StoragePolicy = new StorageProperties(properties, Error).ReadPolicy(),
            Retention = new StorageProperties(properties, Error).ReadRetention(),
            DuplicatePublish = Option(properties, "duplicatePublish", DuplicatePublish.Refuse),
        };
    }

    private StreamType StreamTypeOf()
    {
        if (_config.StreamType is not { Text.Length: > 0 } given)
        {
            Warn(_config.StreamType?.Location ?? new SourceLocation(_config.File), "no stream type is given: streams are live and not recorded; write live or live-record");
            return StreamType.Live;
        }
        if (StreamType.Find(given.Text) is { } served) return served;
        Error(given.Location, StreamType.PurposeOfUnserved(given.Text) is { } purpose
            ? $"the stream type {given.Text} {purpose}, which this host does not do; write live or live-record to let clients publish"
            : $"there is no stream type {ValueText.Quoted(given.Text)}{Nearest.HintOrAll(given.Text, StreamType.Names)}");
        return StreamType.Live;
    }

    private StorageDirectory Storage()
    {
        var given = _config.StorageDir ?? new Located("", new SourceLocation(_config.File));
        if (StorageDirectory.TryParse(given.Text, _home, _name, out var problem) is { } storage) return storage;
        Error(given.Location, problem);
        return StorageDirectory.TryParse("", _home, _name, out _)!;
    }

    private List<ApplicationProperty> Properties(List<PropertyConfig> configs)
    {
        var seen = new Dictionary<string, PropertyConfig>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in configs)
        {
            if (seen.TryGetValue(property.Name, out var first))
                Warn(property.Location, $"property {property.Name} is given twice, first in line {first.Location.Line}; this one counts");
            seen[property.Name] = property;
            CheckType(property);
        }
        return [.. seen.Values.Select(p => new ApplicationProperty(p.Name, p.Value, p.Location))];
    }

    private void CheckType(PropertyConfig property)
    {
        if (string.IsNullOrEmpty(property.Type)) return;
        if (!PropertyType.IsKnown(property.Type))
            Warn(property.Location, $"property {property.Name} has the unknown type {ValueText.Quoted(property.Type)}; it is taken as text");
        else if (PropertyType.Check(property.Type, property.Value) is { } remedy)
            Error(property.Location, $"property {property.Name}: {ValueText.Quoted(property.Value)} is no {property.Type}; {remedy}");
    }

    private List<ModuleEntry> Modules()
    {
        var modules = new List<ModuleEntry>();
        foreach (var module in _config.Modules)
        {
            if (Array.Exists(ForeignModules, p => module.Class.StartsWith(p, StringComparison.OrdinalIgnoreCase))
                && !NotPassedOver.Contains(module.Class, StringComparer.OrdinalIgnoreCase))
            {
                _ignoredModules.Add(module.Class[(module.Class.LastIndexOf('.') + 1)..]);
                continue;
            }
            if (modules.Find(m => m.Class.Equals(module.Class, StringComparison.OrdinalIgnoreCase)) is { } first)
            {
                Error(module.Location, $"module {module.Class} is listed twice, first in line {first.Location.Line}; remove one");
                continue;
            }
            modules.Add(new ModuleEntry(module.Name.Length > 0 ? module.Name : module.Class, module.Description, module.Class, module.Location));
        }
        return modules;
    }

    private RecordingFormat? Format(ApplicationProperties properties, string name)
    {
        if (properties.Find(name) is not { Value.Length: > 0 } property) return null;
        if (RecordingFormatNames.Find(property.Value) is { } format) return format;
        Error(property.Location, $"{name}: {ValueText.Quoted(property.Value)} cannot be used; write one of {string.Join(", ", RecordingFormatNames.Names)}");
        return null;
    }

    private T Option<T>(ApplicationProperties properties, string name, T defaultValue)
        where T : struct, Enum
    {
        if (properties.Find(name) is not { Value.Length: > 0 } property) return defaultValue;
        if (ValueConversion.TryConvert(new ValueForm(typeof(T)), property.Value, out var value, out var problem)) return (T)value!;
        Error(property.Location, $"{name}: {ValueText.Quoted(property.Value)} cannot be used; {problem}");
        return defaultValue;
    }

    private string? Notice()
    {
        var ignored = _config.Ignored.Distinct().ToList();
        if (ignored.Count == 0 && _ignoredModules.Count == 0) return null;
        var parts = new List<string>();
        if (ignored.Count > 0) parts.Add("elements " + string.Join(", ", ignored));
        if (_ignoredModules.Count > 0) parts.Add("modules " + string.Join(", ", _ignoredModules));
        return $"{_config.File}: has no effect here: {string.Join("; ", parts)}";
    }

    private void Error(SourceLocation location, string message) => _config.Errors.Add(new(location, message));

    private void Warn(SourceLocation location, string message) => _config.Warnings.Add(new(location, message));
}
