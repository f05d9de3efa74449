using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Tapedeck.Host.Settings;

/// <summary>
/// What is set, waiting for the records that know what may be set. Each part of the host binds its own record; a wrong value is noted
/// and the default taken, so that <see cref="Finish"/> can show every error at once.
/// </summary>
internal sealed class SettingsSource(IReadOnlyDictionary<string, SettingValue> values, IEnumerable<ConfigurationError> errors)
{
    private readonly List<ConfigurationError> _errors = [.. errors];
    private readonly List<SettingDescription> _known = [];
    private readonly HashSet<string> _sections = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every setting that was bound, in order of binding.</summary>
    public IReadOnlyList<SettingDescription> Known => _known;

    /// <summary>
    /// A <typeparamref name="T"/> whose init properties are set from <c>section.camelCaseProperty</c>. Properties whose type is a record
    /// are sections of their own; names that end in <c>Bytes</c> take sizes; attributes of System.ComponentModel.DataAnnotations are checked.
    /// </summary>
    public T Bind<T>(string section)
        where T : class, new()
    {
        var options = new T();
        Bind(options, section);
        return options;
    }

    /// <summary>All errors, unknown keys among them. Call when everything was bound.</summary>
    public IReadOnlyList<ConfigurationError> Finish()
    {
        var unknown = values.Values
            .Where(v => !_known.Exists(k => k.Key.Equals(v.Key, StringComparison.OrdinalIgnoreCase)))
            .Select(v => new ConfigurationError(v.Origin, Unknown(v.Key)));
        return [.. _errors, .. unknown];
    }

    private string Unknown(string key)
    {
        if (_sections.Contains(key)) return $"{key} is a section; write its settings below it, indented";
        var hint = Nearest.Hint(key, _known.Select(k => k.Key));
        return $"there is no setting {ValueText.Quoted(key)}" + (hint.Length > 0 ? hint : "; 'tapedeck settings' lists them all");
    }

    private void Bind(object options, string section)
    {
        _sections.Add(section);
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is not { IsPublic: true } || property.GetIndexParameters().Length > 0) continue;
            var key = section + "." + ValueText.Camel(property.Name);
            if (ValueConversion.IsScalar(property.PropertyType) || IsList(property.PropertyType))
                BindValue(options, property, key);
            else
                BindSection(options, property, key);
        }
        if (options is IValidatableObject validatable)
        {
            foreach (var result in validatable.Validate(new ValidationContext(options)))
            {
                var named = result.MemberNames.FirstOrDefault();
                var key = named is null ? section : section + "." + ValueText.Camel(named);
                _errors.Add(new(values.TryGetValue(key, out var value) ? value.Origin : key, result.ErrorMessage ?? "cannot be used"));
            }
        }
    }

    private void BindSection(object options, PropertyInfo property, string key)
    {
        // A default that is shared between records must not be changed: bind a copy.
        var shared = property.GetValue(options) ?? Activator.CreateInstance(property.PropertyType)!;
        var clone = shared.GetType().GetMethod("<Clone>$", BindingFlags.Public | BindingFlags.Instance);
        var own = clone?.Invoke(shared, null) ?? shared;
        Bind(own, key);
        property.SetValue(options, own);
    }

    private void BindValue(object options, PropertyInfo property, string key)
    {
        var form = new ValueForm(property.PropertyType, property.Name.EndsWith("Bytes", StringComparison.Ordinal));
        var isSecret = property.GetCustomAttribute<PasswordPropertyTextAttribute>() is { Password: true };
        var defaultText = ValueConversion.Show(form, property.GetValue(options));
        var source = "default";
        if (values.TryGetValue(key, out var given))
        {
            source = given.Origin;
            if (Convert(property, form, given, out var value, out var problem))
                property.SetValue(options, value);
            else
                _errors.Add(new(given.Origin, $"{key}: {(isSecret ? "the value" : ValueText.Quoted(given.Text ?? string.Join(", ", given.Items ?? [])))} cannot be used; {problem}"));
        }
        var text = isSecret ? "(hidden)" : ValueConversion.Show(form, property.GetValue(options));
        var (description, unit) = Describe(property, form);
        _known.RemoveAll(k => k.Key == key);
        _known.Add(new(key, isSecret ? "" : defaultText, unit, description, text, source));
    }

    private static bool Convert(PropertyInfo property, ValueForm form, SettingValue given, out object? value, out string problem)
    {
        value = null;
        problem = "";
        if (IsList(property.PropertyType))
        {
            var items = given.AsList();
            value = property.PropertyType == typeof(List<string>) ? items.ToList() : items.ToArray();
        }
        else if (given.Items is not null)
        {
            problem = "write one value, not a list";
            return false;
        }
        else if (given.Text is null || (given.Text.Length == 0 && form.Core != typeof(string)))
        {
            if (!IsNullable(property))
            {
                problem = "it needs a value; remove the line to get the default";
                return false;
            }
        }
        else if (!ValueConversion.TryConvert(form, given.Text, out value, out problem))
        {
            return false;
        }
        foreach (var attribute in property.GetCustomAttributes<ValidationAttribute>())
        {
            if (ValueConversion.Check(attribute, form, value) is not { } objection) continue;
            problem = objection;
            return false;
        }
        return true;
    }

    /// <summary>Text and unit; a unit that the type does not tell stands at the end of the description in square brackets.</summary>
    private static (string Text, string Unit) Describe(PropertyInfo property, ValueForm form)
    {
        var text = property.GetCustomAttribute<DescriptionAttribute>()?.Description.Trim() ?? "";
        var bracket = text.EndsWith(']') ? text.LastIndexOf('[') : -1;
        if (bracket >= 0) return (text[..bracket].TrimEnd(), text[(bracket + 1)..^1]);
        var unit = form.Core switch
        {
            var t when t == typeof(TimeSpan) => "duration",
            var t when t == typeof(bool) => "true, false",
            { IsEnum: true } t => string.Join(", ", ValueText.EnumNames(t)),
            var t when IsList(t) => "list",
            _ => form.IsBytes ? "bytes" : "",
        };
        return (text, unit);
    }

    private static bool IsList(Type type) => type != typeof(string) && type.IsAssignableFrom(typeof(string[])) || type == typeof(List<string>);

    private static bool IsNullable(PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null
        || (!property.PropertyType.IsValueType && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable);
}
