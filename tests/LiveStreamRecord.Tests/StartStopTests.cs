using Tapedeck.LiveStreamRecord.Tests.Fakes;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord.Tests;

public sealed class StartStopTests
{
    [Fact]
    public async Task Stop_answers_with_the_file_and_its_duration()
    {
        var setup = new Setup("cam");
        await setup.StartAsync("cam");

        var value = (await setup.StopAsync("cam")).Value.ShouldBeAssignableTo<IReadOnlyDictionary<string, object?>>().ShouldNotBeNull();

        value["path"].ShouldBe("/content/cam.mp4");
        value["duration"].ShouldBe(12.34);
    }

    [Fact]
    public async Task Stop_answers_with_the_last_file_when_there_are_several()
    {
        var setup = new Setup("cam");
        await setup.StartAsync("cam");
        setup.Recording.CloseFile();
        setup.Recording.GoOnIn("/content/cam_1.mp4");

        var value = (await setup.StopAsync()).Value.ShouldBeAssignableTo<IReadOnlyDictionary<string, object?>>().ShouldNotBeNull();

        value["path"].ShouldBe("/content/cam_1.mp4");
    }

    [Fact]
    public async Task Starting_again_stops_the_earlier_recording_first()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();

        var result = await setup.StartAsync(Amf.Object(("format", "flv")));

        result.Value.ShouldBe("/content/cam_1.flv");
        setup.Recorder.MostAtATime.ShouldBe(1);
        setup.Recorder.Started[0].EndReason.ShouldBe(RecordingEndReason.Stopped);
        setup.Recorder.Active.ShouldHaveSingleItem().ShouldBeSameAs(setup.Recorder.Started[1]);
    }

    [Fact]
    public async Task A_start_that_cannot_be_read_leaves_the_running_recording_alone()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();

        (await setup.StartAsync(Amf.Object(("format", "avi")))).IsSuccess.ShouldBeFalse();

        setup.Recording.EndReason.ShouldBeNull();
    }

    [Fact]
    public async Task A_start_goes_through_after_an_earlier_recording_that_failed()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        setup.Recording.End(RecordingEndReason.WriteFailed, "No space left on device.");

        (await setup.StartAsync()).IsSuccess.ShouldBeTrue();
        (await setup.StopAsync()).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Stop_without_start_is_an_error_that_says_what_to_do()
    {
        var setup = new Setup("cam");
        var result = await setup.StopAsync("cam");
        result.ErrorCode.ShouldBe("NetStream.Record.Failed");
        result.ErrorDescription.ShouldBe("'cam' is not being recorded; send startRecording first.");
    }

    [Fact]
    public async Task Stop_twice_is_an_error_the_second_time()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        (await setup.StopAsync()).IsSuccess.ShouldBeTrue();
        (await setup.StopAsync()).ErrorDescription.ShouldBe("'cam' is not being recorded; send startRecording first.");
    }

    [Fact]
    public async Task Stop_leaves_the_applications_own_recording_alone_and_says_so()
    {
        var setup = new Setup("cam");
        await setup.Recorder.StartAsync(setup.Client.PublishedStreams[0], new RecordingOptions());

        var result = await setup.StopAsync();

        result.ErrorDescription.ShouldBe("'cam' is being recorded to /content/cam.mp4, but not by startRecording; that recording ends with the stream.");
        setup.Recording.EndReason.ShouldBeNull();
    }

    [Fact]
    public async Task Stop_after_an_operator_stopped_it_still_tells_the_file()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        await setup.Recorder.StopAsync(setup.Recording);
        (await setup.StopAsync()).Value.ShouldBeAssignableTo<IReadOnlyDictionary<string, object?>>().ShouldNotBeNull()["path"].ShouldBe("/content/cam.mp4");
    }

    [Theory]
    [InlineData(TrackKind.Video, true, "a key frame")]
    [InlineData(TrackKind.Video, false, "any media")]
    [InlineData(TrackKind.Audio, true, "any media")]
    public async Task Stop_before_any_media_says_that_there_is_no_file(TrackKind kind, bool startOnKeyFrame, string waitedFor)
    {
        var setup = new Setup("cam");
        ((FakeStream)setup.Client.PublishedStreams[0]).Tracks = [new Track { Id = 1, Kind = kind, Codec = Codec.Unknown, Timescale = 1000 }];
        await setup.StartAsync(Amf.Object(("startOnKeyFrame", startOnKeyFrame)));
        setup.Recorder.OnStop = recording =>
        {
            recording.End(RecordingEndReason.Stopped);
            return Task.CompletedTask;
        };

        var result = await setup.StopAsync();

        result.ErrorCode.ShouldBe("NetStream.Record.Failed");
        result.ErrorDescription.ShouldBe($"The recording of 'cam' ended before {waitedFor} arrived; there is no file.");
    }

    [Fact]
    public async Task Stop_after_a_failure_tells_the_failure_once()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        setup.Recording.CloseFile();
        setup.Recording.End(RecordingEndReason.WriteFailed, "No space left on device.");

        var result = await setup.StopAsync();
        result.ErrorCode.ShouldBe("NetStream.Record.Failed");
        result.ErrorDescription.ShouldBe("The recording of 'cam' failed: No space left on device. Complete: /content/cam.mp4, 12.3 s.");
        (await setup.StopAsync()).ErrorDescription.ShouldBe("'cam' is not being recorded; send startRecording first.");
    }

    [Theory]
    [InlineData(RecordingRefusal.NoAccess, "NetStream.Record.NoAccess")]
    [InlineData(RecordingRefusal.FileInUse, "NetStream.Record.NoAccess")]
    [InlineData(RecordingRefusal.NoSuchStream, "NetStream.Record.Failed")]
    [InlineData(RecordingRefusal.ByModule, "NetStream.Record.Failed")]
    [InlineData(RecordingRefusal.CannotAppend, "NetStream.Record.Failed")]
    [InlineData(RecordingRefusal.BadName, "NetStream.Record.Failed")]
    [InlineData(RecordingRefusal.Unavailable, "NetStream.Record.Failed")]
    public async Task A_refusal_of_the_recorder_is_passed_on_in_its_own_words(RecordingRefusal refusal, string code)
    {
        var setup = new Setup("cam") { Recorder = { Refusal = new RecordingException(refusal, "Because of this.") } };

        var result = await setup.StartAsync();

        result.ErrorCode.ShouldBe(code);
        result.ErrorDescription.ShouldBe("Because of this.");
        (await setup.StopAsync()).ErrorDescription.ShouldBe("'cam' is not being recorded; send startRecording first.");
    }

    [Fact]
    public async Task A_stream_of_the_same_name_later_knows_nothing_of_the_earlier_one()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        setup.Client.PublishedStreams = [new FakeStream("cam", setup.Client)];

        (await setup.StopAsync()).ErrorDescription.ShouldBe("'cam' is not being recorded; send startRecording first.");
    }

    [Fact]
    public async Task Instances_of_the_module_know_nothing_of_each_other()
    {
        var one = new Setup("cam");
        var two = new Setup("cam");
        await one.StartAsync();
        (await two.StopAsync()).IsSuccess.ShouldBeFalse();
        one.Recording.EndReason.ShouldBeNull();
    }
}
