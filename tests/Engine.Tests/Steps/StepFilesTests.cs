using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Steps;
using Tapedeck.Engine.Tests.Catalog;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Tests.Steps;

public sealed class StepFilesTests : IAsyncLifetime
{
    private readonly CatalogBench _bench = new();
    private readonly FileClaims _claims = new();
    private RecordingCatalog _catalog = null!;
    private StepFiles _files = null!;
    private FileRow _file = null!;

    public async Task InitializeAsync()
    {
        _catalog = await _bench.OpenAsync();
        _files = new StepFiles(_catalog, _claims, new Retention(_catalog, _claims, SystemDisk.Instance, _bench.Time, NullLogger.Instance));
        var recording = _bench.Recording(state: CatalogState.Writing);
        await _catalog.CreateRecordingAsync(recording);
        var file = _bench.File(recording.Id, path: _bench.Folder["cam.mp4"]);
        await _catalog.OpenFileAsync(file);
        await File.WriteAllTextAsync(file.Path, "0123456789");
        await _catalog.CloseFileAsync(new FileClosing(file.Id, 10, TimeSpan.FromSeconds(1), _bench.Time.GetUtcNow()));
        await _catalog.MoveFileAsync(file.Id, CatalogState.Validated);
        await _catalog.AnnounceFileAsync(file.Id, new StepPlan([(new StepDefinition("script"), false)]).For(StepEvent.FileClosed, recording.Id, file.Id, _bench.Time.GetUtcNow()));
        _file = (await _catalog.FileAsync(file.Id))!;
    }

    public async Task DisposeAsync()
    {
        await _catalog.DisposeAsync();
        _bench.Dispose();
    }

    [Fact]
    public async Task A_moved_file_is_found_under_its_new_name_by_the_catalog_and_whoever_follows_it()
    {
        using var followed = _claims.Follow(_file.Path);
        var to = await MoveAsync("archive/2026/cam.mp4");

        to.ShouldBe(_bench.Folder["archive/2026/cam.mp4"]);
        (await File.ReadAllTextAsync(to)).ShouldBe("0123456789");
        (await _catalog.FileAsync(_file.Id))!.Path.ShouldBe(to);
        followed.Path.ShouldBe(to);
    }

    [Fact]
    public async Task A_move_that_a_crash_interrupted_before_the_catalog_knew_is_completed()
    {
        Directory.CreateDirectory(_bench.Folder["archive"]);
        File.Move(_file.Path, _bench.Folder["archive/cam.mp4"]);

        (await MoveAsync("archive/cam.mp4")).ShouldBe(_bench.Folder["archive/cam.mp4"]);
        (await _catalog.FileAsync(_file.Id))!.Path.ShouldBe(_bench.Folder["archive/cam.mp4"]);
    }

    [Fact]
    public async Task A_file_that_a_newer_recording_replaced_is_that_recordings()
    {
        var newer = await RecordAgainAsync("newer media");
        (await Should.ThrowAsync<StepException>(() => MoveAsync("archive/cam.mp4"))).Message.ShouldContain("newer recording");

        (await File.ReadAllTextAsync(_file.Path)).ShouldBe("newer media");
        (await _catalog.FileAsync(newer))!.Path.ShouldBe(_file.Path);
    }

