using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

/// <summary>Options of recordings as the recorder carries them out, with a catalog on disk.</summary>
public sealed class RecorderOptionTests : IAsyncLifetime
{
    private readonly RecordingBench _bench = new();
    private readonly TempFolder _data = new();
    private readonly VolumeSet _volumes = new(new RecordingSettings());
    private RecordingCatalog _catalog = null!;
    private Recorder _recorder = null!;

    public async Task InitializeAsync()
    {
        _catalog = await RecordingCatalog.OpenAsync(_data["catalog.db"], new CatalogSettings(), TimeProvider.System, NullLogger.Instance);
        _bench.Settings = new RecordingSettings { MaxLabels = 3, MaxLabelLength = 10 };
        _bench.Stream.VideoTrack = new Track { Id = 1, Kind = TrackKind.Video, Codec = Codec.Vp8, Timescale = 1000, Width = 640, Height = 360 };
        _recorder = new Recorder(
            _bench.Folder.Path, RecordingFormat.Matroska, _bench.Settings, _bench.Claims, _volumes, _bench, NullLogger.Instance, _bench.Time, _catalog,
            defaults: new RecordingOptions { Tracks = TrackSelection.Video });
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
    public void Defaults_are_those_of_the_application() =>
        _recorder.Defaults.ShouldBe(new RecordingOptions { Tracks = TrackSelection.Video, Format = RecordingFormat.Matroska });

    [Fact]
    public async Task An_older_file_makes_room_and_the_catalog_follows()
    {
        var options = new RecordingOptions { Versioning = FileVersioning.RenameOld };
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++)
            ids.Add((await RecordAsync(options)).Id);
        _bench.Folder.Files.ShouldBe(["cam.mkv", "cam_1.mkv", "cam_2.mkv"]);
        foreach (var (id, name) in ids.Zip(["cam_1.mkv", "cam_2.mkv", "cam.mkv"]))
        {
            var file = (await _catalog.FilesOfAsync(id)).ShouldHaveSingleItem();
            file.Path.ShouldBe(_bench.Folder[name]);
            file.Bytes.ShouldBe(new FileInfo(file.Path).Length);
        }
    }

    [Fact]
    public async Task A_recording_without_media_renames_nothing()
    {
        var options = new RecordingOptions { Versioning = FileVersioning.RenameOld };
        await RecordAsync(options);
        var empty = await _recorder.StartAsync(_bench.Stream.Stream, options, default);
        await _recorder.StopAsync(empty, default);
        _bench.Folder.Files.ShouldBe(["cam.mkv"]);
    }

    [Fact]
    public async Task A_name_tells_the_codecs_though_the_recording_began_before_them()
    {
        var recording = await RecordAsync(new RecordingOptions { Naming = new NamingOptions { Template = "{videoCodec}/{stream}-{label:room}" }, Labels = new Dictionary<string, string> { ["room"] = "7" } });
        _bench.Folder.Files.ShouldBe(["vp8/cam-7.mkv"]);
        Directory.GetDirectories(_bench.Folder.Path).Length.ShouldBe(1);
        recording.Path.ShouldBe(_bench.Folder["vp8/cam-7.mkv"]);
        (await _catalog.FilesOfAsync(recording.Id)).ShouldHaveSingleItem().Path.ShouldBe(recording.Path);
    }

    [Fact]
    public async Task Labels_are_in_the_catalog_from_the_start_and_can_be_set()
    {
        var recording = await _recorder.StartAsync(_bench.Stream.Stream, new RecordingOptions { Labels = new Dictionary<string, string> { ["room"] = "7", ["kind"] = "talk" } }, default);
        (await _catalog.LabelsOfAsync(recording.Id)).OrderBy(l => l.Key).Select(l => l.Value).ShouldBe(["talk", "7"]);
        _recorder.SetLabel(recording, "room", "8");
        _recorder.SetLabel(recording, "kind", null);
        await _recorder.StopAsync(recording, default);
        _recorder.SetLabel(recording, "late", "yes");
        recording.Labels.OrderBy(l => l.Key).Select(l => $"{l.Key}={l.Value}").ShouldBe(["late=yes", "room=8"]);
        await _recorder.StopAllAsync();
        await _catalog.SetLabelAsync(recording.Id, "last", "1"); // changes are taken in order
        (await _catalog.LabelsOfAsync(recording.Id)).Keys.Order().ShouldBe(["last", "late", "room"]);
    }

    [Fact]
    public async Task Too_many_or_too_long_labels_are_refused()
    {
        static RecordingOptions With(params string[] keys) => new() { Labels = keys.ToDictionary(k => k, k => "x") };
        (await RefusedAsync(With("a", "b", "c", "d"))).ShouldContain("recording.maxLabels");
        (await RefusedAsync(With("elevenchars"))).ShouldContain("recording.maxLabelLength");
        (await RefusedAsync(With("a\n"))).ShouldContain("U+000A");
        (await RefusedAsync(With(""))).ShouldContain("empty key");
        var recording = await _recorder.StartAsync(_bench.Stream.Stream, With("a", "b", "c"), default);
        Should.Throw<RecordingException>(() => _recorder.SetLabel(recording, "d", "x")).Refusal.ShouldBe(RecordingRefusal.BadOptions);
        _recorder.SetLabel(recording, "a", "y");
        recording.Labels.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_file_that_cannot_be_continued_is_refused_before_the_start_and_stays()
    {
        await File.WriteAllTextAsync(_bench.Folder["cam.mkv"], "something precious");
        var append = new RecordingOptions { ExistingFile = ExistingFile.Append };
        (await RefusedAsync(append, RecordingRefusal.CannotAppend)).ShouldContain("Record with versions");
        (await File.ReadAllTextAsync(_bench.Folder["cam.mkv"])).ShouldBe("something precious");
        (await RefusedAsync(append, RecordingRefusal.CannotAppend)).ShouldContain("cam.mkv"); // the name was let go
    }

    [Fact]
    public async Task A_link_is_not_read_through_to_append()
    {
        await File.WriteAllTextAsync(_data["elsewhere"], "a secret");
        File.CreateSymbolicLink(_bench.Folder["cam.mkv"], _data["elsewhere"]);
        (await RefusedAsync(new RecordingOptions { ExistingFile = ExistingFile.Append }, RecordingRefusal.NoAccess)).ShouldContain("not a regular file");
    }

    [Fact]
    public async Task Contradicting_options_are_refused() =>
        (await RefusedAsync(new RecordingOptions { Format = RecordingFormat.FragmentedMp4, Mp4 = new Mp4Options { WinQtCompat = true } })).ShouldContain("winQtCompat");

    private async Task<string> RefusedAsync(RecordingOptions options, RecordingRefusal refusal = RecordingRefusal.BadOptions)
    {
        var refused = await Should.ThrowAsync<RecordingException>(async () => await _recorder.StartAsync(_bench.Stream.Stream, options, default));
        refused.Refusal.ShouldBe(refusal);
        return refused.Message;
    }

    private async Task<IRecording> RecordAsync(RecordingOptions options)
    {
        var recording = await _recorder.StartAsync(_bench.Stream.Stream, options, default);
        _bench.Stream.Run(50, gop: 25);
        await _recorder.StopAsync(recording, default);
        recording.Error.ShouldBeNull();
        return recording;
    }
}
