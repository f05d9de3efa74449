using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Steps;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Tests.Catalog;

public sealed class CatalogStepTests : IDisposable
{
    private static readonly StepPlan ScriptThenUpload = new([(new StepDefinition("script", "a.csx"), false), (new StepDefinition("s3-upload"), false), (new StepDefinition("delete-local"), false)]);
    private static readonly StepPlan Hook = new([(new StepDefinition("webhook", "http://x"), true)]);
    private static readonly StepPlan UploadThenHook = new([(new StepDefinition("s3-upload"), false), (new StepDefinition("webhook", "http://x"), true)]);

    private readonly CatalogBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_file_without_steps_is_done_when_it_is_announced()
    {
        await using var catalog = await _bench.OpenAsync();
        var file = await AnnouncedAsync(catalog, StepPlan.Empty);

        (await catalog.FileAsync(file.Id))!.State.ShouldBe(CatalogState.Done);
        (await catalog.StepLanesAsync(default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Steps_of_a_file_follow_each_other_and_the_file_is_done_after_the_last()
    {
        await using var catalog = await _bench.OpenAsync();
        var file = await AnnouncedAsync(catalog, ScriptThenUpload);

        foreach (var kind in (string[])["script", "s3-upload", "delete-local"])
        {
            (await catalog.FileAsync(file.Id))!.State.ShouldBe(CatalogState.Announced, kind);
            (await catalog.StepLanesAsync(default)).ShouldHaveSingleItem().Kind.ShouldBe(kind);
            await EndAsync(catalog, (await DueAsync(catalog, kind)).ShouldHaveSingleItem(), StepOutcome.Done);
        }

        (await catalog.FileAsync(file.Id))!.State.ShouldBe(CatalogState.Done);
        (await catalog.FindStepsAsync(new StepQuery())).ShouldAllBe(s => s.State == StepState.Done && s.Attempts == 1);
    }

    [Fact]
    public async Task What_stands_behind_a_step_that_was_given_up_is_held_until_it_is_repeated_or_cancelled()
    {
        await using var catalog = await _bench.OpenAsync();
        var file = await AnnouncedAsync(catalog, ScriptThenUpload);
        var script = (await DueAsync(catalog, "script")).Single();
        await EndAsync(catalog, script, StepOutcome.Failed, "no such bucket");

        (await StatesAsync(catalog)).ShouldBe([StepState.Failed, StepState.Held, StepState.Held]);
        (await catalog.StepLanesAsync(default)).ShouldBeEmpty();
        await catalog.RepeatStepAsync(script.Id);
        (await StatesAsync(catalog)).ShouldBe([StepState.Due, StepState.Blocked, StepState.Blocked]);
        await EndAsync(catalog, (await DueAsync(catalog, "script")).Single(), StepOutcome.Failed);
        await catalog.CancelStepAsync(script.Id);
        (await StatesAsync(catalog)).ShouldBe([StepState.Cancelled, StepState.Due, StepState.Blocked]);
        (await catalog.FileAsync(file.Id))!.State.ShouldBe(CatalogState.Announced);
    }

    [Fact]
    public async Task Events_of_a_stream_reach_an_ordered_step_one_after_the_other_whatever_their_file()
    {
        await using var catalog = await _bench.OpenAsync();
        var first = await AnnouncedAsync(catalog, Hook);
        var second = await AnnouncedAsync(catalog, Hook);
        var other = await AnnouncedAsync(catalog, Hook, stream: "elsewhere");

        var due = await DueAsync(catalog, "webhook");
        due.Select(s => s.File).ShouldBe([first.Id, other.Id], ignoreOrder: true);
        await EndAsync(catalog, due.Single(s => s.File == first.Id), StepOutcome.Retry);
        (await catalog.FindStepsAsync(new StepQuery { Stream = "cam" })).Single(s => s.File == second.Id).State.ShouldBe(StepState.Blocked, "the first is not through");
        await catalog.RepeatStepAsync(due.Single(s => s.File == first.Id).Id);
        await EndAsync(catalog, (await DueAsync(catalog, "webhook")).Single(s => s.File == first.Id), StepOutcome.Done);
        (await DueAsync(catalog, "webhook")).Select(s => s.File).ShouldContain(second.Id);
    }

    [Fact]
    public async Task A_step_that_is_held_holds_up_nobody_of_another_file()
    {
        await using var catalog = await _bench.OpenAsync();
        await AnnouncedAsync(catalog, UploadThenHook);
        var second = await AnnouncedAsync(catalog, UploadThenHook);
        var uploads = await DueAsync(catalog, "s3-upload");
        await EndAsync(catalog, uploads.Single(u => u.File == second.Id), StepOutcome.Done);
        (await DueAsync(catalog, "webhook")).ShouldBeEmpty("that of the first file comes before");

        await EndAsync(catalog, uploads.Single(u => u.File != second.Id), StepOutcome.Failed);

        (await DueAsync(catalog, "webhook")).ShouldHaveSingleItem().File.ShouldBe(second.Id);
    }

    [Fact]
    public async Task What_ran_when_the_process_ended_is_due_again_and_its_attempt_counts()
    {
        var file = Guid.Empty;
        await using (var catalog = await _bench.OpenAsync())
        {
            file = (await AnnouncedAsync(catalog, ScriptThenUpload)).Id;
            var step = (await DueAsync(catalog, "script")).Single();
            await catalog.StartStepAsync(step.Id);
            await catalog.SaveStepProgressAsync(step.Id, "part 3");
        }

        await using var reopened = await _bench.OpenAsync();
        (await DueAsync(reopened, "script")).ShouldBeEmpty();
        await reopened.ResumeStepsAsync();
        var due = (await DueAsync(reopened, "script")).ShouldHaveSingleItem();
        (due.File, due.Attempts, due.Progress).ShouldBe((file, 1, "part 3"));
    }

    [Fact]
    public async Task A_repeated_step_begins_anew_when_it_was_done_and_goes_on_when_it_had_failed()
    {
        await using var catalog = await _bench.OpenAsync();
        await AnnouncedAsync(catalog, Hook);
        var step = (await DueAsync(catalog, "webhook")).Single();
        await catalog.StartStepAsync(step.Id);
        await catalog.SaveStepProgressAsync(step.Id, "half");
        await catalog.EndStepAsync(new StepEnding(step.Id, StepOutcome.Failed, "no", _bench.Time.GetUtcNow()));
        await catalog.RepeatStepAsync(step.Id);
        (await DueAsync(catalog, "webhook")).Single().Progress.ShouldBe("half");
        await EndAsync(catalog, step, StepOutcome.Done);
        await catalog.RepeatStepAsync(step.Id);
        (await DueAsync(catalog, "webhook")).Single().Progress.ShouldBeNull();
    }

    [Fact]
    public async Task A_paused_kind_is_in_no_lane_until_it_is_resumed()
    {
        await using var catalog = await _bench.OpenAsync();
        await AnnouncedAsync(catalog, Hook);
        await catalog.PauseStepsAsync("webhook", "", isPaused: true);
        (await catalog.StepLanesAsync(default)).ShouldBeEmpty();
        (await catalog.PausedStepsAsync()).ShouldBe([("webhook", "")]);
        await catalog.PauseStepsAsync("webhook", "", isPaused: false);
        (await catalog.StepLanesAsync(default)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_recording_is_done_when_nothing_of_it_is_open()
    {
        await using var catalog = await _bench.OpenAsync();
        var file = await AnnouncedAsync(catalog, Hook);
        await catalog.MoveRecordingAsync(file.Recording, CatalogState.Closing);
        await catalog.MoveRecordingAsync(file.Recording, CatalogState.Closed);
        await catalog.MoveRecordingAsync(file.Recording, CatalogState.Validated);
        await catalog.AnnounceRecordingAsync(file.Recording, new StepPlan([(new StepDefinition("script") { On = StepEvent.RecordingEnded }, false)])
            .For(StepEvent.RecordingEnded, file.Recording, null, _bench.Time.GetUtcNow()));

        await EndAsync(catalog, (await DueAsync(catalog, "script")).Single(), StepOutcome.Done);
        (await catalog.RecordingAsync(file.Recording))!.State.ShouldBe(CatalogState.Announced);
        await EndAsync(catalog, (await DueAsync(catalog, "webhook")).Single(), StepOutcome.Done);
        (await catalog.RecordingAsync(file.Recording))!.State.ShouldBe(CatalogState.Done);
    }

    [Fact]
    public async Task Announcing_twice_adds_no_second_steps()
    {
        await using var catalog = await _bench.OpenAsync();
        var file = await AnnouncedAsync(catalog, Hook);
        await catalog.AnnounceFileAsync(file.Id, Hook.For(StepEvent.FileClosed, file.Recording, file.Id, _bench.Time.GetUtcNow()));

        (await catalog.FindStepsAsync(new StepQuery())).ShouldHaveSingleItem();
    }

    private async Task<NewFile> AnnouncedAsync(RecordingCatalog catalog, StepPlan plan, string stream = "cam")
    {
        var recording = _bench.Recording(stream, state: CatalogState.Writing);
        await catalog.CreateRecordingAsync(recording);
        var file = _bench.File(recording.Id);
        await catalog.OpenFileAsync(file);
        await catalog.CloseFileAsync(new FileClosing(file.Id, 10, TimeSpan.FromSeconds(1), _bench.Time.GetUtcNow()));
        await catalog.MoveFileAsync(file.Id, CatalogState.Validated);
        await catalog.AnnounceFileAsync(file.Id, plan.For(StepEvent.FileClosed, recording.Id, file.Id, _bench.Time.GetUtcNow()));
        return file;
    }

    private static Task<IReadOnlyList<StepRow>> DueAsync(RecordingCatalog catalog, string kind) => catalog.DueStepsAsync(new StepLane("live", "_definst_", kind), 100, default);

    private async Task EndAsync(RecordingCatalog catalog, StepRow step, StepOutcome outcome, string? detail = null)
    {
        await catalog.StartStepAsync(step.Id);
        await catalog.EndStepAsync(new StepEnding(step.Id, outcome, detail, _bench.Time.GetUtcNow() + TimeSpan.FromMinutes(1)));
    }

    private static async Task<IEnumerable<StepState>> StatesAsync(RecordingCatalog catalog) => (await catalog.FindStepsAsync(new StepQuery())).OrderBy(s => s.Place).Select(s => s.State);
}
