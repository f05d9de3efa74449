using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Streams;
using Tapedeck.Media;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Benchmarks;

/// <summary>
/// Recordings through the engine, to a real disk: what the heap holds more than for the same streams unrecorded, and what is allocated for each frame
/// from the publisher to the disk.
/// </summary>
internal static class MemoryBenchmark
{
    private const int Streams = 10;
    private const int Seconds = 40;

    public static async Task RunAsync(TextWriter report)
    {
        await report.WriteLineAsync($"{Streams} streams of 2.1 Mbit/s, {Seconds} s of media each, 4 times as fast as live.");
        await report.WriteLineAsync();
        await report.WriteLineAsync("| recorded as | heap of a recording, KiB | allocated bytes a frame | a fragment | files, MB |");
        await report.WriteLineAsync("|---|---:|---:|---:|---:|");
        foreach (var format in Format.All)
        {
            // In a process of its own: pools keep what the one before had.
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["memory-of", format.Name]) { RedirectStandardOutput = true })!;
            await report.WriteLineAsync((await child.StandardOutput.ReadToEndAsync()).Trim());
            await child.WaitForExitAsync();
        }
    }

    /// <summary>One row of it.</summary>
    public static async Task RunOneAsync(TextWriter report, string format)
    {
        await MeasureAsync(null); // compiles, and fills the pools that streams use
        var bare = await MeasureAsync(null);
        var (heap, allocated, bytes) = await MeasureAsync(RecordingFormatNames.Find(format));
        var perFragment = allocated * (30 + 48000 / 1024.0) * Array.Find([.. Format.All], f => f.Name == format)!.FragmentSeconds;
        await report.WriteLineAsync($"| {format} | {(heap - bare.Heap) / 1024.0:0} | {allocated - bare.Allocated:0.0} | {perFragment:0} | {bytes / 1e6:0} |");
    }

    private static async Task<(double Heap, double Allocated, long Bytes)> MeasureAsync(RecordingFormat? format)
    {
        var folder = Directory.CreateTempSubdirectory("tapedeck-bench-").FullName;
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        try
        {
            var settings = new RecordingSettings();
            using var volumes = new VolumeSet(settings);
            var registry = new StreamRegistry("bench", "_definst_", new SlabPool(), new StreamOptions(), TimeProvider.System);
            var recorder = new Recorder(
                folder, RecordingFormat.Mp4, settings, new FileClaims(), volumes, new Nobody(), NullLogger.Instance, TimeProvider.System);
            var publishers = Enumerable.Range(0, Streams).Select(i => registry.TryPublish($"s{i}", new FakeClient())!).ToList();
            var recordings = new List<IRecording>();
            foreach (var publisher in publishers.Where(_ => format is not null))
                recordings.Add(await recorder.StartAsync(publisher.Stream, new RecordingOptions { Format = format }, CancellationToken.None));

            var encoder = new Encoder();
            var clock = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
            var (picture, sound) = (0L, 0L);
            long allocated = 0, frames = 0;
            for (; picture < Seconds * 30; picture += 3)
            {
                if (picture == Seconds * 6)
                    (allocated, frames) = (GC.GetTotalAllocatedBytes(precise: true), picture + sound);
                var first = sound;
                foreach (var publisher in publishers)
                {
                    sound = first;
                    for (var i = picture; i < picture + 3; i++)
                    {
                        Publish(publisher, encoder.Picture(i));
                        for (; sound * 1024 * 30 < (i + 1) * 48000; sound++)
                            Publish(publisher, encoder.Sound(sound));
                    }

                    publisher.Commit();
                }

                await clock.WaitForNextTickAsync();
            }

            frames = (picture + sound - frames) * Streams;
            allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            var heap = GC.GetTotalMemory(forceFullCollection: true) - before;
            foreach (var publisher in publishers)
                publisher.End(StreamEndReason.Unpublished);
            await Task.WhenAll(recordings.Select(r => r.Completion));
            clock.Dispose();
            return ((double)heap / Streams, (double)allocated / frames, recordings.Sum(r => r.Files.Sum(f => f.Bytes)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Publish(IStreamPublisher publisher, in MediaFrame frame)
    {
        var lent = publisher.Lend(frame.Payload.Length);
        frame.Payload.CopyTo(lent);
        publisher.Append(frame with { Payload = lent }, lent);
        publisher.Return(lent);
    }
}
