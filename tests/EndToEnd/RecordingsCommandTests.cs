using System.Text.Json;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.EndToEnd.Tests;

/// <summary><c>tapedeck recordings</c>, beside a running host and after it.</summary>
public sealed class RecordingsCommandTests
{
    private const string Application =
        "streamType: live\nmodules:\n  - class: Tapedeck.LiveStreamRecord.LiveStreamRecordModule\nproperties:\n  liveStreamRecordRequests: true\n  recordingLabels: room=3\n";

    [Fact]
    public async Task What_is_recorded_and_what_is_asked_for_is_listed()
    {
        using var home = new TestHome();
        home.Write("applications/app/Application.yaml", Application);
        await using (var host = await HostProcess.StartOnAsync(home))
        {
            await using var encoder = await Encoder.ConnectAsync(host.Url("app"));
            await encoder.PublishAsync("cam");
            await encoder.SendAsync(Recorded.Tags(await Clips.GetAsync("plain")));
            await encoder.CallAsync("startRecording", "later", new AmfObject { { "waitForStream", true }, { "persist", true } });
            await encoder.CallAsync("startRecording", "cam", new AmfObject { { "preroll", 1.0 } });
            await encoder.CallAsync("labelRecording", "cam", new AmfObject { { "kind", "lecture" } });
            var listed = await ListAsync(home);
            listed.Select(r => r.GetProperty("stream").GetString()).ShouldBe(["cam", "later"], ignoreOrder: true);
            (await ListAsync(home, "--state", "requested")).ShouldHaveSingleItem().GetProperty("keepAlive").GetBoolean().ShouldBeFalse();
            (await ListAsync(home, "--label", "kind=lecture")).ShouldHaveSingleItem().GetProperty("labels").GetProperty("room").GetString().ShouldBe("3");
            (await ListAsync(home, "--label", "kind=party")).ShouldBeEmpty();
            (await host.StopAsync()).ShouldBe(0);
        }

        await using var text = await HostProcess.CommandAsync("recordings", "--home", home.Root, "--stream", "later");
        text.Output[^1].ShouldBe("1 recordings");
        text.Output[0].ShouldEndWith("app/_definst_/later  requested, when it is there");
    }

    [Theory]
    [InlineData("--state", "bogus", "requested, waiting, writing")]
    [InlineData("--label", "room", "key=value")]
    [InlineData("--from", "yesterday", "2026-01-31T12:00")]
    [InlineData("--limit", "0", "1 or more")]
    [InlineData("--home", "nowhere", "make it first")]
    public async Task What_cannot_be_read_is_named_with_what_can(string option, string value, string remedy)
    {
        await using var command = await HostProcess.CommandAsync("recordings", option, value);
        command.ExitCode.ShouldBe(1);
        command.Errors.ShouldContain(l => l.Contains(value, StringComparison.Ordinal) && l.Contains(remedy, StringComparison.Ordinal));
        command.Text.ShouldNotContain("   at ");
    }

    private static async Task<JsonElement[]> ListAsync(TestHome home, params string[] options)
    {
        await using var list = await HostProcess.CommandAsync(["recordings", "--home", home.Root, "--json", .. options]);
        list.ExitCode.ShouldBe(0, list.Text);
        return [.. list.Output.Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
