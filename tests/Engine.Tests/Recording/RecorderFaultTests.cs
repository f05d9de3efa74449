using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>What the catalog says of recordings whose disk fails.</summary>
public sealed class RecorderFaultTests : IAsyncLifetime
{
    private readonly RecordingBench _bench = new();
    private readonly TempFolder _data = new();
    private readonly MemoryDisk _disk = new();
    private readonly VolumeSet _volumes;
    private RecordingCatalog _catalog = null!;
    private Recorder _recorder = null!;

    public RecorderFaultTests() => _volumes = new VolumeSet(new RecordingSettings(), _disk);

    public async Task InitializeAsync()
    {
        _catalog = await RecordingCatalog.OpenAsync(_data["catalog.db"], new CatalogSettings(), TimeProvider.System, NullLogger.Instance);
        _bench.Stream.AudioTrack = TestTracks.Audio() with { ConfigurationPacket = new byte[] { 0xAF, 0 } };
        _recorder = new Recorder(
            "/rec", RecordingFormat.Flv, new RecordingSettings { DiskPatience = TimeSpan.Zero }, _bench.Claims, _volumes, _bench, NullLogger.Instance, TimeProvider.System, _catalog);
    }

    public async Task DisposeAsync()
    {
        await _recorder.StopAllAsync();
        await _catalog.DisposeAsync();
        _volumes.Dispose();
        _data.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task A_file_that_was_planned_and_never_made_is_failed()
    {
        _disk.Before = (call, _) =>
        {
            if (call == DiskCall.Create)
                throw new IOException("Input/output error");
        };
        var recording = await _recorder.StartAsync(_bench.Stream.Stream, new RecordingOptions(), default);
        Publish();
        _bench.Stream.End();
        await recording.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        recording.State.ShouldBe(RecordingState.Failed);
        (await _catalog.FilesOfAsync(recording.Id)).ShouldHaveSingleItem().State.ShouldBe(CatalogState.Failed);
    }

    [Fact]
    public async Task A_recording_whose_first_write_had_to_wait_is_writing_afterwards()
    {
        var started = new TaskCompletionSource();
        _bench.OnTold = told =>
        {
            if (told.StartsWith("started", StringComparison.Ordinal))
                started.TrySetResult();
        };
        var failures = 0;
        _disk.Before = (call, _) =>
        {
            if (call == DiskCall.Create && ++failures < 2)
                throw new IOException("Input/output error");
        };
        var recording = await _recorder.StartAsync(_bench.Stream.Stream, new RecordingOptions(), default);
        Publish();
        await started.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await _catalog.SetLabelAsync(recording.Id, "any", "change"); // changes are taken in their order
        (await _catalog.RecordingAsync(recording.Id))!.State.ShouldBe(CatalogState.Writing);
    }

    private void Publish()
    {
        for (var i = 0; i < 200; i++)
            _bench.Stream.Audio(i * 21);
    }
}
