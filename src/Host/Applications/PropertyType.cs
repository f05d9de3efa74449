using System.Globalization;
using Tapedeck.Host.Settings;

namespace Tapedeck.Host.Applications;

/// <summary>The types that Wowza's properties declare.</summary>
internal static class PropertyType
{
    private static readonly Dictionary<string, Func<string, string?>> Checks = new(StringComparer.OrdinalIgnoreCase)
    {
        ["String"] = _ => null,
        ["Boolean"] = v => ValueText.TryBoolean(v, out _) ? null : "write true or false",
        ["Byte"] = v => Whole(v, sbyte.MinValue, sbyte.MaxValue),
        ["Short"] = v => Whole(v, short.MinValue, short.MaxValue),
        ["Integer"] = v => Whole(v, int.MinValue, int.MaxValue),
        ["Int"] = v => Whole(v, int.MinValue, int.MaxValue),
        ["Long"] = v => Whole(v, long.MinValue, long.MaxValue),
        ["Float"] = v => ValueText.TryDouble(v, out _) ? null : "write a number, such as 0.5",
        ["Double"] = v => ValueText.TryDouble(v, out _) ? null : "write a number, such as 0.5",
    };

    public static bool IsKnown(string type) => Checks.ContainsKey(type);

    /// <summary>The remedy when the value is not of this type; null when it is.</summary>
    public static string? Check(string type, string value) => Checks[type](value);

    private static string? Whole(string value, long minimum, long maximum)
    {
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return "write a whole number";
        return number >= minimum && number <= maximum ? null : $"write a whole number from {minimum} to {maximum}";
    }
}
