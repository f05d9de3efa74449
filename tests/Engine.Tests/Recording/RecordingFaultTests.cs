using Tapedeck.Engine.Naming;
using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>Disks that fall ill and recover: the recording goes on by itself, and what is missing is what the ledger says.</summary>
public sealed class RecordingFaultTests : FaultBench
{
    [Fact]
    public async Task A_full_disk_that_is_freed_in_time_costs_nothing()
    {
        var (recording, run) = await StartAsync();
        Disk.Capacity = 100_000;
        await UntilAsync(() => recording.State == RecordingState.Suspended, "it is suspended");
        await UntilAsync(() => Bench.Told.Any(t => t.Contains("No space left", StringComparison.Ordinal)), "it says why");
        var alarm = Bench.Told.First(t => t.Contains("No space left", StringComparison.Ordinal));
        alarm.ShouldContain(recording.Path);
        alarm.ShouldContain("volume test");
        alarm.ShouldContain("Delete or move");
        Publish(200);
        Disk.Capacity = long.MaxValue;
        await UntilAsync(() => recording.State == RecordingState.Writing, "it goes on");
        await EndAsync(run);

        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        recording.Files.ShouldHaveSingleItem();
        recording.Ledger.ShouldBeEmpty();
        Bench.Told.ShouldContain(t => t.Contains("well again", StringComparison.Ordinal));
        Positions().ShouldBe(ReaderExtensions.Range(0, (int)Bench.Stream.Next));
    }

    [Fact]
    public async Task What_does_not_fit_into_memory_is_lost_and_said_to_the_frame()
    {
        Bench.Settings = Bench.Settings with { MaxLagBytes = 50_000 };
        var (recording, run) = await StartAsync();
        Disk.Capacity = 100_000;
        await UntilAsync(() => Bench.Told.Any(t => t.Contains("No space left", StringComparison.Ordinal)), "it is suspended");
        Publish(500);
        Disk.Capacity = long.MaxValue;
        await UntilAsync(() => recording.State == RecordingState.Writing && recording.Files.Count >= 1, "it goes on in a second file");
        await EndAsync(run);
        recording.Files.Count.ShouldBeGreaterThanOrEqualTo(2);
        ShouldTellAllThatIsMissing(recording, DiscontinuityCause.VolumeFault);
    }

