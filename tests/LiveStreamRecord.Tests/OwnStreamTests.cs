using Tapedeck.LiveStreamRecord.Tests.Fakes;
using Tapedeck.Modules;

namespace Tapedeck.LiveStreamRecord.Tests;

/// <summary>Commands act on what their sender publishes, and on nothing else.</summary>
public sealed class OwnStreamTests
{
    [Fact]
    public async Task A_stream_of_somebody_else_is_refused_in_the_same_words_as_one_that_is_not_live()
    {
        var setup = new Setup("cam");

        var result = await setup.StartAsync("theirs");

        result.ErrorCode.ShouldBe("NetStream.Record.NoAccess");
        result.ErrorDescription.ShouldBe("This connection does not publish 'theirs'. It may record what it publishes: 'cam'.");
        setup.Recorder.Started.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_stops_the_recording_of_somebody_else()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        var stranger = new FakeClient("other");
        var call = new CommandCall("stopRecording", stranger, null, new CommandArguments(["cam"]));

        var result = await setup.Module.StopRecordingAsync(call, default);

        result.ErrorCode.ShouldBe("NetStream.Record.NoAccess");
        result.ErrorDescription.ShouldBe("This connection does not publish 'cam'. It may record what it publishes: 'other'.");
        setup.Recording.EndReason.ShouldBeNull();
    }

    [Theory]
    [InlineData("CAM")] // names of streams are compared exactly
    [InlineData("cam ")]
    [InlineData("cam.mp4")]
    [InlineData("mp4:mp4:cam")]
    [InlineData("?cam")]
    public async Task Names_are_exact(string name)
    {
        var result = await new Setup("cam").StartAsync(name);
        result.ErrorCode.ShouldBe("NetStream.Record.NoAccess");
    }

    [Fact]
    public async Task Without_a_name_several_streams_are_a_question()
    {
        var setup = new Setup("front", "back");

        foreach (var result in new[] { await setup.StartAsync(), await setup.StopAsync(Amf.Object(("format", "mp4"))) })
        {
            result.ErrorCode.ShouldBe("NetStream.Record.Failed");
            result.ErrorDescription.ShouldBe("Say which stream is meant. It may record what it publishes: 'front', 'back'.");
        }
    }

    [Fact]
    public async Task With_a_name_each_of_several_streams_is_recorded_and_stopped_on_its_own()
    {
        var setup = new Setup("front", "back");
        await setup.StartAsync("front");
        await setup.StartAsync("back");
        setup.Recorder.Active.Count.ShouldBe(2);

        await setup.StopAsync("front");

        setup.Recorder.Active.ShouldHaveSingleItem().Stream.Name.ShouldBe("back");
    }

    [Fact]
    public async Task Who_publishes_nothing_is_told_so()
    {
        var setup = new Setup();
        (await setup.StartAsync()).ErrorDescription.ShouldBe("This connection publishes no stream now; publish first, then record.");
        (await setup.StartAsync("cam")).ErrorDescription.ShouldBe("This connection does not publish 'cam'. It publishes no stream now; publish first, then record.");
    }

    [Fact]
    public async Task Long_and_hostile_names_are_quoted_in_short()
    {
        var result = await new Setup([.. Enumerable.Range(1, 12).Select(i => $"s{i}")]).StartAsync("a\r\nb" + new string('x', 500));
        result.ErrorDescription.ShouldBe(
            $"This connection does not publish 'a??b{new string('x', 96)}…'. It may record what it publishes: 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10' and 2 more.");
    }
}
