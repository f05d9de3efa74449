using System.Globalization;
using System.Numerics;

namespace Tapedeck.Engine.Schedule;

/// <summary>One field of a cron expression: the values that fit, as bits.</summary>
internal readonly record struct CronField(ulong Bits, bool IsAny, bool Repeats)
{
    private static readonly string[] MonthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] DayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    public bool Has(int value) => (Bits >> value & 1) != 0;

    /// <summary>The first fitting value at or after one; -1 when there is none.</summary>
    public int From(int value)
    {
        var rest = value > 63 ? 0 : Bits >> value << value;
        return rest == 0 ? -1 : BitOperations.TrailingZeroCount(rest);
    }

    public int First => BitOperations.TrailingZeroCount(Bits);

    /// <summary>Reads a field.</summary>
    /// <param name="text">The field.</param>
    /// <param name="position">Of its first character within the expression, from 1.</param>
    /// <param name="kind">Which field.</param>
    /// <exception cref="CronException">It is wrong.</exception>
    public static CronField Parse(string text, int position, CronFieldKind kind)
    {
        ulong bits = 0;
        var repeats = false;
        var start = 0;
        foreach (var item in text.Split(','))
        {
            var (itemBits, itemRepeats) = Item(item, position + start, kind);
            bits |= itemBits;
            repeats |= itemRepeats;
            start += item.Length + 1;
        }

        if (kind.IsDayOfWeek && (bits & (1UL << 7)) != 0)
            bits = (bits | 1) & ~(1UL << 7); // both 0 and 7 are Sunday
        // As in crontab, a field that begins with * puts no limit on the day, also with a step.
        return new CronField(bits, text[0] is '*' or '?', repeats);
    }

    private static (ulong Bits, bool Repeats) Item(string item, int position, CronFieldKind kind)
    {
        if (item.Length == 0)
            throw new CronException(position, $"A value is missing in the field '{kind.Name}'.");
        var slash = item.IndexOf('/', StringComparison.Ordinal);
        var range = slash < 0 ? item : item[..slash];
        var step = 1;
        if (slash >= 0 && (!TryNumber(item.AsSpan(slash + 1), out step) || step < 1 || step > kind.Maximum))
            throw new CronException(position + slash + 1, $"'{item[(slash + 1)..]}' is no step for the field '{kind.Name}'; use a number from 1 to {kind.Maximum}.");

        int low, high;
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        if (range is "*" or "?")
        {
            if (range == "?" && !kind.IsDay)
                throw new CronException(position, $"'?' stands for a day only; use '*' in the field '{kind.Name}'.");
            (low, high) = (kind.Minimum, kind.IsDayOfWeek ? 6 : kind.Maximum);
        }
        else if (dash >= 0)
        {
            low = Value(range[..dash], position, kind);
            high = Value(range[(dash + 1)..], position + dash + 1, kind);
            // FRI-SUN: Sunday is the end of a week as well as its beginning.
            if (kind.IsDayOfWeek && high == 0 && low > 0)
                high = 7;
            if (high < low)
                throw new CronException(position, $"The range '{range}' of the field '{kind.Name}' runs backwards; write it as two ranges.");
        }
        else
        {
            low = Value(range, position, kind);
            high = slash < 0 ? low : kind.Maximum;
        }

        ulong bits = 0;
        for (var value = low; value <= high; value += step)
            bits |= 1UL << value;
        return (bits, range == "*" || dash >= 0 || slash >= 0);
    }

    private static int Value(string text, int position, CronFieldKind kind)
    {
        var names = kind.IsDayOfWeek ? DayNames : kind.IsMonth ? MonthNames : [];
        var name = Array.FindIndex(names, n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (name >= 0)
            return name + kind.Minimum;
        if (TryNumber(text, out var value) && value >= kind.Minimum && value <= kind.Maximum)
            return value;
        var orNames = names.Length == 0 ? "" : $" or {names[0]} to {names[^1]}";
        throw new CronException(position, $"'{text}' is no value of the field '{kind.Name}'; use {kind.Minimum} to {kind.Maximum}{orNames}.");
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}

/// <summary>Which field of a cron expression.</summary>
internal sealed record CronFieldKind(string Name, int Minimum, int Maximum)
{
    public static readonly CronFieldKind Second = new("second", 0, 59);
    public static readonly CronFieldKind Minute = new("minute", 0, 59);
    public static readonly CronFieldKind Hour = new("hour", 0, 23);
    public static readonly CronFieldKind Day = new("day of month", 1, 31);
    public static readonly CronFieldKind Month = new("month", 1, 12);
    public static readonly CronFieldKind DayOfWeek = new("day of week", 0, 7);

    public bool IsMonth => ReferenceEquals(this, Month);

    public bool IsDayOfWeek => ReferenceEquals(this, DayOfWeek);

    public bool IsDay => IsDayOfWeek || ReferenceEquals(this, Day);
}
