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
}
