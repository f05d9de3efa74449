using System.Diagnostics;
using System.Globalization;

namespace Tapedeck.LoadBench;

/// <summary>What one run showed.</summary>
/// <param name="CpuPerGigabyte">CPU seconds of the server for 10^9 bytes sent.</param>
/// <param name="Throughput">Bytes a second.</param>
internal sealed record Result(string Kind, double CpuPerGigabyte, double Throughput, double SwitchesPerSecond, double WritesPerSecond, long PeakMemory, long Stalls, int Right, List<string> Wrong)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kind,-6} {CpuPerGigabyte:0.00} s/GB  {Throughput * 8 / 1e9:0.00} Gbit/s  {SwitchesPerSecond:0} switches/s  {WritesPerSecond:0} writes/s  {PeakMemory / 1e6:0} MB  {Stalls} stalls  {Right} files right{(Wrong.Count > 0 ? ", wrong: " + Wrong[0] : "")}");
}

/// <summary>One server, started, loaded, stopped, its files compared and deleted.</summary>
internal static class Round
{
    public static Result Run(Options options, Clip clip, string kind)
    {
        var folder = Path.Combine(options.Folder, kind);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        using var server = Server.Start(kind, folder, options.Port);
        using var feed = new Feed();
        feed.Connect(clip, options.Publishers, server.Port, server.Application);
        if (options.Flat == 0)
        {
            feed.StartPaced();
            Thread.Sleep(TimeSpan.FromSeconds(options.WarmUp));
        }

        var (before, bytes, clock) = (server.Figures(), feed.Bytes, Stopwatch.StartNew());
        if (options.Flat > 0)
            feed.Flood(options.Flat);
        else
            Thread.Sleep(TimeSpan.FromSeconds(options.Seconds));
        var (after, sent, passed) = (server.Figures(), feed.Bytes - bytes, clock.Elapsed.TotalSeconds);
        feed.Finish();
        if (options.Flat > 0)
            after = server.Figures(); // what it still had to do belongs to it
        server.Stop();
        var (right, wrong) = Verification.Check(server, feed.Publishers);
        Directory.Delete(folder, recursive: true);
        return new Result(
            kind,
            (after.Cpu - before.Cpu) / (sent / 1e9),
            sent / passed,
            (after.Switches - before.Switches) / passed,
            (after.Writes - before.Writes) / passed,
            after.PeakMemory,
            feed.Publishers.Sum(p => p.Stalls),
            right,
            wrong);
    }
}
