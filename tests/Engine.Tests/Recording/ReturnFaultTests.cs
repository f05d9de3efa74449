using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>Publishers that leave and come back, and people who stop recordings, while the disk is ill.</summary>
public sealed class ReturnFaultTests : FaultBench
{
    private static readonly RecordingOptions Patient = new() { Grace = TimeSpan.FromMinutes(1) };

    [Fact]
    public async Task Each_fault_at_the_end_of_a_stream_is_outlasted_as_long_as_the_first()
    {
        var (recording, run) = await StartAsync(Patient);
        Disk.Capacity = 0;
        await UntilAsync(() => recording.State == RecordingState.Suspended, "it is suspended");
        Source.End();
        var tries = 0;
        Disk.Before = (call, _) => tries += call == DiskCall.Write ? 1 : 0;
        await UntilAsync(() => tries >= 3, "it is tried after the end", publish: false);
        Bench.Clock!.Advance(TimeSpan.FromSeconds(40));
        Return(recording);
        Disk.Capacity = long.MaxValue;
        await UntilAsync(() => ReferenceEquals(recording.Stream, Source.Stream) && recording.State == RecordingState.Writing, "it goes on with the one that came back");

        Disk.Capacity = 0;
        await UntilAsync(() => recording.State == RecordingState.Suspended, "it is suspended again");
        Source.End();
        tries = 0;
        Bench.Clock.Advance(TimeSpan.FromSeconds(35)); // the first end is longer ago than patience and window together
        await UntilAsync(() => tries >= 3, "it is tried again", publish: false);
        Disk.Capacity = long.MaxValue;
        await UntilAsync(() => recording.State == RecordingState.AwaitingReturn, "all is written", publish: false);
        recording.Stop(RecordingEndReason.Stopped);
        await UntilAsync(() => run.IsCompleted, "it has ended", publish: false);
        recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
    }

    [Fact]
    public async Task Who_stops_it_waits_for_the_disk_and_not_for_the_publisher()
    {
        var (recording, run) = await StartAsync(Patient with { Grace = TimeSpan.FromMinutes(30) });
        Disk.Capacity = 0;
        await UntilAsync(() => recording.State == RecordingState.Suspended, "it is suspended");
        Source.End();
        recording.Stop(RecordingEndReason.Stopped);
        var stoppedAt = Bench.Clock!.GetUtcNow();
        await UntilAsync(() => run.IsCompleted, "patience is over", publish: false);
        (Bench.Clock.GetUtcNow() - stoppedAt).ShouldBeLessThan(TimeSpan.FromMinutes(1), "recording.diskPatience is 10 s");
        recording.State.ShouldBe(RecordingState.Failed);
    }

    [Fact]
    public async Task Who_comes_back_while_the_recording_ends_is_a_new_recording()
    {
        Bench.Settings = Bench.Settings with { MaximumAwaitingReturn = 0 };
        var (recording, run) = await StartAsync(Patient);
        using var gate = new ManualResetEventSlim();
        Disk.Before = (call, _) =>
        {
            if (call == DiskCall.Sync)
                gate.Wait();
        };
        Source.End();
        await UntilAsync(() => recording.State == RecordingState.Closing, "it closes its file", publish: false);
        recording.TryReturn(new TestStream().Stream).ShouldBeFalse("nobody would record it");
        gate.Set();
        await UntilAsync(() => run.IsCompleted, "it has ended", publish: false);
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
    }

    [Fact]
    public async Task A_disk_that_stalls_while_a_file_is_finished_is_said_to_be_well_again()
    {
        var (recording, run) = await StartAsync();
        using var gate = new ManualResetEventSlim();
        Disk.Before = (call, _) =>
        {
            if (call == DiskCall.Sync)
                gate.Wait();
        };
        recording.Stop(RecordingEndReason.Stopped);
        await UntilAsync(() => recording.State == RecordingState.Suspended, "the stall is noticed");
        gate.Set();
        await UntilAsync(() => run.IsCompleted, "it has ended");
        recording.State.ShouldBe(RecordingState.Closed);
        Bench.Told.ShouldContain(t => t.Contains("well again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_disk_that_is_slow_after_a_fault_that_cost_nothing_is_called_slow()
    {
        Bench.Settings = Bench.Settings with { MaxLagBytes = 50_000 };
        var (recording, run) = await StartAsync();
        Disk.Capacity = 60_000;
        await UntilAsync(() => recording.State == RecordingState.Suspended, "it is suspended");
        Disk.Capacity = long.MaxValue;
        await UntilAsync(() => recording.State == RecordingState.Writing, "it goes on");
        await UntilAsync(() => Disk.Content(recording.Path).Length > 120_000, "it has gone on for a while");
        recording.Ledger.ShouldBeEmpty();

        using var gate = new ManualResetEventSlim();
        using var waits = new ManualResetEventSlim();
        Disk.Before = (call, _) =>
        {
            if (call != DiskCall.Write)
                return;
            waits.Set();
            gate.Wait();
        };
        await UntilAsync(() => waits.IsSet, "a write waits");
        Publish(500);
        gate.Set();
        await UntilAsync(() => recording.Ledger.Count > 0, "the loss is noted");
        await EndAsync(run);
        recording.Ledger.ShouldHaveSingleItem().Cause.ShouldBe(DiscontinuityCause.FramesLost);
    }

    [Fact]
    public async Task What_was_given_up_counts_for_the_maximum_size()
    {
        var (recording, run) = await StartAsync(new RecordingOptions { MaxBytes = 200_000 });
        var first = recording.Path;
        await UntilAsync(() => Disk.Content(first).Length > 100_000, "half of it is there");
        Disk.Before = (call, path) =>
        {
            if (path == first && call is DiskCall.Write or DiskCall.SetLength)
                throw new IOException("Input/output error");
        };
        await UntilAsync(() => run.IsCompleted, "the limit is reached");
        recording.EndReason.ShouldBe(RecordingEndReason.LimitReached);
        Disk.Files.Length.ShouldBe(2);
        Disk.Files.Sum(f => Disk.Content(f).Length).ShouldBeInRange(200_000, 225_000, "one fragment more at most");
    }

    private void Return(ActiveRecording recording)
    {
        Source = new TestStream();
        recording.TryReturn(Source.Stream).ShouldBeTrue();
    }
}
