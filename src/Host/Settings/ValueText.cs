using System.Globalization;

namespace Tapedeck.Host.Settings;

/// <summary>The written form of values: durations, byte sizes, numbers, booleans, enums. Parsers return the remedy when they fail.</summary>
internal static class ValueText
{
    private static readonly (string Suffix, double Milliseconds)[] DurationUnits =
        [("ms", 1), ("min", 60_000), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    private static readonly (string Suffix, long Factor)[] ByteUnits =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ];

    public static bool TryDuration(string text, out TimeSpan value, out string remedy)
    {
        remedy = "write a number with its unit, such as 500ms, 10s, 30min or 1h";
        value = default;
        text = text.Trim();
        if (text.Contains(':', StringComparison.Ordinal))
            return TimeSpan.TryParseExact(text, ["c", @"hh\:mm\:ss", @"hh\:mm\:ss\.FFFFFFF"], CultureInfo.InvariantCulture, out value);
        foreach (var (suffix, milliseconds) in DurationUnits)
        {
            if (!text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) continue;
            if (!TryDouble(text[..^suffix.Length].TrimEnd(), out var number)) continue;
            var ticks = number * milliseconds * TimeSpan.TicksPerMillisecond;
            if (Math.Abs(ticks) >= long.MaxValue) return false;
            value = TimeSpan.FromTicks((long)Math.Round(ticks));
            return true;
        }
        if (TryDouble(text, out _)) remedy = $"a number alone has no unit: write {text}s or {text}ms";
        return false;
    }

    public static string Duration(TimeSpan value)
    {
        if (value == TimeSpan.Zero) return "0s";
        foreach (var (unit, name) in new[] { (TimeSpan.TicksPerHour, "h"), (TimeSpan.TicksPerMinute, "min"), (TimeSpan.TicksPerSecond, "s"), (TimeSpan.TicksPerMillisecond, "ms") })
        {
            if (value.Ticks % unit == 0) return (value.Ticks / unit).ToString(CultureInfo.InvariantCulture) + name;
        }
        return value.ToString("c", CultureInfo.InvariantCulture);
    }

    public static bool TryBytes(string text, out long value)
    {
        value = 0;
        text = text.Trim();
        foreach (var (suffix, factor) in ByteUnits)
        {
            if (!text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) continue;
            if (!TryDouble(text[..^suffix.Length].TrimEnd(), out var number)) return false;
            var bytes = number * factor;
            if (Math.Abs(bytes) >= long.MaxValue || bytes != Math.Floor(bytes)) return false;
            value = (long)bytes;
            return true;
        }
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    public static string Bytes(long value)
    {
        for (var i = 3; i >= 0; i--)
        {
            var (suffix, factor) = ByteUnits[i];
            if (value != 0 && value % factor == 0) return (value / factor).ToString(CultureInfo.InvariantCulture) + suffix;
        }
        return value.ToString(CultureInfo.InvariantCulture);
    }

    public static bool TryBoolean(string text, out bool value) => bool.TryParse(text.Trim(), out value);

    public static bool TryDouble(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)
        && double.IsFinite(value);

    /// <summary>An enum by the name of its value, without case and without dashes; never by number.</summary>
    public static object? TryEnum(Type type, string text)
    {
        var plain = text.Trim().Replace("-", "", StringComparison.Ordinal);
        foreach (var name in Enum.GetNames(type))
        {
            if (name.Equals(plain, StringComparison.OrdinalIgnoreCase)) return Enum.Parse(type, name);
        }
        return null;
    }

    /// <summary>The names of an enum as people write them: <c>refuse</c>, <c>takeOver</c>.</summary>
    public static IEnumerable<string> EnumNames(Type type) => Enum.GetNames(type).Select(Camel);

    public static string Camel(string name) =>
        name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name[1..];

    /// <summary>Text for a message: in one line, without control characters, shortened.</summary>
    public static string Quoted(string text)
    {
        var shown = text.Length > 80 ? text[..80] + "…" : text;
        return "'" + string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c)) + "'";
    }
}
