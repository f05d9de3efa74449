namespace Tapedeck.Engine.Schedule;

/// <summary>
/// Finds instants for times of a wall clock. Where clocks are put forward, a time that does not exist happens at the moment of the change
/// (once); where they are put back, a time that exists twice happens the first time. What repeats within the day happens in both passes of
/// a repeated hour, and is not made up for in a skipped one.
/// </summary>
internal static class WallTime
{
    // No zone is more than 14 hours ahead of UTC or 12 behind, and no change was wider than that of the date line: 24 hours.
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(16);
    private static readonly TimeSpan Window = TimeSpan.FromHours(56);

    /// <summary>The first instant after another one whose wall clock fits.</summary>
    /// <param name="fit">The first fitting wall clock time at or after the given one; null when there is none.</param>
    /// <param name="repeats">Whether fitting times repeat within the day.</param>
    /// <param name="after">Exclusive.</param>
    /// <param name="zone">Whose wall clock.</param>
    public static DateTimeOffset Next(Func<DateTime, DateTime?> fit, bool repeats, DateTimeOffset after, TimeZoneInfo zone)
    {
        var now = TimeZoneInfo.ConvertTime(after, zone);
        var next = Next(fit, repeats, now, after, zone);
        // Where a country moved its standard time back, .NET may not know the hour as repeated and name its first pass: this is the second.
        return next > after ? next : At(next.DateTime, now.Offset);
    }

    private static DateTimeOffset Next(Func<DateTime, DateTime?> fit, bool repeats, DateTimeOffset now, DateTimeOffset after, TimeZoneInfo zone)
    {
        var local = now.DateTime;
        if (zone.IsAmbiguousTime(local))
        {
            var change = now.Offset == Largest(zone, local) ? FirstWhere(after, u => zone.GetUtcOffset(u) != now.Offset) : (DateTimeOffset?)null;
            if (change is { } back)
            {
                // First pass: up to the change with this offset, then once more from the time that the clocks are put back to.
                var end = back.UtcDateTime + now.Offset;
                if (fit(local.AddTicks(1)) is not { } first)
                    return DateTimeOffset.MaxValue;
                if (first < end)
                    return At(first, now.Offset);
                return repeats
                    ? Resolve(fit, repeats, DateTime.SpecifyKind(back.UtcDateTime + zone.GetUtcOffset(back), DateTimeKind.Unspecified), zone, secondPass: true)
                    : Resolve(fit, repeats, first, zone, secondPass: false);
            }

            if (repeats)
                return Resolve(fit, repeats, local.AddTicks(1), zone, secondPass: true);
            // Second pass: what fits here has happened in the first.
            var over = FirstWhere(after, u => !zone.IsAmbiguousTime(Unspecified(u.UtcDateTime + zone.GetUtcOffset(u))));
            return Resolve(fit, repeats, Unspecified(over.UtcDateTime + zone.GetUtcOffset(over)), zone, secondPass: false);
        }

        return Resolve(fit, repeats, local.AddTicks(1), zone, secondPass: false);
    }

    /// <summary>The instant of the first fitting time at or after a wall clock time.</summary>
    private static DateTimeOffset Resolve(Func<DateTime, DateTime?> fit, bool repeats, DateTime from, TimeZoneInfo zone, bool secondPass)
    {
        while (true)
        {
            if (fit(from) is not { } time)
                return DateTimeOffset.MaxValue;
            if (IsSkipped(zone, time))
            {
                var change = FirstWhere(new DateTimeOffset(time - Ahead, TimeSpan.Zero), u => u.UtcDateTime + zone.GetUtcOffset(u) >= time);
                if (!repeats)
                    return change.ToOffset(zone.GetUtcOffset(change));
                from = Unspecified(change.UtcDateTime + zone.GetUtcOffset(change));
                continue;
            }

            if (!zone.IsAmbiguousTime(time))
                return At(time, zone.GetUtcOffset(time));
            return At(time, secondPass ? Smallest(zone, time) : Largest(zone, time));
        }
    }

    /// <summary>.NET knows the hour that daylight saving skips, but not a day that a zone left out by crossing the date line.</summary>
    private static bool IsSkipped(TimeZoneInfo zone, DateTime time)
    {
        if (zone.IsInvalidTime(time))
            return true;
        var offset = zone.GetUtcOffset(time);
        return !zone.IsAmbiguousTime(time) && TimeZoneInfo.ConvertTime(At(time, offset), zone).DateTime != time;
    }

    private static DateTimeOffset At(DateTime local, TimeSpan offset) => new(Unspecified(local), offset);

    private static DateTime Unspecified(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Unspecified);

    private static TimeSpan Largest(TimeZoneInfo zone, DateTime time) => zone.GetAmbiguousTimeOffsets(time).Max();

    private static TimeSpan Smallest(TimeZoneInfo zone, DateTime time) => zone.GetAmbiguousTimeOffsets(time).Min();

    /// <summary>The first instant within the window where something that stays true becomes true.</summary>
    private static DateTimeOffset FirstWhere(DateTimeOffset from, Func<DateTimeOffset, bool> isTrue)
    {
        long low = from.UtcTicks, high = low + Window.Ticks;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (isTrue(new DateTimeOffset(middle, TimeSpan.Zero)))
                high = middle;
            else
                low = middle + 1;
        }

        return new DateTimeOffset(low, TimeSpan.Zero);
    }
}
