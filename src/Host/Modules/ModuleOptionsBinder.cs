using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Settings;
using Tapedeck.Modules;

namespace Tapedeck.Host.Modules;

/// <summary>Fills the options class of a module from the application's properties.</summary>
/// <param name="properties">The application's properties.</param>
/// <param name="module">The module's entry, blamed for what is missing.</param>
internal sealed class ModuleOptionsBinder(ApplicationProperties properties, ModuleEntry module)
{
    /// <summary>Values that cannot be used.</summary>
    public List<ConfigurationError> Errors { get; } = [];

    /// <summary>Properties that look as if they were meant for the module but that it does not have.</summary>
    public List<ConfigurationError> Warnings { get; } = [];

    /// <param name="type">A class marked <see cref="ModuleOptionsAttribute"/>.</param>
    /// <param name="prefix">What its properties' names begin with.</param>
    public object Bind(Type type, string prefix)
    {
        var options = Activator.CreateInstance(type)!;
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is not { IsPublic: true } || property.GetIndexParameters().Length > 0) continue;
            // As people write it: with an empty prefix the name begins with a small letter.
            var name = prefix.Length == 0 ? ValueText.Camel(property.Name) : prefix + property.Name;
            names.Add(name);
            BindProperty(options, property, name);
        }
        if (prefix.Length > 0) ReportUnknown(prefix, names);
        return options;
    }

    private void BindProperty(object options, PropertyInfo property, string name)
    {
        var form = new ValueForm(property.PropertyType, property.Name.EndsWith("Bytes", StringComparison.Ordinal), BareMilliseconds: true);
        if (!ValueConversion.IsScalar(property.PropertyType))
        {
            Errors.Add(new(module.Location, $"{name} has the type {property.PropertyType.Name}, which properties cannot give; this is a fault of the module"));
            return;
        }
        var given = properties.Find(name);
        // Wowza's templates keep empty values for what is not set.
        var isGiven = given is not null && (given.Value.Length > 0 || form.Core == typeof(string));
        var value = property.GetValue(options);
        if (isGiven)
        {
            if (!ValueConversion.TryConvert(form, given!.Value, out value, out var problem))
            {
                Errors.Add(new(given.Location, $"property {name}: {ValueText.Quoted(given.Value)} cannot be used; {problem}"));
                return;
            }
            property.SetValue(options, value);
        }
        foreach (var attribute in property.GetCustomAttributes<ValidationAttribute>())
        {
            // Defaults are the module's own affair, except that something must be there.
            if (!isGiven && attribute is not RequiredAttribute) continue;
            if (ValueConversion.Check(attribute, form, value) is not { } objection) continue;
            Errors.Add(isGiven
                ? new(given!.Location, $"property {name}: {ValueText.Quoted(given.Value)} cannot be used; {objection}")
                : new(module.Location, $"module {module.Name} needs the property {name}"));
        }
    }

    private void ReportUnknown(string prefix, HashSet<string> names)
    {
        foreach (var name in properties.Names)
        {
            if (name.Length == prefix.Length || !name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) || names.Contains(name)) continue;
            Warnings.Add(new(properties.Find(name)!.Location, $"module {module.Name} has no property {ValueText.Quoted(name)}{Nearest.Hint(name, names)}"));
        }
    }
}
