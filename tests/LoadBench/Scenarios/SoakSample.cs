using System.Globalization;

namespace Tapedeck.LoadBench;

/// <summary>What the host holds at a moment.</summary>
/// <param name="Minutes">Since pacing began.</param>
/// <param name="Resident">Bytes.</param>
/// <param name="Heap">Bytes in use by objects, as the runtime tells.</param>
/// <param name="Handles">Open files and sockets.</param>
/// <param name="Disk">Bytes of the recordings that there are.</param>
/// <param name="Cpu">Seconds since the start.</param>
/// <param name="Publishers">That are seated.</param>
/// <param name="Returns">Publishers that left and came back, since the start.</param>
/// <param name="Collections">Of generations 0, 1 and 2, since the start.</param>
internal sealed record SoakSample(
    double Minutes, long Resident, double Heap, int Handles, int Threads, long Disk, double Cpu, double CpuShare, int Publishers, int Returns, (int, int, int) Collections)
{
    public const string Head = "| minute | RSS MB | heap MB | handles | threads | CPU % | disk MB | publishers | returns | GC 0/1/2 |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";

    public static SoakSample Take(SoakSample? before, Server server, Feed feed, string folder, int returns)
    {
        var minutes = feed.Now / 60_000.0;
        var held = HeldFigures.Of(server.Id);
        var cpu = server.Figures().Cpu;
        var moment = ProbeLog.Read(Programs.ProbeFile(folder)).Latest;
        var share = before is null ? 0 : (cpu - before.Cpu) / ((minutes - before.Minutes) * 60);
        return new SoakSample(
            minutes, held.Resident, moment.Heap, held.Handles, held.Threads, DiskOf(server.Files), cpu, share, feed.Publishers.Count, returns, (moment.Generation0, moment.Generation1, moment.Generation2));
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {Minutes:0} | {Resident / 1e6:0.0} | {Heap / 1e6:0.0} | {Handles} | {Threads} | {CpuShare * 100:0} | {Disk / 1e6:0} | {Publishers} | {Returns} | {Collections.Item1}/{Collections.Item2}/{Collections.Item3} |");

    private static long DiskOf(string folder)
    {
        var bytes = 0L;
        foreach (var file in Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories) : [])
        {
            try
            {
                bytes += file.Length;
            }
            catch (FileNotFoundException)
            {
                // removed meanwhile
            }
        }

        return bytes;
    }
}
