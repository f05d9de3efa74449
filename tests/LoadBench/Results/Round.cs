using System.Diagnostics;

namespace Tapedeck.LoadBench;

/// <summary>One server, started, loaded, stopped, its files compared and deleted.</summary>
internal static class Round
{
    public static Result Run(Programs programs, Load load, string folder, int port)
    {
        var clip = Clip.Make(folder, load.Kilobits);
        var home = Path.Combine(folder, load.Kind);
        if (Directory.Exists(home))
            Directory.Delete(home, recursive: true);
        using var server = programs.Start(load, home, port);
        var idle = HeldFigures.Of(server.Id).Resident;
        using var feed = new Feed();
        using var audience = new Audience();
        feed.Connect(clip, load.Publishers, server.Port, server.Application, load.Secure);
        if (load.Recordings > 1)
            server.AwaitOutput($"records it {load.Recordings} times");
        foreach (var publisher in load.Viewers > 0 ? feed.Publishers : [])
            publisher.KeepStamps();
        if (load.Flat == 0)
        {
            feed.StartPaced();
            audience.Connect(clip, feed.Publishers, load.Viewers, server.Port, server.Application ?? "");
            feed.Hold(TimeSpan.FromSeconds(load.WarmUp));
        }

        var before = Mark.Take(server, feed, audience);
        feed.ResetPace();
        foreach (var viewer in audience.Viewers)
            viewer.Measure();
        if (load.Flat > 0)
            feed.Flood(load.Flat);
        else
            feed.Hold(TimeSpan.FromSeconds(load.Seconds));
        var after = Mark.Take(server, feed, audience);
        foreach (var viewer in audience.Viewers)
            viewer.StopMeasuring();
        var calls = load.CountCalls ? CallCount.Of(server.Id, feed.Hold) : double.NaN;
        feed.Stop();
        audience.Finish();
        feed.Finish();
        if (load.Flat > 0)
            after = after with { Figures = server.Figures() }; // what it still had to do belongs to it
        server.Stop();
        var (right, wrong) = Verification.Check(server, feed.Publishers, load.Recordings);
        var result = Describe(load, idle, before, after, feed, ProbeLog.Read(Programs.ProbeFile(home))) with
        {
            Calls = calls,
            Right = right,
            Wrong = wrong,
            Audience = load.Viewers > 0 ? Describe(audience, after.Received - before.Received, after.Since(before)) : null,
        };
        Directory.Delete(home, recursive: true);
        return result;
    }

    private static Result Describe(Load load, double idle, Mark before, Mark after, Feed feed, ProbeLog log)
    {
        var (seconds, sent, cpu) = (after.Since(before), after.Bytes - before.Bytes, after.Figures.Cpu - before.Figures.Cpu);
        return new Result
        {
            Load = load,
            CpuPerGigabyte = cpu / (sent / 1e9),
            Cpu = cpu / seconds,
            Throughput = sent / seconds,
            Switches = (after.Figures.Switches - before.Figures.Switches) / seconds,
            Writes = (after.Figures.Writes - before.Figures.Writes) / seconds,
            Idle = idle,
            Peak = after.Figures.PeakMemory,
            Collector = CollectorFigures.Between(log, before.Unix, after.Unix),
            ToolCpu = (after.ToolCpu - before.ToolCpu) / seconds,
            Kept = load.Flat > 0 ? double.NaN : (after.Position - before.Position) / (seconds * 1000 * load.Publishers),
            LateP99 = load.Flat > 0 ? double.NaN : feed.LateP99,
            Stalls = feed.Publishers.Sum(p => p.Stalls),
            Right = 0,
            Wrong = [],
        };
    }

    private static AudienceFigures Describe(Audience audience, long received, double seconds)
    {
        var latencies = audience.IsCrowd ? [] : audience.Viewers.SelectMany(v => v.Latencies).ToArray();
        return new AudienceFigures(
            audience.Viewers.Count,
            received / seconds,
            audience.Viewers.Sum(v => v.Frames),
            audience.Viewers.Sum(v => v.Missing) + audience.Viewers.Count(v => !v.HasAll),
            Order.Percentile(latencies, 50),
            Order.Percentile(latencies, 99),
            Order.Percentile(latencies, 100));
    }

    /// <summary>All counters at one moment.</summary>
    private sealed record Mark(ProcessFigures Figures, long Bytes, long Position, long Received, double ToolCpu, long Stamp, double Unix)
    {
        public static Mark Take(Server server, Feed feed, Audience audience) => new(
            server.Figures(),
            feed.Bytes,
            feed.Position,
            audience.Viewers.Sum(v => v.Bytes),
            Environment.CpuUsage.TotalTime.TotalSeconds,
            Stopwatch.GetTimestamp(),
            (DateTime.UtcNow - DateTime.UnixEpoch).TotalMilliseconds);

        public double Since(Mark before) => Stopwatch.GetElapsedTime(before.Stamp, Stamp).TotalSeconds;
    }
}