    [Fact]
    public async Task A_failed_sync_is_never_tried_again_and_ends_the_file_where_the_last_one_succeeded()
    {
        Bench.Settings = Bench.Settings with { Durability = Durability.Strict };
        var (recording, run) = await StartAsync();
        var first = recording.Path;
        var (failed, again) = (false, false);
        Disk.Before = (call, path) =>
        {
            again |= failed && call == DiskCall.Sync && path == first;
            if (call != DiskCall.Sync || failed)
                return;
            failed = true;
            throw new IOException("Input/output error");
        };
        await UntilAsync(() => recording.Path != first && recording.State == RecordingState.Writing, "it goes on in a new file");
        await EndAsync(run);
        again.ShouldBeFalse();
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        TestFile.Parse(Disk.Content(first)).IsFinished.ShouldBeFalse();
        ShouldTellAllThatIsMissing(recording, DiscontinuityCause.VolumeFault);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(300)]
    public async Task A_stalled_write_is_told_and_what_memory_bridges_is_not_lost(int seconds)
    {
        var (recording, run) = await StartAsync();
        using var gate = new ManualResetEventSlim();
        Disk.Before = (call, _) =>
        {
            if (call == DiskCall.Write)
                gate.Wait();
        };
        Publish(50);
        await UntilAsync(() => recording.State == RecordingState.Suspended, "the stall is noticed", publish: false);
        Bench.Told[^1].ShouldContain("has not answered");
        for (var i = 0; i < seconds; i++)
        {
            Publish(1);
            Bench.Clock!.Advance(TimeSpan.FromSeconds(1));
        }

        gate.Set();
        await UntilAsync(() => recording.State == RecordingState.Writing, "it goes on");
        await EndAsync(run);
        recording.Files.ShouldHaveSingleItem();
        Positions().ShouldBe(ReaderExtensions.Range(0, (int)Bench.Stream.Next));
        recording.Ledger.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_stays_ill_is_left_for_a_new_one_when_its_disk_takes_that()
    {
        var (recording, run) = await StartAsync();
        var first = recording.Path;
        Disk.Before = (call, path) =>
        {
            if (path == first && call is DiskCall.Write or DiskCall.SetLength)
                throw new IOException("Input/output error");
        };
        await UntilAsync(() => recording.Path != first && recording.State == RecordingState.Writing, "it goes on in a new file");
        await EndAsync(run);
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        ShouldTellAllThatIsMissing(recording, DiscontinuityCause.VolumeFault);
    }

    [Fact]
    public async Task A_file_that_vanished_is_lost_as_a_whole_and_said()
    {
        var (recording, run) = await StartAsync();
        var first = recording.Path;
        Disk.Vanish(first);
        await UntilAsync(() => recording.Path != first && recording.State == RecordingState.Writing, "it goes on in a new file");
        await EndAsync(run);
        Bench.Told.ShouldContain(t => t.Contains("not there any more", StringComparison.Ordinal));
        ShouldTellAllThatIsMissing(recording, DiscontinuityCause.VolumeFault);
        recording.Ledger[0].MediaTime.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_file_that_cannot_be_made_is_made_when_it_can()
    {
        Disk.Before = (call, path) =>
        {
            if (call is DiskCall.Create or DiskCall.PrepareFolder)
                throw new UnauthorizedAccessException($"Access to '{path}' is denied.");
        };
        var target = FileTarget.Plan(Bench.Claims, new FileNames(Bench.Folder.Path, "cam", Bench.Container.Format.Extension), ExistingFile.Version, Disk, mount: null);
        var recording = Bench.Prepare(new RecordingOptions(), target);
        var run = recording.RunAsync();
        await UntilAsync(() => recording.State == RecordingState.Suspended, "it is suspended");
        Bench.Told.ShouldContain(t => t.Contains("rights", StringComparison.Ordinal));
        Disk.Before = (_, _) => { };
        await UntilAsync(() => recording.State == RecordingState.Writing, "it goes on");
        await EndAsync(run);
        Positions().ShouldBe(ReaderExtensions.Range(0, (int)Bench.Stream.Next));
        recording.Ledger.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(DiskCall.Create, true)]
    [InlineData(DiskCall.Link, true)]
    [InlineData(DiskCall.Delete, true)]
    [InlineData(DiskCall.Create, false)]
    [InlineData(DiskCall.Link, false)]
    public async Task A_recording_that_begins_late_gets_its_name_by_the_rules(DiskCall failing, bool knowsLinks)
    {
        var (cam, older) = (Bench.Folder["cam.test"], Bench.Folder["cam_1.test"]);
        Disk.Create(cam).Write([new byte[] { 7 }], 0);
        Disk.KnowsLinks = knowsLinks;
        var failures = 0;
        Disk.Before = (call, _) =>
        {
            // What a link cannot be made of is no fault of the disk as long as files can be made.
            if ((call == failing && ++failures < 3) || (call == DiskCall.PrepareFolder && failing == DiskCall.Link && failures < 3))
                throw new IOException("Input/output error");
        };
        var options = new RecordingOptions { Versioning = FileVersioning.RenameOld };
        var names = new FileNames(Bench.Folder.Path, ".test", options, new NameValues { BaseName = "cam" });
        var recording = Bench.Prepare(options, FileTarget.Plan(Bench.Claims, names, ExistingFile.Version, Disk, mount: null));
        var run = recording.RunAsync();
        await UntilAsync(() => recording.State == RecordingState.Suspended, "it is suspended");
        await UntilAsync(() => recording.State == RecordingState.Writing, "it goes on");
        await EndAsync(run);
        failures.ShouldBeGreaterThanOrEqualTo(3);
        recording.Path.ShouldBe(cam);
        Disk.Files.ShouldBe([cam, older]);
        Disk.Content(older).ShouldBe([7]);
        Bench.Claims.TryTake(older).ShouldBeTrue("its name was let go");
        recording.Ledger.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_split_that_its_disk_holds_up_takes_the_next_name()
    {
        var (recording, run) = await StartAsync();
        var failures = 0;
        Disk.Before = (call, _) =>
        {
            if (call == DiskCall.PrepareFolder && ++failures < 3)
                throw new IOException("Input/output error");
        };
        recording.Split();
        await UntilAsync(() => failures == 3 && recording.State == RecordingState.Writing, "it goes on in the next file");
        await EndAsync(run);
        Disk.Files.ShouldBe([Bench.Folder["cam.test"], Bench.Folder["cam_1.test"]]);
        Positions().ShouldBe(ReaderExtensions.Range(0, (int)Bench.Stream.Next));
        recording.Ledger.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_missing_mount_is_never_written_through()
    {
        Disk.Mount = "/";
        var target = FileTarget.Plan(Bench.Claims, new FileNames(Bench.Folder.Path, "cam", Bench.Container.Format.Extension), ExistingFile.Version, Disk, mount: "/mnt/rec");
        var recording = Bench.Prepare(new RecordingOptions(), target);
        var run = recording.RunAsync();
        await UntilAsync(() => recording.State == RecordingState.Suspended, "it is suspended");
        await UntilAsync(() => Bench.Told.Any(t => t.Contains("nothing is mounted at /mnt/rec", StringComparison.Ordinal)), "it says why");
        Disk.Files.ShouldBeEmpty();
        Disk.Mount = "/mnt/rec";
        await UntilAsync(() => recording.State == RecordingState.Writing, "it goes on");
        await EndAsync(run);
        Positions().ShouldBe(ReaderExtensions.Range(0, (int)Bench.Stream.Next));
    }

    [Fact]
    public async Task When_the_stream_ends_before_the_fault_patience_decides()
    {
        var (recording, run) = await StartAsync();
        Disk.Capacity = 0;
        await UntilAsync(() => recording.State == RecordingState.Suspended, "it is suspended");
        Bench.Stream.End();
        await UntilAsync(() => run.IsCompleted, "patience is over", publish: false);
        recording.State.ShouldBe(RecordingState.Failed);
        ShouldTellAllThatIsMissing(recording, DiscontinuityCause.VolumeFault);
    }

    /// <summary>No frame twice, each file from a key frame on, and for each hole an entry of just its length.</summary>
    private void ShouldTellAllThatIsMissing(ActiveRecording recording, DiscontinuityCause cause)
    {
        foreach (var file in Disk.Files)
            (TestFile.Parse(Disk.Content(file)).Positions[0] % Gop).ShouldBe(0, "a file begins with a key frame");
        var positions = Positions();
        positions.ShouldBe(positions.Distinct().Order());
        var total = TimeSpan.FromTicks(recording.Ledger.Sum(e => e.Length.Ticks));
        // The last frame of a stream that ends has no duration yet.
        var missing = Frame * (Bench.Stream.Next - positions.Count);
        (missing - total).ShouldBeInRange(TimeSpan.Zero, recording.EndReason == RecordingEndReason.WriteFailed ? Frame : TimeSpan.Zero);
        recording.Ledger.ShouldContain(e => e.Cause == cause);
    }
}
