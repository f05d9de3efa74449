using Tapedeck.LiveStreamRecord.Tests.Fakes;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord.Tests;

/// <summary>What the person at the encoder sees.</summary>
public sealed class StatusTests
{
    private const string Start = "NetStream.Record.Start";
    private const string Stop = "NetStream.Record.Stop";
    private const string Failed = "NetStream.Record.Failed";
    private const string FileClosed = "NetStream.Record.FileClosed";

    [Fact]
    public async Task Start_is_told_when_media_is_on_disk_and_not_before()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        setup.Client.Sent.ShouldBeEmpty();

        await setup.NoticeStartedAsync(setup.Recording);

        var (message, stream) = setup.Client.Sent.ShouldHaveSingleItem();
        message.ShouldBe(new("status", Start, "Recording 'cam' to /content/cam.mp4.", "cam"));
        stream.ShouldBeSameAs(setup.Client.PublishedStreams[0]);
    }

    [Fact]
    public async Task Stop_tells_the_file_once()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        await setup.NoticeStartedAsync(setup.Recording);
        await setup.StopAsync();
        await setup.Module.OnFileClosedAsync(setup.Recording, setup.Recording.Files[0], default);
        await setup.Module.OnRecordingEndedAsync(setup.Recording, default);

        setup.Client.Codes.ShouldBe([Start, Stop]);
        setup.Client.Sent[1].Message.ShouldBe(new("status", Stop, "Recorded 'cam': /content/cam.mp4, 12.3 s.", "cam"));
    }

    [Fact]
    public async Task The_last_file_is_not_told_twice_when_its_notice_comes_before_the_end_is_known()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        await setup.NoticeStartedAsync(setup.Recording);
        setup.Recorder.OnStop = async recording =>
        {
            await setup.NoticeFileClosedAsync(recording);
            await setup.NoticeEndedAsync(recording, RecordingEndReason.Stopped);
        };

        await setup.StopAsync();

        setup.Client.Codes.ShouldBe([Start, Stop]);
    }

    [Fact]
    public async Task The_end_of_the_stream_is_the_end_of_the_recording()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        await setup.NoticeStartedAsync(setup.Recording);
        ((FakeStream)setup.Client.PublishedStreams[0]).End();
        await setup.NoticeFileClosedAsync(setup.Recording, 3);
        await setup.NoticeEndedAsync(setup.Recording, RecordingEndReason.StreamEnded);

        setup.Client.Codes.ShouldBe([Start, Stop]);
        setup.Client.Sent[1].Message.Description.ShouldBe("Recorded 'cam': /content/cam.mp4, 3.0 s.");
    }

    [Fact]
    public async Task A_change_of_file_is_told()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        await setup.NoticeStartedAsync(setup.Recording);
        await setup.NoticeFileClosedAsync(setup.Recording, 60);
        setup.Recording.GoOnIn("/content/cam_1.mp4");
        await setup.StopAsync();
        await setup.Module.OnRecordingEndedAsync(setup.Recording, default);

        setup.Client.Codes.ShouldBe([Start, FileClosed, Stop]);
        setup.Client.Sent[1].Message.ShouldBe(new("status", FileClosed, "One file of the recording of 'cam' is complete: /content/cam.mp4, 60.0 s.", "cam"));
        setup.Client.Sent[2].Message.Description.ShouldBe("Recorded 'cam' in 2 files; the last: /content/cam_1.mp4, 12.3 s.");
    }

    [Fact]
    public async Task A_failure_is_a_warning_because_encoders_give_up_on_errors()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        await setup.NoticeStartedAsync(setup.Recording);
        await setup.NoticeEndedAsync(setup.Recording, RecordingEndReason.WriteFailed, "No space left on device.");

        setup.Client.Codes.ShouldBe([Start, Failed]);
        setup.Client.Sent[1].Message.ShouldBe(new("warning", Failed, "The recording of 'cam' failed: No space left on device.", "cam"));
        setup.Client.Sent.ShouldNotContain(s => s.Message.Level == "error");
    }

    [Fact]
    public async Task An_end_without_media_is_told_as_one()
    {
        var setup = new Setup("cam");
        await setup.StartAsync(Amf.Object(("startOnKeyFrame", false)));
        await setup.NoticeEndedAsync(setup.Recording, RecordingEndReason.StreamEnded);

        setup.Client.Sent.ShouldHaveSingleItem().Message.ShouldBe(
            new("status", Stop, "The recording of 'cam' ended before any media arrived; there is no file.", "cam"));
    }

    [Fact]
    public async Task Recordings_that_others_started_are_not_told()
    {
        var setup = new Setup("cam");
        await setup.Recorder.StartAsync(setup.Client.PublishedStreams[0], new RecordingOptions());
        await setup.NoticeStartedAsync(setup.Recording);
        await setup.NoticeFileClosedAsync(setup.Recording);
        await setup.NoticeEndedAsync(setup.Recording, RecordingEndReason.StreamEnded);
        setup.Client.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_notice_that_comes_before_the_recorder_returns_is_made_up_for_once()
    {
        var setup = new Setup("cam");
        setup.Recorder.BeforeStartReturns = recording => setup.NoticeStartedAsync(recording).GetAwaiter().GetResult();
        await setup.StartAsync();
        setup.Client.Codes.ShouldBe([Start]);

        await setup.Module.OnRecordingStartedAsync(setup.Recording, default);
        setup.Client.Codes.ShouldBe([Start]);
    }

    [Fact]
    public async Task A_whole_life_before_the_recorder_returns_is_made_up_for_once()
    {
        var setup = new Setup("cam");
        setup.Recorder.BeforeStartReturns = recording =>
        {
            recording.Write();
            recording.CloseFile();
            recording.End(RecordingEndReason.StreamEnded);
        };
        await setup.StartAsync();
        await setup.Module.OnRecordingEndedAsync(setup.Recording, default);
        setup.Client.Codes.ShouldBe([Start, Stop]);
    }

    [Fact]
    public async Task A_replaced_recording_is_still_told_when_its_notices_come_late()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        await setup.NoticeStartedAsync(setup.Recorder.Started[0]);
        await setup.StartAsync();
        await setup.Module.OnFileClosedAsync(setup.Recorder.Started[0], setup.Recorder.Started[0].Files[0], default);
        await setup.Module.OnRecordingEndedAsync(setup.Recorder.Started[0], default);
        await setup.NoticeStartedAsync(setup.Recorder.Started[1]);

        setup.Client.Sent.Select(s => s.Message.Description).ShouldBe(
            ["Recording 'cam' to /content/cam.mp4.", "Recorded 'cam': /content/cam.mp4, 12.3 s.", "Recording 'cam' to /content/cam_1.mp4."]);
    }
}
