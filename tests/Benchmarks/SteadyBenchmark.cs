using System.Diagnostics;
using Tapedeck.Containers;
using Tapedeck.Media;

namespace Tapedeck.Benchmarks;

/// <summary>A recording that runs: writes and allocations, by the writer alone.</summary>
internal static class SteadyBenchmark
{
    private const int WarmUp = 400;
    private const int Fragments = 4000;

    public static void Run(TextWriter report)
    {
        report.WriteLine("| container | writes a fragment | most | own bytes a frame | allocated bytes a frame | of it index | CPU µs a frame |");
        report.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var format in Format.All)
            Measure(format, report);
    }

    private static void Measure(Format format, TextWriter report)
    {
        var writer = format.Create();
        using var owner = writer as IDisposable;
        var plan = new DiskPlan();
        var encoder = new Encoder();
        var following = new MediaFrame[2];
        var counts = new Counts();
        void Go(int fragments)
        {
            for (var i = 0; i < fragments; i++)
            {
                encoder.Add(writer, format.FragmentSeconds);
                encoder.Peek(following);
                plan.Clear();
                writer.CutFragment(plan, following);
                counts.Take(plan);
            }
        }

        Go(WarmUp);
        var (frames, allocated, since) = (encoder.Frames, GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
        counts = new Counts();
        Go(Fragments);
        frames = encoder.Frames - frames;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var micros = Stopwatch.GetElapsedTime(since).TotalMicroseconds;
        // Tables grow by blocks of 64 KiB from the pool; what the finish writes tells how many there were.
        plan.Clear();
        writer.Finish(plan);
        var index = new Counts();
        index.Take(plan);
        var indexShare = index.Bytes * (double)Fragments / (Fragments + WarmUp) / frames;
        var media = MediaBytes(encoder);
        report.WriteLine(
            $"| {format.Name} | {(double)counts.Writes / Fragments:0.00} | {counts.MostWrites} | {(writer.Length - media) / (double)encoder.Frames:0.0} "
            + $"| {(double)allocated / frames:0.00} | {indexShare:0.00} | {micros / frames:0.00} |");
    }

    private static long MediaBytes(Encoder encoder)
    {
        var pictures = encoder.Pictures;
        long bytes = 0;
        for (long i = 0; i < pictures; i++)
            bytes += encoder.Picture(i).Payload.Length;
        for (long i = 0; i < encoder.Frames - pictures; i++)
            bytes += encoder.Sound(i).Payload.Length;
        return bytes;
    }
}
