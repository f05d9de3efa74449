using Tapedeck.Containers.Flv;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>The publish types of FMS: live, record and append.</summary>
public sealed class PublishTypeTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private string Url => fixture.Host.Url("liverec");

    [Fact]
    public async Task Record_overwrites_and_tells_each_step()
    {
        await using (await Encoder.PublishClipAsync(Url, "over", await Clips.GetAsync("bframes"), "record")) { }
        await using var encoder = await Encoder.PublishClipAsync(Url, "over", await Clips.GetAsync("audio"), "record");

        encoder.Codes.ShouldBe(["NetStream.Publish.Start", "NetStream.Record.Start", "NetStream.Record.Stop", "NetStream.Unpublish.Success"]);
        var file = fixture.Home.Content("liverec/over.mp4");
        Recorded.Packets(file).ShouldNotContain(p => p.IsVideo);
        fixture.Home.Recordings().Count(f => f.StartsWith("liverec/over", StringComparison.Ordinal)).ShouldBe(1);
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(file);
    }

    [Fact]
    public async Task Live_never_destroys_a_recording()
    {
        await using (await Encoder.PublishClipAsync(Url, "kept", await Clips.GetAsync("bframes"), "record")) { }
        var before = await File.ReadAllBytesAsync(fixture.Home.Content("liverec/kept.mp4"));
        await using (await Encoder.PublishClipAsync(Url, "kept", await Clips.GetAsync("audio"))) { }

        (await File.ReadAllBytesAsync(fixture.Home.Content("liverec/kept.mp4"))).ShouldBe(before);
        Recorded.IsFinished(fixture.Home.Content("liverec/kept_1.mp4")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("joined", "liverec/joined.mp4", "bframes")]
    [InlineData("flv:joined", "liverec/joined.flv", "bframes")]
    [InlineData("song", "liverec/song.mp4", "audio")]
    [InlineData("flv:song", "liverec/song.flv", "audio")]
    public async Task Append_goes_on_at_the_end(string name, string recorded, string clip)
    {
        var file = fixture.Home.Content(recorded);
        var source = await Clips.GetAsync(clip);
        await using (await Encoder.PublishClipAsync(Url, name, source, "append")) { }
        var once = await Probe.DurationAsync(file);
        await using (await Encoder.PublishClipAsync(Url, name, source, "append")) { }
        await using (await Encoder.PublishClipAsync(Url, name, source, "append")) { }

        (await Probe.DurationAsync(file)).ShouldBe(3 * once, 0.15);
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(file);
        var expected = await Probe.PacketsAsync(source);
        var recordedPackets = await Probe.PacketsAsync(file);
        foreach (var track in expected.Select(p => p.Track).Distinct())
        {
            var hashes = expected.Of(track).Select(p => p.Hash).ToArray();
            var actual = recordedPackets.Of(track);
            actual.Select(p => p.Hash).ShouldBe([.. hashes, .. hashes, .. hashes], $"{recorded}: payloads of {track}");
            actual.Zip(actual.Skip(1)).ShouldAllBe(pair => pair.First.Dts < pair.Second.Dts);
        }
    }

    [Theory]
    [InlineData("record")]
    [InlineData("append")]
    public async Task An_application_that_does_not_record_refuses(string type)
    {
        await using var encoder = await Encoder.ConnectAsync(fixture.Host.Url("live"));
        var refusal = await Should.ThrowAsync<RtmpStatusException>(() => encoder.PublishAsync("refused", type));
        refusal.Code.ShouldBe("NetStream.Record.NoAccess");
        refusal.Description.ShouldContain("live-record");
        fixture.Home.Recordings().ShouldNotContain(f => f.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_FLV_recording_holds_every_tag_as_it_came()
    {
        var source = Recorded.Tags(await Clips.GetAsync("bframes")).Where(t => t.Type != FlvTagType.Script).ToArray();
        await using (await Encoder.PublishClipAsync(Url, "flv:tags", await Clips.GetAsync("bframes"))) { }

        var recorded = Recorded.Tags(fixture.Home.Content("liverec/tags.flv")).Where(t => t.Type != FlvTagType.Script).ToArray();
        recorded.Select(t => (t.Type, t.Time, Convert.ToHexString(t.Body))).ShouldBe(source.Select(t => (t.Type, t.Time, Convert.ToHexString(t.Body))));
    }
}
