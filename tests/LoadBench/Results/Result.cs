using System.Globalization;

namespace Tapedeck.LoadBench;

/// <summary>What one load showed. Figures are those of the measured time, and not a number where a server does not tell them.</summary>
internal sealed record Result
{
    public required Load Load { get; init; }

    /// <summary>CPU seconds of the server, user and system, for 10^9 bytes sent to it.</summary>
    public required double CpuPerGigabyte { get; init; }

    /// <summary>CPU seconds a second.</summary>
    public required double Cpu { get; init; }

    /// <summary>Bytes a second that were sent to it.</summary>
    public required double Throughput { get; init; }

    /// <summary>Context switches a second.</summary>
    public required double Switches { get; init; }

    /// <summary>Write calls a second.</summary>
    public required double Writes { get; init; }

    /// <summary>System calls a second, counted after the measured time; not a number: not counted.</summary>
    public double Calls { get; init; } = double.NaN;

    /// <summary>Bytes resident before anybody connected.</summary>
    public required double Idle { get; init; }

    /// <summary>Bytes resident at most.</summary>
    public required double Peak { get; init; }

    /// <summary>Bytes at most above idle, for each publisher.</summary>
    public double PerStream => (Peak - Idle) / Load.Publishers;

    /// <summary>What the collector did; null for others.</summary>
    public CollectorFigures? Collector { get; init; }

    /// <summary>CPU seconds a second of the tool itself.</summary>
    public required double ToolCpu { get; init; }

    /// <summary>Seconds of media that were sent in a second; 1 when the tool kept the rate. Flat out: not a number.</summary>
    public required double Kept { get; init; }

    /// <summary>Milliseconds that 99 of 100 messages were sent late at most.</summary>
    public required double LateP99 { get; init; }

    /// <summary>Sends that the server's window did not take at once.</summary>
    public required long Stalls { get; init; }

    /// <summary>Files that hold exactly what was sent.</summary>
    public required int Right { get; init; }

    public required IReadOnlyList<string> Wrong { get; init; }

    public AudienceFigures? Audience { get; init; }

    public override string ToString()
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Load.Name,-6} {Load.Publishers} x {(Load.Flat > 0 ? "flat out" : $"{Load.Megabits:0.0} Mbit/s")}  {CpuPerGigabyte:0.00} s/GB  {Throughput * 8 / 1e9:0.00} Gbit/s  {Switches:0} switches/s  {Writes:0} writes/s  {Peak / 1e6:0} MB  {Stalls} stalls  {Right} files right  tool {ToolCpu * 100:0} %");
        if (!double.IsNaN(LateP99))
            text += string.Create(CultureInfo.InvariantCulture, $", {LateP99:0} ms late");
        if (Kept < 0.99)
            text += string.Create(CultureInfo.InvariantCulture, $"  THE TOOL KEPT ONLY {Kept:0.0 %} OF THE RATE");
        if (Audience is { } a)
            text += string.Create(CultureInfo.InvariantCulture, $"  {a.Viewers} viewers, {a.Missing} frames missing, latency p99 {a.LatencyP99:0.0} ms");
        return Wrong.Count > 0 ? $"{text}, wrong: {Wrong[0]}" : text;
    }
}

/// <param name="Generation0">Collections a minute, as the next two are.</param>
/// <param name="PauseShare">Part of the time that threads stood still.</param>
/// <param name="PauseP99">Milliseconds; not a number without a collection.</param>
/// <param name="Generation2InAll">Collections of generation 2.</param>
/// <param name="Allocated">Bytes a second.</param>
internal sealed record CollectorFigures(double Generation0, double Generation1, double Generation2, double PauseShare, double PauseP99, int Generation2InAll, double Allocated)
{
    /// <summary>From the probe's lines around a time; null: it said nothing.</summary>
    /// <param name="from">Milliseconds, Unix.</param>
    /// <param name="to">Milliseconds, Unix.</param>
    public static CollectorFigures? Between(ProbeLog log, double from, double to)
    {
        var first = log.Moments.LastOrDefault(m => m.At <= from);
        var last = log.Moments.FirstOrDefault(m => m.At >= to);
        if (last == default || last.At <= first.At)
            return null;
        var minutes = (last.At - first.At) / 60_000;
        var pauses = log.Collections.Where(c => c.At > first.At && c.At <= last.At).Select(c => c.Pause);
        return new CollectorFigures(
            (last.Generation0 - first.Generation0) / minutes,
            (last.Generation1 - first.Generation1) / minutes,
            (last.Generation2 - first.Generation2) / minutes,
            (last.Pauses - first.Pauses) / (last.At - first.At),
            Order.Percentile(pauses, 99),
            last.Generation2 - first.Generation2,
            (last.Allocated - first.Allocated) / (minutes * 60));
    }
}

/// <param name="Throughput">Bytes a second to all of them.</param>
/// <param name="Frames">Received by all.</param>
/// <param name="Missing">That should have come between the first and the last of each.</param>
/// <param name="LatencyP50">Milliseconds from before the send to after the receive; not a number in a crowd.</param>
internal sealed record AudienceFigures(int Viewers, double Throughput, long Frames, long Missing, double LatencyP50, double LatencyP99, double LatencyMost);
