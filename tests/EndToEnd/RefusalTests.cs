using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Publishers who may not: they learn why, and nobody else notices.</summary>
public sealed class RefusalTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task A_name_in_use_is_refused_and_its_publisher_not_disturbed()
    {
        var clip = await Clips.GetAsync("bframes");
        await using var first = Ffmpeg.Publish(clip, fixture.Host.Url("liverec/taken"));
        await fixture.Host.LogLineAsync("publishes liverec/_definst_/taken");
        await using var second = Ffmpeg.Publish(clip, fixture.Host.Url("liverec/taken"));

        (await second.ExitAsync()).ShouldNotBe(0);
        second.Text.ShouldContain("is being published already");
        await first.SucceedAsync();
        var file = fixture.Home.Content("liverec/taken.mp4");
        await Recorded.FinishedAsync(file);
        (await Probe.PacketsAsync(file)).ShouldBeRecordingOf(await Probe.PacketsAsync(clip), "taken");
        fixture.Home.Recordings().Count(f => f.Contains("taken", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_name_in_use_is_BadName_in_the_protocol()
    {
        await using var first = await Encoder.ConnectAsync(fixture.Host.Url("live"));
        await first.PublishAsync("mine");
        await using var second = await Encoder.ConnectAsync(fixture.Host.Url("live"));
        (await Should.ThrowAsync<RtmpStatusException>(() => second.PublishAsync("mine"))).Code.ShouldBe("NetStream.Publish.BadName");
    }

    [Fact]
    public async Task An_unknown_application_is_named()
    {
        await using var encoder = Ffmpeg.Publish(await Clips.GetAsync("audio"), fixture.Host.Url("nosuch/stream"));
        (await encoder.ExitAsync()).ShouldNotBe(0);
        encoder.Text.ShouldContain("There is no application 'nosuch'");
        var refusal = await Should.ThrowAsync<RtmpCallException>(() => RtmpClient.ConnectAsync(fixture.Host.Url("nosuch")));
        refusal.Status.Code.ShouldBe("NetConnection.Connect.InvalidApp");
        await fixture.Host.LogLineAsync("no application 'nosuch'");
    }

    [Theory]
    [InlineData("bell\a", "control character")]
    [InlineData("zero\0name", "control character")]
    [InlineData("/rooted", "begins or ends with '/'")]
    [InlineData("broken\uFFFDutf", "not valid UTF-8")]
    [InlineData("", "empty")]
    public async Task A_name_that_cannot_be_a_file_is_refused_with_the_reason(string name, string reason)
    {
        await using var encoder = await Encoder.ConnectAsync(fixture.Host.Url("liverec"));
        var refusal = await Should.ThrowAsync<RtmpStatusException>(() => encoder.PublishAsync(name));
        refusal.Code.ShouldBe("NetStream.Publish.BadName");
        refusal.Description.ShouldContain(reason);
        await fixture.Host.LogLineAsync(reason);
    }
}
