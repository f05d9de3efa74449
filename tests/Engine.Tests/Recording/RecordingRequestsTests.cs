using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Streams;
using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>Requests to record what does not exist yet, with the recorder as it is. Recordings are FLV, which takes packets as they come.</summary>
public sealed class RecordingRequestsTests : IAsyncLifetime
{
    private static readonly RequestTerms Once = new();
    private static readonly RequestTerms Always = new() { KeepAlive = true };
    private static readonly RequestTerms Kept = new() { KeepAlive = true, Persist = true, Owner = "somebody" };

    private readonly RecordingBench _bench = new();
    private readonly TempFolder _data = new();
    private readonly ManualTime _time = new();
    private readonly AwaitedLog _log = new();
    private readonly StreamRegistry _registry;
    private VolumeSet _volumes = null!;
    private RecordingCatalog _catalog = null!;
    private Recorder _recorder = null!;

    public RecordingRequestsTests() => _registry = new StreamRegistry("live", "_definst_", new SlabPool(), new StreamOptions(), _time);

    public async Task InitializeAsync()
    {
        _volumes = new VolumeSet(_bench.Settings);
        await OpenAsync();
    }

    public async Task DisposeAsync()
    {
        await CloseAsync();
        _volumes.Dispose();
        _bench.Dispose();
        _data.Dispose();
    }

    [Fact]
    public async Task It_waits_and_starts_with_the_first_frame_of_its_stream()
    {
        var request = await _recorder.RequestAsync("cam", new RecordingOptions(), Once, default);
        request.Recording.ShouldBeNull();
        var stream = Begin("cam");
        Publish(stream);
        stream.End();
        var recording = await EndedAsync();
        recording.ShouldBeSameAs(request.Recording);
        recording.EndReason.ShouldBe(RecordingEndReason.StreamEnded);
        recording.Files[0].Duration.TotalSeconds.ShouldBe(2, 0.1);
        _recorder.Requests.ShouldBeEmpty();

        var row = (await _catalog.RecordingAsync(recording.Id)).ShouldNotBeNull();
        row.Request.ShouldBe(request.Id);
    }

