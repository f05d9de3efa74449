using System.Globalization;
using Tapedeck.Applications;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Applications;

/// <param name="Name">As written.</param>
/// <param name="Value">Its text, checked against its type.</param>
/// <param name="Location">Where it stands, for errors of modules that read it.</param>
internal sealed record ApplicationProperty(string Name, string Value, SourceLocation Location);

/// <summary>Properties of an application; those of the application itself win over those of its StreamRecorder.</summary>
internal sealed class ApplicationProperties : IApplicationProperties
{
    private readonly Dictionary<string, ApplicationProperty> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _names = [];

    public ApplicationProperties(IEnumerable<ApplicationProperty> application, IEnumerable<ApplicationProperty> recorder)
    {
        foreach (var property in application) _byName[property.Name] = property;
        foreach (var property in recorder) _byName.TryAdd(property.Name, property);
        _names.AddRange(_byName.Values.OrderBy(p => p.Location.Line).ThenBy(p => p.Location.Column).Select(p => p.Name));
    }

    public static ApplicationProperties None { get; } = new([], []);

    public IReadOnlyCollection<string> Names => _names;

    /// <summary>The property with its place in the file; null when there is none.</summary>
    public ApplicationProperty? Find(string name) => _byName.GetValueOrDefault(name);

    public string? GetString(string name, string? defaultValue = null) => Find(name)?.Value ?? defaultValue;

    public bool GetBoolean(string name, bool defaultValue) =>
        Find(name) is { } property && ValueText.TryBoolean(property.Value, out var value) ? value : defaultValue;

    public long GetInt64(string name, long defaultValue) =>
        Find(name) is { } property && long.TryParse(property.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : defaultValue;

    public double GetDouble(string name, double defaultValue) =>
        Find(name) is { } property && ValueText.TryDouble(property.Value.Trim(), out var value) ? value : defaultValue;
}
