using Tapedeck.LiveStreamRecord.Tests.Fakes;
using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord.Tests;

public sealed class ConcurrencyTests
{
    [Fact]
    public async Task Starts_and_stops_that_race_never_record_a_stream_twice()
    {
        var setup = new Setup("cam");
        setup.Recorder.StartDelay = async () => await Task.Yield();
        var close = setup.Recorder.OnStop;
        setup.Recorder.OnStop = async recording =>
        {
            await Task.Yield();
            await close(recording);
        };

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => i % 3 == 2 ? setup.StopAsync() : setup.StartAsync())));

        setup.Recorder.MostAtATime.ShouldBe(1);
        setup.Recorder.Active.Count.ShouldBeLessThanOrEqualTo(1);
        results.Where(r => !r.IsSuccess).ShouldAllBe(r => r.ErrorDescription == "'cam' is not being recorded; send startRecording first.");
        await setup.StopAsync();
        setup.Recorder.Active.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stop_that_overtakes_a_slow_start_waits_for_it()
    {
        var setup = new Setup("cam");
        var disk = new TaskCompletionSource();
        setup.Recorder.StartDelay = () => disk.Task;
        var start = setup.StartAsync();
        var stop = setup.StopAsync();
        stop.IsCompleted.ShouldBeFalse();

        disk.SetResult();

        (await start).IsSuccess.ShouldBeTrue();
        (await stop).IsSuccess.ShouldBeTrue();
        setup.Recording.EndReason.ShouldBe(RecordingEndReason.Stopped);
    }

    [Fact]
    public async Task A_slow_disk_of_one_stream_holds_up_no_other_stream()
    {
        var setup = new Setup("front", "back");
        var disk = new TaskCompletionSource();
        setup.Recorder.StartDelay = () => disk.Task;
        var slow = setup.StartAsync("front");
        setup.Recorder.StartDelay = () => Task.CompletedTask;

        (await setup.StartAsync("back")).IsSuccess.ShouldBeTrue();

        slow.IsCompleted.ShouldBeFalse();
        disk.SetResult();
        (await slow).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Clients_do_not_meet_in_one_module()
    {
        var setup = new Setup("cam");
        var clients = Enumerable.Range(0, 50).Select(i => new FakeClient($"cam{i}")).ToArray();

        await Task.WhenAll(clients.Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                (await setup.Module.StartRecordingAsync(new CommandCall("startRecording", client, null, CommandArguments.None), default)).IsSuccess.ShouldBeTrue();
                (await setup.Module.StopRecordingAsync(new CommandCall("stopRecording", client, null, CommandArguments.None), default)).IsSuccess.ShouldBeTrue();
            }
        })));

        setup.Recorder.Started.Count.ShouldBe(500);
        setup.Recorder.Active.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stop_that_was_given_up_can_be_repeated()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        var close = setup.Recorder.OnStop;
        setup.Recorder.OnStop = _ => Task.FromCanceled(new CancellationToken(true));
        await Should.ThrowAsync<OperationCanceledException>(() => setup.StopAsync());

        setup.Recorder.OnStop = close;

        (await setup.StopAsync()).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Notices_from_everywhere_are_told_once()
    {
        var setup = new Setup("cam");
        await setup.StartAsync();
        var recording = setup.Recording;
        recording.Write();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () => await setup.Module.OnRecordingStartedAsync(recording, default))));
        recording.CloseFile();
        recording.End(RecordingEndReason.StreamEnded);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () => await setup.Module.OnRecordingEndedAsync(recording, default))));

        setup.Client.Codes.ShouldBe(["NetStream.Record.Start", "NetStream.Record.Stop"]);
    }
}
