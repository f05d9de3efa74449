using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>A recording on a disk in memory that a test lets fall ill; its clock is moved by hand.</summary>
public abstract class FaultBench : IDisposable
{
    internal const int Gop = 35;
    internal static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(40);

    private protected FaultBench()
    {
        Disk = Bench.UseMemory();
        Source = Bench.Stream;
    }

    internal RecordingBench Bench { get; } = new() { Clock = new ManualTime(), Settings = new RecordingSettings { DiskPatience = TimeSpan.FromSeconds(10), NotedBurst = TimeSpan.FromDays(1) } };

    internal MemoryDisk Disk { get; }

    /// <summary>The stream that is published now.</summary>
    internal TestStream Source { get; set; }

    public void Dispose()
    {
        Bench.Dispose();
        GC.SuppressFinalize(this);
    }

    internal async Task<(ActiveRecording Recording, Task Run)> StartAsync(RecordingOptions? options = null)
    {
        var recording = Bench.Prepare(options);
        var run = recording.RunAsync();
        await UntilAsync(() => recording.State == RecordingState.Writing, "it records");
        return (recording, run);
    }

    internal async Task EndAsync(Task run)
    {
        Publish(50);
        Source.End();
        await UntilAsync(() => run.IsCompleted, "it has ended", publish: false);
    }

    /// <summary>Media and time pass together, four times as fast as on the wall: on a busy machine the recording's task must have its turns.</summary>
    internal async Task UntilAsync(Func<bool> reached, string what, bool publish = true)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var tick = new PeriodicTimer(Frame / 4);
        while (!reached())
        {
            patience.IsCancellationRequested.ShouldBeFalse($"{what}: not within 30 s; told: {string.Join(" | ", Bench.Told)}");
            if (publish)
                Publish(1);
            Bench.Clock!.Advance(Frame);
            await tick.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    internal void Publish(int frames)
    {
        for (var i = 0; i < frames; i++)
            Source.Video(Source.Next * 40, key: Source.Next % Gop == 0, length: 1000);
    }

    internal List<long> Positions() => [.. Disk.Files.SelectMany(f => TestFile.Parse(Disk.Content(f)).Positions)];
}