    [Fact]
    public async Task A_stream_that_is_live_is_recorded_at_once()
    {
        var stream = Begin("cam");
        await _recorder.RequestAsync("cam", new RecordingOptions(), Once, default);
        Publish(stream);
        stream.End();
        (await EndedAsync()).Files.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Other_streams_are_none_of_its_business()
    {
        await _recorder.RequestAsync("cam", new RecordingOptions(), Once, default);
        Begin("Cam");
        Begin("camera");
        _recorder.Active.ShouldBeEmpty();
        _recorder.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_recording_with_preroll_begins_when_its_first_frame_arrived_and_is_named_after_that()
    {
        var stream = Begin("cam");
        for (var i = 0; i < 250; i++)
        {
            stream.Video(i * 40, key: i % 25 == 0);
            _time.Advance(TimeSpan.FromMilliseconds(40));
        }

        var now = _time.GetUtcNow();
        var options = new RecordingOptions { Preroll = TimeSpan.FromSeconds(4), Tracks = TrackSelection.Video, Naming = new NamingOptions { Template = "{startTime:HHmmss}" } };
        var recording = await _recorder.StartAsync(stream.Stream, options, default);
        stream.End();
        await EndedAsync();
        var file = recording.Files.ShouldHaveSingleItem();
        file.StartedAt.ShouldBe(now - TimeSpan.FromSeconds(5)); // the key frame of second 5; the newest frame is 40 ms old
        file.Duration.TotalSeconds.ShouldBe(5, 0.05);
        Path.GetFileName(file.Path).ShouldBe(file.StartedAt.ToString("HHmmss", System.Globalization.CultureInfo.InvariantCulture) + ".flv");
        (await _catalog.FilesOfAsync(recording.Id))[0].StartedAt.ShouldBe(file.StartedAt);
    }

    [Fact]
    public async Task Kept_alive_it_starts_again_each_time()
    {
        var request = await _recorder.RequestAsync("cam", new RecordingOptions(), Always, default);
        for (var n = 1; n <= 3; n++)
        {
            var stream = Begin("cam");
            Publish(stream);
            stream.End();
            await EndedAsync(n);
        }

        _bench.Folder.Files.ShouldBe(["cam.flv", "cam_1.flv", "cam_2.flv"]);
        await _recorder.CancelAsync(request, default);
        Begin("cam");
        _recorder.Active.ShouldBeEmpty();
        _recorder.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stream_that_goes_on_with_its_recording_is_not_recorded_twice()
    {
        await _recorder.RequestAsync("cam", new RecordingOptions { Grace = TimeSpan.FromMinutes(1) }, Always, default);
        var first = Begin("cam");
        Publish(first);
        first.End();
        await _log.LineAsync("waits up to");
        var second = Begin("cam");
        Publish(second);
        second.End();
        await _log.LineAsync("waits up to", 2);
        _recorder.Active.ShouldHaveSingleItem();
        _time.Advance(TimeSpan.FromMinutes(1));
        (await EndedAsync()).Files.Count.ShouldBe(1);
        _bench.Folder.Files.ShouldBe(["cam.flv"]);
    }

    [Fact]
    public async Task A_stream_without_media_does_not_use_it_up()
    {
        await _recorder.RequestAsync("cam", new RecordingOptions(), Once, default);
        for (var n = 0; n < 3; n++)
            Begin("cam").End();
        var stream = Begin("cam");
        Publish(stream);
        stream.End();
        for (var n = 1; !_bench.Ends.Any(r => r.Files.Count > 0); n++) // streams that were gone at once may have had a recording, or not
            await _log.LineAsync("ENDED", n);
        _bench.Folder.Files.ShouldBe(["cam.flv"]);
        _recorder.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_start_that_is_refused_is_said_and_tried_again_when_the_stream_returns()
    {
        await _recorder.RequestAsync("cam", new RecordingOptions(), Once, default);
        _bench.Decision = Decision.Refuse("not now");
        var stream = Begin("cam");
        await _log.LineAsync("is NOT: not now");
        stream.End();
        _bench.Decision = Decision.Allow;
        stream = Begin("cam");
        Publish(stream);
        stream.End();
        await EndedAsync();
        _bench.Folder.Files.ShouldBe(["cam.flv"]);
    }

    [Fact]
    public async Task Who_cancels_a_request_while_it_starts_is_told_its_recording()
    {
        var request = await _recorder.RequestAsync("cam", new RecordingOptions(), Always, default);
        var decide = new TaskCompletionSource<Decision>();
        _bench.Deciding = decide.Task;
        var stream = Begin("cam");
        var cancelled = _recorder.CancelAsync(request, default).AsTask();
        _recorder.Requests.ShouldBeEmpty();
        decide.SetResult(Decision.Allow);
        await cancelled;
        await _recorder.StopAsync(request.Recording.ShouldNotBeNull(), default);
        stream.End();
        _recorder.Active.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_kept_stands_after_a_restart_and_what_is_not_does_not()
    {
        var options = new RecordingOptions { Grace = TimeSpan.FromSeconds(7), Split = new SplitOptions { Duration = TimeSpan.FromMinutes(5) }, Tracks = TrackSelection.Video };
        var kept = await _recorder.RequestAsync("cam", options, Kept, default);
        var cancelled = await _recorder.RequestAsync("other", options, Kept, default);
        await _recorder.RequestAsync("cam", options, Always, default);
        await _recorder.CancelAsync(cancelled, default);
        await RestartAsync();
        var found = _recorder.Requests.ShouldHaveSingleItem();
        (found.Id, found.StreamName, found.Options with { Labels = options.Labels }, found.Terms).ShouldBe((kept.Id, "cam", options, Kept));
        found.Options.Labels.ShouldBe(options.Labels);
        var stream = Begin("cam");
        Publish(stream);
        stream.End();
        await _log.LineAsync("waits up to 7 s");
    }

    [Fact]
    public async Task Kept_once_it_stands_until_its_recording_has_ended_by_itself()
    {
        await _recorder.RequestAsync("cam", new RecordingOptions(), Kept with { KeepAlive = false }, default);
        Publish(Begin("cam"));
        await _log.LineAsync("Recording live");
        await RestartAsync(); // the stop of the host ended the recording: not what was asked for
        _registry.Find("cam").ShouldNotBeNull();
        var stream = Begin("cam", restarted: true);
        Publish(stream);
        stream.End();
        await EndedAsync(2);
        await RestartAsync();
        _recorder.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_used_is_refused_at_once()
    {
        await RefusedAsync("", new RecordingOptions(), RecordingRefusal.BadName);
        await RefusedAsync("cam", new RecordingOptions { Naming = new NamingOptions { Template = "{nothing}" } }, RecordingRefusal.BadName);
        await RefusedAsync("cam", new RecordingOptions { Split = new SplitOptions { Schedule = "never" } }, RecordingRefusal.BadName);
        _bench.Settings = new RecordingSettings { MaximumRequests = 1 };
        await RestartAsync();
        await _recorder.RequestAsync("cam", new RecordingOptions(), Once, default);
        await RefusedAsync("cam", new RecordingOptions(), RecordingRefusal.TooManyRequests);
    }

    private async Task RefusedAsync(string name, RecordingOptions options, RecordingRefusal refusal) =>
        (await Should.ThrowAsync<RecordingException>(async () => await _recorder.RequestAsync(name, options, Once, default))).Refusal.ShouldBe(refusal);

    private TestStream Begin(string name, bool restarted = false)
    {
        var registry = restarted ? new StreamRegistry("live", "_definst_", new SlabPool(), new StreamOptions(), _time) : _registry;
        var stream = new TestStream(name: name, registry: registry)
        {
            VideoTrack = TestTracks.Video() with { ConfigurationPacket = new byte[] { 0x17, 0, 0, 0, 0 } },
            AudioTrack = TestTracks.Audio() with { ConfigurationPacket = new byte[] { 0xAF, 0 } },
        };
        _recorder.StreamStarted(stream.Stream);
        return stream;
    }

    private static void Publish(TestStream stream)
    {
        for (var i = 0; i < 100; i++)
        {
            if (i % 2 == 0)
                stream.Video(i * 20, key: i % 50 == 0);
            else
                stream.Audio(i * 20);
        }
    }

    /// <summary>Waits until so many recordings have ended; the last of them.</summary>
    private async Task<IRecording> EndedAsync(int count = 1)
    {
        await _log.LineAsync("ENDED", count);
        return _bench.Ends[^1];
    }

    private async Task OpenAsync()
    {
        _bench.OnTold = told =>
        {
            if (told.StartsWith("ended", StringComparison.Ordinal))
                _log.Say("ENDED");
        };
        _catalog = await RecordingCatalog.OpenAsync(_data["catalog.db"], new CatalogSettings(), _time, NullLogger.Instance);
        _recorder = new Recorder(_bench.Folder.Path, RecordingFormat.Flv, _bench.Settings, _bench.Claims, _volumes, _bench, _log, _time, _catalog)
        {
            Owner = ("live", "_definst_"),
            FindStream = _registry.Find,
        };
        await _recorder.LoadRequestsAsync(default);
    }

    private async Task CloseAsync()
    {
        await _recorder.StopAllAsync();
        await _catalog.DisposeAsync();
    }

    private async Task RestartAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }
}
