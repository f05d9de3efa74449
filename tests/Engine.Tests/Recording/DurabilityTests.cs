using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class DurabilityTests
{
    [Theory]
    [InlineData(Durability.None, null, false)]
    [InlineData(Durability.Fragment, null, true)]
    [InlineData(Durability.None, Durability.Fragment, true)]
    [InlineData(Durability.None, Durability.Strict, true)]
    [InlineData(Durability.Strict, Durability.None, false)]
    public async Task What_a_recording_asks_for_goes_before_the_setting(Durability setting, Durability? own, bool isSynced)
    {
        using var bench = new RecordingBench { Settings = new RecordingSettings { Durability = setting, DiskPatience = TimeSpan.Zero } };
        var disk = bench.UseMemory();
        int writes = 0, syncsBeforeTheIndex = 0, syncs = 0;
        disk.Before = (call, _) =>
        {
            if (call == DiskCall.Write && ++writes > 1)
                syncsBeforeTheIndex = syncs;
            syncs += call == DiskCall.Sync ? 1 : 0;
        };
        await bench.RecordAsync(() => bench.Stream.Run(100, gop: 25), new RecordingOptions { Durability = own });
        writes.ShouldBeGreaterThan(1, "media and index");
        (syncsBeforeTheIndex > 0).ShouldBe(isSynced);
        syncs.ShouldBeGreaterThan(syncsBeforeTheIndex, "the index always is");
    }

    [Theory]
    [InlineData(RecordingFormat.MpegTs, Durability.Fragment)]
    [InlineData(RecordingFormat.Flv, Durability.Fragment)]
    [InlineData(RecordingFormat.Mp4, Durability.None)]
    [InlineData(RecordingFormat.MpegTs, Durability.Strict)]
    [InlineData(RecordingFormat.Flv, Durability.Strict)]
    [InlineData(RecordingFormat.Matroska, Durability.Strict)]
    public async Task In_every_container_what_was_written_is_synced_and_once(RecordingFormat format, Durability durability)
    {
        using var bench = new RecordingBench { Settings = new RecordingSettings { Durability = durability, DiskPatience = TimeSpan.Zero }, RealFormat = ContainerFormat.Of(format) };
        bench.Stream.AudioTrack = TestTracks.Audio() with { Configuration = new byte[] { 0x11, 0x90 }, ConfigurationPacket = new byte[] { 0xAF, 0 } };
        var disk = bench.UseMemory();
        var calls = new System.Collections.Concurrent.ConcurrentQueue<DiskCall>();
        disk.Before = (call, _) =>
        {
            if (call is DiskCall.Write or DiskCall.Sync)
                calls.Enqueue(call);
        };
        var run = bench.Prepare().RunAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (var time = 0; calls.Count(c => c == DiskCall.Write) < 6; time += 21)
        {
            patience.IsCancellationRequested.ShouldBeFalse("six writes: not within 30 s");
            bench.Stream.Audio(time);
            await Task.Yield();
        }

        var growing = calls.ToArray();
        bench.Stream.End();
        await run;
        calls.Last().ShouldBe(DiskCall.Sync, "a closed file is on the medium");
        growing.Contains(DiskCall.Sync).ShouldBe(durability != Durability.None);
        var pairs = growing.Zip(growing.Skip(1)).ToArray();
        pairs.ShouldNotContain((DiskCall.Sync, DiskCall.Sync), "once is enough");
        if (durability == Durability.Strict && format == RecordingFormat.MpegTs)
            pairs.ShouldNotContain((DiskCall.Write, DiskCall.Write));
    }
}
