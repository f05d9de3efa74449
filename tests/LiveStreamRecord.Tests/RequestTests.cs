using Tapedeck.LiveStreamRecord.Tests.Fakes;
using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord.Tests;

/// <summary>Recordings that are asked for before their stream is live, and those that go on after their publisher came back.</summary>
public sealed class RequestTests
{
    [Theory]
    [InlineData("waitForStream", false, false)]
    [InlineData("keepAlive", true, false)]
    [InlineData("persist", false, true)]
    public async Task A_stream_that_is_not_live_can_be_asked_for(string option, bool keepAlive, bool persist)
    {
        var setup = Allowing();
        var result = await setup.StartAsync("later", Amf.Object((option, true), ("format", "flv")));
        var request = setup.Recorder.Requests.ShouldHaveSingleItem();
        request.StreamName.ShouldBe("later");
        request.Options.Format.ShouldBe(RecordingFormat.Flv);
        request.Terms.KeepAlive.ShouldBe(keepAlive);
        request.Terms.Persist.ShouldBe(persist);
        Members(result)["request"].ShouldBe(request.Id.ToString());
    }

    [Theory]
    [InlineData(2500.0, 2500)]
    [InlineData("00:00:10", 10_000)]
    [InlineData(0.0, 0)]
    [InlineData(null, 7000)]
    public async Task A_recording_may_begin_in_the_past(object? value, int milliseconds)
    {
        var setup = new Setup("cam");
        setup.Defaults.Preroll = TimeSpan.FromSeconds(7);
        (await setup.OptionsOfStartAsync(Amf.Object(("preRoll", value)))).Preroll.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Fact]
    public async Task Only_where_the_operator_allows_it()
    {
        var setup = new Setup("cam");
        var result = await setup.StartAsync("later", Amf.Object(("waitForStream", true)));
        result.ErrorCode.ShouldBe("NetStream.Record.NoAccess");
        result.ErrorDescription.ShouldNotBeNull().ShouldContain("liveStreamRecordRequests");
        setup.Recorder.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_name_there_is_nothing_to_wait_for()
    {
        var result = await Allowing().StartAsync(Amf.Object(("waitForStream", true)));
        result.ErrorDescription.ShouldNotBeNull().ShouldContain("Say which stream");
    }

    [Fact]
    public async Task A_second_request_replaces_the_first_and_stop_takes_it_back()
    {
        var setup = Allowing();
        await setup.StartAsync("later", Amf.Object(("keepAlive", true)));
        await setup.StartAsync("later", Amf.Object(("waitForStream", true)));
        setup.Recorder.Requests.ShouldHaveSingleItem().Terms.KeepAlive.ShouldBeFalse();
        Members(await setup.StopAsync("later"))["cancelled"].ShouldBe(true);
        setup.Recorder.Requests.ShouldBeEmpty();
        (await setup.StopAsync("later")).ErrorCode.ShouldBe("NetStream.Record.NoAccess");
    }

    [Fact]
    public async Task Stop_ends_what_a_request_records_and_answers_with_its_file()
    {
        var setup = Allowing();
        await setup.StartAsync("cam", Amf.Object(("keepAlive", true)));
        var stream = setup.Client.PublishedStreams[0];
        var recording = (FakeRecording)await setup.Recorder.StartAsync(stream, new RecordingOptions());
        ((FakeRequest)setup.Recorder.Requests.Single()).Recording = recording;
        await setup.NoticeStartedAsync(recording);
        setup.Client.Codes.ShouldBe(["NetStream.Record.Start"]);
        Members(await setup.StopAsync("cam"))["path"].ShouldBe("/content/cam.mp4");
        recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
        setup.Recorder.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_request_records_is_told_to_have_started_however_late_and_once()
    {
        var setup = Allowing();
        await setup.StartAsync("cam", Amf.Object(("keepAlive", true)));
        var recording = (FakeRecording)await setup.Recorder.StartAsync(setup.Client.PublishedStreams[0], new RecordingOptions());
        ((FakeRequest)setup.Recorder.Requests.Single()).Recording = recording;
        recording.Suspend(); // its disk failed before the notice came
        await setup.Module.OnRecordingStartedAsync(recording, default);
        await setup.NoticeStartedAsync(recording);
        setup.Client.Codes.ShouldBe(["NetStream.Record.Start"]);
    }

    [Fact]
    public async Task Requests_of_others_are_left_alone()
    {
        var setup = Allowing();
        await setup.Recorder.RequestAsync("later", new RecordingOptions(), new RequestTerms { KeepAlive = true });
        await setup.StopAsync("later");
        setup.Recorder.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_encoder_that_is_back_goes_on_with_its_recording_when_it_asks_again()
    {
        var setup = new Setup("cam");
        await setup.StartAsync("cam", Amf.Object(("format", "mp4")));
        var (client, recording) = Return(setup);
        var result = await setup.Module.StartRecordingAsync(Call("startRecording", client, Amf.Object(("format", "mp4"))), default);
        result.Value.ShouldBe("/content/cam.mp4");
        setup.Recorder.Started.Count.ShouldBe(1);

        await setup.NoticeFileClosedAsync(recording);
        client.Codes.ShouldBe(["NetStream.Record.FileClosed"], "it is told to whoever publishes now");
        await setup.Module.StopRecordingAsync(Call("stopRecording", client), default);
        recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
    }

    [Fact]
    public async Task Another_wish_of_an_encoder_that_is_back_is_another_recording()
    {
        var setup = new Setup("cam");
        await setup.StartAsync("cam", Amf.Object(("format", "mp4")));
        var (client, recording) = Return(setup);
        await setup.Module.StartRecordingAsync(Call("startRecording", client, Amf.Object(("format", "flv"))), default);
        recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
        setup.Recorder.Active.ShouldHaveSingleItem().Options.Format.ShouldBe(RecordingFormat.Flv);
    }

    [Fact]
    public async Task An_encoder_that_is_back_stops_its_recording_without_asking_again()
    {
        var setup = new Setup("cam");
        await setup.StartAsync("cam");
        var (client, recording) = Return(setup);
        Members(await setup.Module.StopRecordingAsync(Call("stopRecording", client), default))["path"].ShouldBe("/content/cam.mp4");
        recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, false, false)]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    public async Task Who_ended_its_stream_may_stop_the_recording_that_outlasts_it(bool named, bool diskFails, bool publishesAnother)
    {
        var setup = new Setup("cam");
        await setup.StartAsync("cam");
        if (diskFails)
            setup.Recording.Suspend();
        else
            setup.Recording.Await();
        ((FakeStream)setup.Recording.Stream).End();
        setup.Client.PublishedStreams = publishesAnother ? [new FakeStream("other", setup.Client)] : [];
        var stranger = new CommandCall("stopRecording", new FakeClient(), null, new CommandArguments(["cam"]));
        (await setup.Module.StopRecordingAsync(stranger, default)).ErrorCode.ShouldBe("NetStream.Record.NoAccess");
        Members(named ? await setup.StopAsync("cam") : await setup.StopAsync())["path"].ShouldBe("/content/cam.mp4");
        setup.Recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
    }

    private static Setup Allowing()
    {
        var setup = new Setup("cam");
        setup.Defaults.Requests = true;
        return setup;
    }

    /// <summary>The encoder publishes the same name on a new connection, and its recording goes on.</summary>
    private static (FakeClient Client, FakeRecording Recording) Return(Setup setup)
    {
        var client = new FakeClient("cam");
        setup.Recording.Stream = client.PublishedStreams[0];
        return (client, setup.Recording);
    }

    private static CommandCall Call(string name, FakeClient client, params object?[] options) => new(name, client, null, new CommandArguments(["cam", .. options]));

    private static IReadOnlyDictionary<string, object?> Members(CommandResult result) =>
        result.Value.ShouldBeAssignableTo<IReadOnlyDictionary<string, object?>>(result.ErrorDescription).ShouldNotBeNull();
}
