using Tapedeck.Containers;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>startRecording and stopRecording, sent by encoders to the application live.</summary>
public sealed class CommandTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task The_command_object_of_nanoStream_records_and_is_answered_with_the_path()
    {
        var tags = Recorded.Tags(await Clips.GetAsync("bframes"));
        await using var encoder = await PublishAsync("mystream");
        await encoder.SendAsync(tags.Where(t => t.Time < 1500));
        var answer = await encoder.CallAsync("startRecording", "mystream", new AmfObject
        {
            { "streamName", "mystream" },
            { "cmd2", new AmfObject { { "format", "mp4" }, { "append", false }, { "startOnKeyFrame", true }, { "recordData", false }, { "versionFile", true } } },
        });
        await encoder.SendAsync(tags.Where(t => t.Time >= 1500));
        await encoder.StatusAsync("NetStream.Record.Start");
        var stopped = await encoder.CallAsync("stopRecording", "mystream");

        var file = fixture.Home.Content("live/mystream.mp4");
        answer[0].ShouldBe(file);
        ((AmfObject)stopped[0]!)["path"].ShouldBe(file);
        (await Probe.PacketsAsync(file)).First(p => p.IsVideo).IsKey.ShouldBeTrue();
        // The first key frame after the command is that of second 2.
        Recorded.Packets(file).Count(p => p.IsVideo).ShouldBe(50);
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(file);
        await encoder.StatusAsync("NetStream.Record.Stop");
    }

    [Fact]
    public async Task NULL_means_the_stream_of_the_connection()
    {
        var tags = Recorded.Tags(await Clips.GetAsync("plain"));
        await using var encoder = await PublishAsync("nothing");
        await encoder.CallAsync("startRecording", (object?)null);
        await encoder.SendAsync(tags);
        await encoder.StatusAsync("NetStream.Record.Start");
        await encoder.CallAsync("stopRecording", (object?)null);
        await Probe.ShouldPassInspectionAsync(fixture.Home.Content("live/nothing.mp4"));
    }

    [Fact]
    public async Task Versions_and_append_do_what_they_say()
    {
        var tags = Recorded.Tags(await Clips.GetAsync("plain"));
        await using var encoder = await PublishAsync("again");
        await RecordAsync(encoder, tags, "again", "{versionFile}");
        await RecordAsync(encoder, tags, "again", "{versionFile}");
        await RecordAsync(encoder, tags, "again", "{append}");

        fixture.Home.Recordings().Where(f => f.StartsWith("live/again", StringComparison.Ordinal)).ShouldBe(["live/again.mp4", "live/again_1.mp4"]);
        (await Probe.DurationAsync(fixture.Home.Content("live/again_1.mp4"))).ShouldBe(Clips.Seconds, 0.2);
        (await Probe.DurationAsync(fixture.Home.Content("live/again.mp4"))).ShouldBe(2 * Clips.Seconds, 0.2);
        await Probe.ShouldDecodeSilentlyAsync(fixture.Home.Content("live/again.mp4"));
        await Probe.ShouldPassInspectionAsync(fixture.Home.Content("live/again.mp4"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_FLV_recording_holds_the_tags_as_received_and_data_only_when_wanted(bool recordData)
    {
        var name = $"data{recordData}";
        var tags = Recorded.Tags(await Clips.GetAsync("plain")).Where(t => t.Type != FlvTagType.Script).ToArray();
        await using var encoder = await PublishAsync(name);
        await encoder.SendAsync(tags.Where(t => t.Time < 500));
        await encoder.CallAsync("startRecording", name, new AmfObject { { "format", "flv" }, { "recordData", recordData } });
        await encoder.SendAsync(tags.Where(t => t.Time is >= 500 and < 2000));
        await encoder.SendDataAsync(2000, "onTextData", new AmfObject { { "text", "a word from the stage" } });
        await encoder.SendAsync(tags.Where(t => t.Time >= 2000));
        await encoder.StatusAsync("NetStream.Record.Start");
        await encoder.CallAsync("stopRecording", name);

        var file = fixture.Home.Content($"live/{name}.flv");
        var recorded = Recorded.Tags(file);
        var key = Array.FindIndex(tags, t => t.Time >= 500 && t.IsKeyFrame);
        var expected = tags[key..].Select(t => (t.Type, t.Time - tags[key].Time, Convert.ToHexString(t.Body))).ToArray();
        var media = recorded.Where(t => t.Type != FlvTagType.Script && !t.IsConfiguration).ToArray();
        media.Select(t => (t.Type, t.Time - media[0].Time, Convert.ToHexString(t.Body))).ShouldBe(expected);
        recorded.Count(t => t.IsConfiguration).ShouldBe(2);
        recorded.Any(t => t.Type == FlvTagType.Script && t.Body.AsSpan().IndexOf("a word from the stage"u8) >= 0).ShouldBe(recordData);
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(file);
    }

    [Theory]
    [InlineData("mp4", true)]
    [InlineData("mkv", true)]
    [InlineData("ts", true)]
    [InlineData("mp4", false)]
    [InlineData("ts", false)]
    public async Task Text_goes_into_a_track_of_its_own_where_the_container_has_one(string format, bool recordData)
    {
        var name = $"text{format}{recordData}";
        var tags = Recorded.Tags(await Clips.GetAsync("plain"));
        await using var encoder = await PublishAsync(name);
        await encoder.SendAsync(tags.Where(t => t.Time < 500));
        await encoder.CallAsync("startRecording", name, new AmfObject { { "format", format }, { "recordData", recordData } });
        await encoder.SendAsync(tags.Where(t => t.Time is >= 500 and < 2000));
        await encoder.SendDataAsync(2000, "onTextData", new AmfObject { { "text", "a word from the stage" } });
        await encoder.SendAsync(tags.Where(t => t.Time >= 2000));
        await encoder.StatusAsync("NetStream.Record.Start");
        await encoder.CallAsync("stopRecording", name);

        var file = fixture.Home.Content($"live/{name}.{format}");
        using (var reader = ContainerFile.Open(File.OpenRead(file)))
        {
            var texts = 0;
            while (reader.TryRead(out var frame))
                texts += frame.Kind == FrameKind.Script && frame.Payload.Span.IndexOf("a word from the stage"u8) >= 0 ? 1 : 0;
            texts.ShouldBe(recordData ? 1 : 0);
        }

        (await Probe.StreamAsync(file, format == "mkv" ? "s" : "d", "index")).Length.ShouldBeInRange(recordData ? 1 : 0, recordData ? 4 : 0, "the track is listed, by its program too");
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(file);
    }

    [Fact]
    public async Task The_publish_command_of_the_program_sends_commands_too()
    {
        await using var publish = await HostProcess.CommandAsync(
            "publish", await Clips.GetAsync("bframes"), fixture.Host.Url("live/bycommand"), "--for", "3500ms",
            "--call", "500ms startRecording [\"bycommand\", {\"format\": \"mp4\", \"append\": false, \"startOnKeyFrame\": true}]",
            "--call", "3s stopRecording [\"bycommand\"]");
        publish.ExitCode.ShouldBe(0, publish.Text);

        var file = fixture.Home.Content("live/bycommand.mp4");
        publish.Text.ShouldContain($"startRecording -> {file}");
        await Probe.ShouldPassInspectionAsync(file);
        await Probe.ShouldDecodeSilentlyAsync(file);
        (await Probe.DurationAsync(file)).ShouldBe(2, 0.5);
    }

    [Fact]
    public async Task A_stream_of_somebody_else_cannot_be_recorded()
    {
        await using var owner = await PublishAsync("owned");
        await using var other = await PublishAsync("other");
        await Should.ThrowAsync<RtmpCallException>(() => other.CallAsync("startRecording", "owned"));
        fixture.Home.Recordings().ShouldNotContain(f => f.Contains("owned", StringComparison.Ordinal));
    }

    private async Task<Encoder> PublishAsync(string name)
    {
        var encoder = await Encoder.ConnectAsync(fixture.Host.Url("live"));
        await encoder.PublishAsync(name);
        return encoder;
    }

    private static async Task RecordAsync(Encoder encoder, List<Tag> tags, string name, string option)
    {
        await encoder.CallAsync("startRecording", name, new AmfObject { { option.Trim('{', '}'), true } });
        // Times of an encoder go on from recording to recording.
        var from = encoder.Sent == 0 ? 0 : (uint)encoder.Sent + 40;
        await encoder.SendAsync(tags.Select(t => t with { Time = t.Time + from }));
        await encoder.CallAsync("stopRecording", name);
    }
}
