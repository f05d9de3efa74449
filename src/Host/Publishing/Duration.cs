using System.Globalization;

namespace Tapedeck.Host.Publishing;

/// <summary>Durations on the command line: <c>500ms</c>, <c>10s</c>, <c>2min</c>, <c>1h</c>.</summary>
internal static class Duration
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("min", 60), ("s", 1), ("h", 3600)];

    /// <summary>Null when it is none.</summary>
    public static TimeSpan? Parse(string text)
    {
        foreach (var (unit, seconds) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
                return TimeSpan.FromSeconds(count * seconds);
        }

        return null;
    }
}