    [Fact]
    public async Task A_file_of_several_recordings_is_moved_for_all_of_them()
    {
        var newer = await RecordAgainAsync("0123456789");
        _file = (await _catalog.FileAsync(newer))!;
        var to = await MoveAsync("archive/cam.mp4");

        (await _catalog.FindByPathAsync(to)).Count.ShouldBe(2);
        (await _catalog.FindByPathAsync(_bench.Folder["cam.mp4"])).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_move_that_a_crash_interrupted_is_completed_though_its_old_name_is_taken()
    {
        Directory.CreateDirectory(_bench.Folder["archive"]);
        File.Move(_file.Path, _bench.Folder["archive/cam.mp4"]);
        var newer = await RecordAgainAsync("newer media");

        (await MoveAsync("archive/cam.mp4")).ShouldBe(_bench.Folder["archive/cam.mp4"]);
        (await _catalog.FileAsync(_file.Id))!.Path.ShouldBe(_bench.Folder["archive/cam.mp4"]);
        (await _catalog.FileAsync(newer))!.Path.ShouldBe(_bench.Folder["cam.mp4"]);
        (await File.ReadAllTextAsync(_bench.Folder["cam.mp4"])).ShouldBe("newer media");
    }

    [Fact]
    public async Task Nothing_is_replaced()
    {
        await File.WriteAllTextAsync(_bench.Folder["other.mp4"], "theirs");
        (await Should.ThrowAsync<StepException>(() => MoveAsync("other.mp4"))).Message.ShouldContain("exists already and is not replaced");
        (await Should.ThrowAsync<StepException>(() => CopyAsync("other.mp4"))).Message.ShouldContain("exists already");
        (await File.ReadAllTextAsync(_bench.Folder["other.mp4"])).ShouldBe("theirs");
        File.Exists(_file.Path).ShouldBeTrue();
    }

    [Theory]
    [InlineData("../cam.mp4")]
    [InlineData("/etc/cam.mp4")]
    [InlineData("archive/../../cam.mp4")]
    public async Task A_place_outside_the_allowed_folders_is_refused(string place) =>
        (await Should.ThrowAsync<StepException>(() => MoveAsync(place))).Message.ShouldContain("stepDirectories");

    [Fact]
    public async Task A_link_leads_nowhere()
    {
        Directory.CreateSymbolicLink(_bench.Folder["link"], Path.GetTempPath());
        (await Should.ThrowAsync<StepException>(() => MoveAsync("link/cam.mp4"))).Message.ShouldContain("is a link");
    }

    [Fact]
    public async Task A_name_that_is_being_recorded_is_left_alone()
    {
        _claims.TryTake(_bench.Folder["next.mp4"]).ShouldBeTrue();
        (await Should.ThrowAsync<StepException>(() => MoveAsync("next.mp4"))).Message.ShouldContain("is being recorded");
    }

    [Fact]
    public async Task A_copy_of_the_same_content_counts_as_done()
    {
        var copy = await CopyAsync("copies/");
        copy.ShouldBe(_bench.Folder["copies/cam.mp4"]);
        (await CopyAsync("copies/")).ShouldBe(copy);
        (await File.ReadAllTextAsync(copy)).ShouldBe("0123456789");
        (await _catalog.FileAsync(_file.Id))!.Path.ShouldBe(_file.Path);
    }

    [Fact]
    public async Task A_removed_file_leaves_its_row_which_says_by_what()
    {
        await _files.DeleteAsync(_file.Id, "delete-local", default);

        File.Exists(_file.Path).ShouldBeFalse();
        var row = (await _catalog.FileAsync(_file.Id))!;
        (row.State, row.Validation).ShouldBe((CatalogState.Removed, "removed by step delete-local"));
        await _files.DeleteAsync(_file.Id, "delete-local", default); // once more
    }

    /// <summary>Another recording closes a file of the same name.</summary>
    private async Task<Guid> RecordAgainAsync(string content)
    {
        var recording = _bench.Recording(state: CatalogState.Writing);
        await _catalog.CreateRecordingAsync(recording);
        var file = _bench.File(recording.Id, path: _bench.Folder["cam.mp4"]);
        await _catalog.OpenFileAsync(file);
        await File.WriteAllTextAsync(file.Path, content);
        await _catalog.CloseFileAsync(new FileClosing(file.Id, content.Length, TimeSpan.FromSeconds(1), _bench.Time.GetUtcNow()));
        return file.Id;
    }

    private Task<string> MoveAsync(string to) => _files.MoveAsync(_file, _file.Path, to, [_bench.Folder.Path], default);

    private Task<string> CopyAsync(string to) => _files.CopyAsync(_file.Path, to, [_bench.Folder.Path], default);
}
