namespace Tapedeck.Engine.Schedule;

/// <summary>Every so many minutes of the wall clock, counted from local midnight: 15 minutes means :00, :15, :30 and :45.</summary>
public sealed class AlignedSchedule
{
    private readonly long _step;

    /// <summary>Makes it.</summary>
    /// <param name="interval">Whole seconds that divide a day.</param>
    public AlignedSchedule(TimeSpan interval)
    {
        if (Refusal(interval) is { } refusal)
            throw new ArgumentException(refusal, nameof(interval));
        Interval = interval;
        _step = interval.Ticks;
    }

    /// <summary>Time between two instants, where no clock is changed.</summary>
    public TimeSpan Interval { get; }

    /// <summary>Why an interval cannot be aligned; null when it can.</summary>
    public static string? Refusal(TimeSpan interval) =>
        interval < TimeSpan.FromSeconds(1) || interval > TimeSpan.FromDays(1) || interval.Ticks % TimeSpan.TicksPerSecond != 0 || TimeSpan.TicksPerDay % interval.Ticks != 0
            ? $"An interval of {interval} cannot be aligned with the clock: use whole seconds that divide a day, such as 00:15:00."
            : null;

    /// <summary>The first instant after another one. In a repeated hour both passes count.</summary>
    public DateTimeOffset Next(DateTimeOffset after, TimeZoneInfo zone) => WallTime.Next(Fit, Interval < TimeSpan.FromDays(1), after, zone);

    private DateTime? Fit(DateTime from)
    {
        var late = from.TimeOfDay.Ticks % _step;
        var wait = late == 0 ? 0 : _step - late;
        return DateTime.MaxValue.Ticks - from.Ticks < wait ? null : from.AddTicks(wait);
    }
}
