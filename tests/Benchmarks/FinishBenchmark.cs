using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Tapedeck.Containers;
using Tapedeck.Media;

namespace Tapedeck.Benchmarks;

/// <summary>From the decision to stop to a file that is complete: 10 s against a day. The media of the day is a hole in the file; the index is written for real.</summary>
internal static class FinishBenchmark
{
    public static void Run(TextWriter report)
    {
        report.WriteLine("| container | length | frames | bytes written at stop | bytes a frame | CPU ms | wall ms with sync |");
        report.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var format in Format.All)
        {
            foreach (var hours in new[] { 10 / 3600.0, 24 })
            {
                var rounds = Enumerable.Range(0, hours < 1 ? 7 : 3).Select(_ => Measure(format, hours * 3600)).ToList();
                var first = rounds[0];
                report.WriteLine(
                    $"| {format.Name} | {(hours < 1 ? "10 s" : "24 h")} | {first.Frames} | {first.Written} | {(double)first.Written / first.Frames:0.00} "
                    + $"| {Median(rounds.Select(r => r.Cpu)):0.0} | {Median(rounds.Select(r => r.Wall)):0.0} |");
            }
        }
    }

    private static (long Frames, long Written, double Cpu, double Wall) Measure(Format format, double seconds)
    {
        var path = Path.Combine(Path.GetTempPath(), $"tapedeck-bench-{Environment.ProcessId}");
        try
        {
            var writer = format.Create();
            using var owner = writer as IDisposable;
            var plan = new DiskPlan();
            var encoder = new Encoder();
            var following = new MediaFrame[2];
            for (double at = 0; at < seconds; at += format.FragmentSeconds)
            {
                encoder.Add(writer, format.FragmentSeconds);
                encoder.Peek(following);
                plan.Clear();
                writer.CutFragment(plan, following);
            }

            plan.Clear();
            // Write only: an attempt to read would fail.
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None);
            RandomAccess.SetLength(file, writer.Length);
            GC.Collect();
            var (cpu, since) = (Cpu(), Stopwatch.GetTimestamp());
            writer.Finish(plan);
            var written = Write(file, plan);
            return (encoder.Frames, written, Cpu() - cpu, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static long Write(SafeFileHandle file, DiskPlan plan)
    {
        long written = 0;
        foreach (var operation in plan.Operations)
        {
            if (operation.Kind == DiskOperationKind.Sync)
                RandomAccess.FlushToDisk(file);
            else if (operation.Kind == DiskOperationKind.Write)
                RandomAccess.Write(file, operation.Buffers, operation.Offset);
            written += operation.Length;
        }

        return written;
    }

    private static double Cpu() => Process.GetCurrentProcess().TotalProcessorTime.TotalMilliseconds;

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
