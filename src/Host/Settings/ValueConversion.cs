using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Tapedeck.Host.Settings;

/// <summary>How the text of one value is read and shown.</summary>
/// <param name="Type">Type of the property, nullable or not.</param>
/// <param name="IsBytes">A number that counts bytes and may be written as 16MiB.</param>
/// <param name="BareMilliseconds">A duration may be a bare number of milliseconds, as Wowza's properties are.</param>
internal readonly record struct ValueForm(Type Type, bool IsBytes = false, bool BareMilliseconds = false)
{
    public Type Core => Nullable.GetUnderlyingType(Type) ?? Type;
}

/// <summary>Text to typed value, typed value to text, and the checks that attributes ask for.</summary>
internal static class ValueConversion
{
    /// <summary>True for types that <see cref="TryConvert"/> knows.</summary>
    public static bool IsScalar(Type type)
    {
        var core = Nullable.GetUnderlyingType(type) ?? type;
        return core.IsEnum || core == typeof(string) || core == typeof(bool) || core == typeof(int) || core == typeof(long)
            || core == typeof(double) || core == typeof(TimeSpan);
    }

    /// <summary>Reads a value; <paramref name="problem"/> tells what was expected when it cannot be read.</summary>
    public static bool TryConvert(ValueForm form, string text, out object? value, out string problem)
    {
        var type = form.Core;
        value = null;
        problem = "";
        if (type == typeof(string))
        {
            value = text;
            return true;
        }
        if (type == typeof(bool))
        {
            problem = "write true or false";
            if (ValueText.TryBoolean(text, out var boolean)) value = boolean;
        }
        else if (type == typeof(TimeSpan))
        {
            if (form.BareMilliseconds && ValueText.TryDouble(text, out var milliseconds) && Math.Abs(milliseconds) < TimeSpan.MaxValue.TotalMilliseconds)
                value = TimeSpan.FromMilliseconds(milliseconds);
            else if (ValueText.TryDuration(text, out var duration, out problem))
                value = duration;
            if (form.BareMilliseconds) problem = "write milliseconds, such as 10000, or a duration, such as 10s";
        }
        else if (type.IsEnum)
        {
            problem = "write one of " + string.Join(", ", ValueText.EnumNames(type)) + Nearest.Hint(text, ValueText.EnumNames(type));
            value = ValueText.TryEnum(type, text);
        }
        else if (type == typeof(double))
        {
            problem = "write a number, such as 0.5";
            if (ValueText.TryDouble(text, out var number)) value = number;
        }
        else
        {
            value = WholeNumber(form, text, out problem);
        }
        return value is not null;
    }

    private static object? WholeNumber(ValueForm form, string text, out string problem)
    {
        problem = form.IsBytes ? "write a number of bytes, such as 64KiB, 16MiB or 1048576" : "write a whole number";
        var isRead = form.IsBytes
            ? ValueText.TryBytes(text, out var number)
            : long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        if (!isRead) return null;
        if (form.Core == typeof(long)) return number;
        if (number is >= int.MinValue and <= int.MaxValue) return (int)number;
        problem = $"it must be at most {Show(form, int.MaxValue)}";
        return null;
    }

    /// <summary>The value as one would write it.</summary>
    public static string Show(ValueForm form, object? value) => value switch
    {
        null => "",
        string text => text,
        bool boolean => boolean ? "true" : "false",
        TimeSpan duration => ValueText.Duration(duration),
        int number when form.IsBytes => ValueText.Bytes(number),
        long number when form.IsBytes => ValueText.Bytes(number),
        Enum => ValueText.Camel(value.ToString()!),
        IEnumerable<string> list => string.Join(", ", list),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>What an attribute objects to; null when it is content. Avoids the framework's validator, which keeps types of plugins for ever.</summary>
    public static string? Check(ValidationAttribute attribute, ValueForm form, object? value)
    {
        bool isValid;
        try
        {
            isValid = attribute.IsValid(value);
        }
        catch (Exception e) when (e is OverflowException or FormatException or InvalidCastException)
        {
            isValid = false;
        }
        if (isValid) return null;
        if (attribute.ErrorMessage is { Length: > 0 } own) return own;
        return attribute switch
        {
            RangeAttribute range => $"it must be between {Show(form, range.Minimum)} and {Show(form, range.Maximum)}",
            RequiredAttribute => "it must not be empty",
            RegularExpressionAttribute pattern => $"it must match {pattern.Pattern}",
            _ => attribute.FormatErrorMessage("it"),
        };
    }
}
