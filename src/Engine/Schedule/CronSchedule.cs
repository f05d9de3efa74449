namespace Tapedeck.Engine.Schedule;

/// <summary>A cron expression is wrong.</summary>
public sealed class CronException(int position, string message) : FormatException($"{message} (position {position})")
{
    /// <summary>Of the first wrong character, from 1.</summary>
    public int Position { get; } = position;
}

/// <summary>
/// A cron expression: minute, hour, day of month, month, day of week; with six fields the first is the second, as Wowza's segment schedule has it.
/// </summary>
/// <remarks>
/// Lists <c>1,2</c>, ranges <c>1-5</c>, steps <c>*/10</c>, names <c>JAN</c> and <c>MON</c>, <c>*</c>, and <c>?</c> for a day. Sunday is 0 and 7. If
/// both days are limited, either may fit, as in crontab. How changes of clocks are met says <see cref="Next"/>.
/// </remarks>
public sealed class CronSchedule
{
    private const int LastYear = 9998;

    private static readonly CronFieldKind[] Kinds =
        [CronFieldKind.Second, CronFieldKind.Minute, CronFieldKind.Hour, CronFieldKind.Day, CronFieldKind.Month, CronFieldKind.DayOfWeek];

    private readonly string _text;
    private readonly CronField _second;
    private readonly CronField _minute;
    private readonly CronField _hour;
    private readonly CronField _day;
    private readonly CronField _month;
    private readonly CronField _dayOfWeek;

    private CronSchedule(string text, CronField[] fields)
    {
        _text = text;
        (_second, _minute, _hour, _day, _month, _dayOfWeek) = (fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]);
    }

    /// <summary>Reads an expression.</summary>
    /// <exception cref="CronException">It is wrong; says where.</exception>
    public static CronSchedule Parse(string expression)
    {
        var found = Split(expression);
        if (found.Count is not (5 or 6))
            throw new CronException(1, $"A cron expression has 5 fields, or 6 with seconds first; '{expression}' has {found.Count}.");

        var fields = new CronField[6];
        fields[0] = new CronField(1, false, false);
        for (var i = 0; i < found.Count; i++)
        {
            var at = i + 6 - found.Count;
            fields[at] = CronField.Parse(found[i].Text, found[i].Position, Kinds[at]);
        }

        var (day, month, dayOfWeek) = (fields[3], fields[4], fields[5]);
        if (dayOfWeek.IsAny && !Enumerable.Range(1, 12).Any(m => month.Has(m) && day.First <= DateTime.DaysInMonth(2024, m)))
            throw new CronException(found[^3].Position, $"No month that '{found[^2].Text}' names has a day '{found[^3].Text}'.");
        return new CronSchedule(expression, fields);
    }

    /// <summary>
    /// The first instant after another one that fits; <see cref="DateTimeOffset.MaxValue"/> when the calendar ends before. A fixed time of
    /// day (no <c>*</c>, range or step in second, minute and hour) happens once a day: in a skipped hour when the clocks are put forward, in a
    /// repeated one the first time. Anything else counts the hours that there are.
    /// </summary>
    public DateTimeOffset Next(DateTimeOffset after, TimeZoneInfo zone) =>
        WallTime.Next(Fit, _second.Repeats || _minute.Repeats || _hour.Repeats, after, zone);

    /// <summary>The expression as it was written.</summary>
    public override string ToString() => _text;

    private static List<(string Text, int Position)> Split(string expression)
    {
        var fields = new List<(string, int)>();
        var i = 0;
        while (i < expression.Length)
        {
            if (char.IsWhiteSpace(expression[i]))
            {
                i++;
                continue;
            }

            var start = i;
            while (i < expression.Length && !char.IsWhiteSpace(expression[i]))
                i++;
            fields.Add((expression[start..i], start + 1));
        }

        return fields;
    }

    private DateTime? Fit(DateTime from)
    {
        var fraction = from.Ticks % TimeSpan.TicksPerSecond;
        if (fraction != 0)
            from = from.AddTicks(TimeSpan.TicksPerSecond - fraction);

        var date = from.Date;
        if (FitsDay(date) && TimeFrom(from.Hour, from.Minute, from.Second) is { } today)
            return date + today;

        // Whole months that do not fit are passed over at once; within one, days are few.
        date = date.AddDays(1);
        while (date.Year <= LastYear)
        {
            if (!_month.Has(date.Month))
                date = new DateTime(date.Year, date.Month, 1).AddMonths(1);
            else if (!FitsDay(date))
                date = date.AddDays(1);
            else
                return date + TimeFrom(0, 0, 0);
        }

        return null;
    }

    private bool FitsDay(DateTime date)
    {
        if (!_month.Has(date.Month))
            return false;
        var day = _day.Has(date.Day);
        var dayOfWeek = _dayOfWeek.Has((int)date.DayOfWeek);
        return _day.IsAny || _dayOfWeek.IsAny ? day && dayOfWeek : day || dayOfWeek;
    }

    private TimeSpan? TimeFrom(int hour, int minute, int second)
    {
        var s = _second.From(second);
        if (s < 0)
        {
            s = _second.First;
            minute++;
        }

        var m = _minute.From(minute);
        if (m != minute)
            s = _second.First;
        if (m < 0)
        {
            m = _minute.First;
            hour++;
        }

        var h = _hour.From(hour);
        if (h < 0)
            return null;
        if (h != hour)
            (m, s) = (_minute.First, _second.First);
        return new TimeSpan(h, m, s);
    }
}
