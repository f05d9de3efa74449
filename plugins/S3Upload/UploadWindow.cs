using System.Globalization;

namespace Tapedeck.S3Upload;

/// <summary>Hours of the day in which uploads run.</summary>
internal sealed class UploadWindow
{
    private readonly List<(TimeOnly From, TimeOnly To)> _hours;
    private readonly TimeZoneInfo _zone;
    private readonly TimeProvider _time;

    private UploadWindow(List<(TimeOnly From, TimeOnly To)> hours, TimeZoneInfo zone, TimeProvider time) => (_hours, _zone, _time) = (hours, zone, time);

    /// <summary>True when an upload may run now.</summary>
    public bool IsOpen => IsOpenAt(_time.GetUtcNow());

    /// <summary>Reads <c>22:00-06:00, 12:00-13:00</c>.</summary>
    /// <param name="hours">Null or empty: always.</param>
    /// <param name="zone">Null or empty: UTC.</param>
    /// <param name="time">The clock.</param>
    /// <param name="problems">Gets what cannot be read.</param>
    public static UploadWindow Parse(string? hours, string? zone, TimeProvider time, ICollection<string> problems)
    {
        var found = new List<(TimeOnly, TimeOnly)>();
        foreach (var span in (hours ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = span.Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length == 2 && TryTime(ends[0], out var from) && TryTime(ends[1], out var to))
                found.Add((from, to));
            else
                problems.Add($"s3UploadWindow: '{span}' cannot be used; write hours of the day, such as 22:00-06:00");
        }

        var place = TimeZoneInfo.Utc;
        if (!string.IsNullOrWhiteSpace(zone) && !TimeZoneInfo.TryFindSystemTimeZoneById(zone.Trim(), out place))
        {
            problems.Add($"s3UploadTimeZone: there is no time zone '{zone.Trim()}'; write one such as Europe/Berlin");
            place = TimeZoneInfo.Utc;
        }

        return new(found, place!, time);
    }

    /// <summary>How long until it opens; zero when it is open.</summary>
    public TimeSpan UntilOpen()
    {
        var now = _time.GetUtcNow();
        if (IsOpenAt(now))
            return TimeSpan.Zero;
        // Minute by minute: right on the two days of a year that have 23 or 25 hours.
        var minute = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
        for (var i = 0; i < 26 * 60; i++)
        {
            minute = minute.AddMinutes(1);
            if (IsOpenAt(minute))
                break;
        }

        return minute - now;
    }

    private bool IsOpenAt(DateTimeOffset instant)
    {
        if (_hours.Count == 0)
            return true;
        var local = TimeOnly.FromTimeSpan(TimeZoneInfo.ConvertTime(instant, _zone).TimeOfDay);
        // Equal ends: the whole day. IsBetween goes past midnight by itself.
        return _hours.Exists(h => h.From == h.To || local.IsBetween(h.From, h.To));
    }

    private static bool TryTime(string text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text == "24:00" ? "00:00" : text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
