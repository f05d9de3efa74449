using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Steps;
using Tapedeck.Engine.Tests.Catalog;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Tests.Steps;

public sealed class StepRunnerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CatalogBench _bench = new();
    private readonly Executors _executors = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_step_is_carried_out_as_soon_as_it_is_there()
    {
        await using var run = await StartAsync("script");
        var file = await run.AnnounceAsync();

        var call = await run.NextAsync();
        (call.File!.Id, call.File.Path, call.Attempt, call.Definition.Kind).ShouldBe((file.Id, file.Path, 1, "script"));
        call.Recording.Stream.ShouldBe("cam");
        _executors.Answer(call, StepResult.Done("ok"));
        (await run.EndedAsync(call.Id)).Detail.ShouldBe("ok");
    }

    [Fact]
    public async Task A_failure_is_tried_again_later_and_later_until_it_is_given_up()
    {
        await using var run = await StartAsync("script", settings: new StepSettings { GiveUpAfter = TimeSpan.FromSeconds(10), RetryDelay = TimeSpan.FromSeconds(2) });
        await run.AnnounceAsync();
        var call = await run.NextAsync();
        _executors.Fail(call, new IOException("no route"));
        (await run.StateAsync(call.Id, s => s is { State: StepState.Due, Attempts: 1 })).DueAt.ShouldBe(_bench.Time.GetUtcNow() + TimeSpan.FromSeconds(2));
        await run.AdvanceAsync(TimeSpan.FromSeconds(2));
        call = await run.NextAsync();
        call.Attempt.ShouldBe(2);
        _executors.Answer(call, StepResult.Retry("still none"));
        (await run.StateAsync(call.Id, s => s is { State: StepState.Due, Attempts: 2 })).DueAt.ShouldBe(_bench.Time.GetUtcNow() + TimeSpan.FromSeconds(4));
        await run.AdvanceAsync(TimeSpan.FromSeconds(9));
        call = await run.NextAsync();
        _executors.Answer(call, StepResult.Retry("never"));

        var given = await run.StateAsync(call.Id, s => s.State == StepState.Failed);
        given.Detail.ShouldBe("never (given up after 3 attempts, steps.giveUpAfter)");
    }

    [Fact]
    public async Task A_step_whose_time_has_not_come_has_lost_nothing_by_it()
    {
        await using var run = await StartAsync("script", settings: new StepSettings { GiveUpAfter = TimeSpan.FromMinutes(1) });
        await run.AnnounceAsync();
        for (var night = 0; night < 3; night++)
        {
            var call = await run.NextAsync();
            call.Attempt.ShouldBe(1);
            _executors.Answer(call, StepResult.Wait("by day", TimeSpan.FromHours(8)));
            await run.StateAsync(call.Id, s => s is { State: StepState.Due, Attempts: 0 });
            await run.AdvanceAsync(TimeSpan.FromHours(8));
        }

        var last = await run.NextAsync();
        _executors.Answer(last, StepResult.Done());
        await run.EndedAsync(last.Id);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_cancelled_and_its_call_is_void()
    {
        await using var run = await StartAsync("script", settings: new StepSettings { Timeout = TimeSpan.FromMinutes(1) });
        await run.AnnounceAsync();
        var call = await run.NextAsync();
        _bench.Time.Advance(TimeSpan.FromMinutes(1));

        (await run.StateAsync(call.Id, s => s is { State: StepState.Due, Attempts: 1 })).Detail!.ShouldContain("steps.timeout");
        _executors.IsCancelled(call).ShouldBeTrue();
        (await Should.ThrowAsync<StepException>(async () => await call.SetLabelAsync("a", "b", default))).Message.ShouldContain("over");
    }

    [Fact]
    public async Task No_more_run_at_a_time_than_their_kind_allows()
    {
        _executors.Concurrency = 2;
        await using var run = await StartAsync("script");
        for (var i = 0; i < 4; i++)
            await run.AnnounceAsync();
        var (first, second) = (await run.NextAsync(), await run.NextAsync());
        _executors.Running.ShouldBe(2);
        _executors.Answer(first, StepResult.Done());
        var third = await run.NextAsync();
        _executors.Most.ShouldBe(2);
        foreach (var call in (StepCall[])[second, third, await AnswerAsync(second)])
            _executors.Answer(call, StepResult.Done());

        async Task<StepCall> AnswerAsync(StepCall call)
        {
            _executors.Answer(call, StepResult.Done());
            return await run.NextAsync();
        }
    }

    [Fact]
    public async Task A_kind_that_takes_all_the_room_it_may_leaves_that_of_others_alone()
    {
        _executors.Plan = new StepPlan([(new StepDefinition("upload"), false), (new StepDefinition("note") { On = StepEvent.RecordingEnded }, false)]);
        await using var run = await StartAsync("upload", settings: new StepSettings { MaximumRunning = 1 });
        var file = await run.AnnounceAsync();
        await run.AnnounceAsync();
        var upload = await run.NextAsync();
        await run.Catalog.AddStepsAsync(_executors.Plan.For(StepEvent.RecordingEnded, file.Recording, null, _bench.Time.GetUtcNow()));

        var note = await run.NextAsync();
        note.Definition.Kind.ShouldBe("note", "the second upload waits for the first, whoever else runs");
        _executors.Running.ShouldBe(2);
        _executors.Answer(note, StepResult.Done());
        _executors.Answer(upload, StepResult.Done());
        _executors.Answer(await run.NextAsync(), StepResult.Done());
    }

    [Fact]
    public async Task Steps_that_nobody_carries_out_wait_for_somebody()
    {
        _executors.Missing = "no module carries them out";
        await using var run = await StartAsync("script");
        await run.AnnounceAsync();
        await _executors.AskedAsync();
        await run.AnnounceAsync();
        await run.AnnounceAsync();
        await run.AdvanceAsync(TimeSpan.FromSeconds(29));
        _executors.Asked.ShouldBe(1, "who is missing is not looked for all the time");
        _executors.Missing = null;
        await run.AdvanceAsync(TimeSpan.FromSeconds(1));

        for (var i = 0; i < 3; i++)
            _executors.Answer(await run.NextAsync(), StepResult.Done());
    }

    [Fact]
    public async Task What_a_stop_interrupts_is_begun_again_by_the_next_start()
    {
        Guid id;
        await using (var run = await StartAsync("script"))
        {
            await run.AnnounceAsync();
            var call = await run.NextAsync();
            await call.SaveProgressAsync("half", default);
            id = call.Id;
        }

        await using var next = await StartAsync("script");
        var again = await next.NextAsync();
        (again.Id, again.Progress, again.Attempt).ShouldBe((id, "half", 2));
        _executors.Answer(again, StepResult.Done());
        await next.EndedAsync(id);
    }

    [Fact]
    public async Task The_end_of_a_step_is_an_event_for_others_once()
    {
        _executors.Plan = new StepPlan([(new StepDefinition("script"), false), (new StepDefinition("note") { On = StepEvent.StepDone }, false), (new StepDefinition("alarm") { On = StepEvent.StepFailed }, false)]);
        await using var run = await StartAsync("script");
        await run.AnnounceAsync();
        var script = await run.NextAsync();
        _executors.Answer(script, StepResult.Done("s3://bucket/cam.mp4"));

        var note = await run.NextAsync();
        (note.Definition.Kind, note.Cause!.Step, note.Cause.Kind, note.Cause.Detail).ShouldBe(("note", script.Id, "script", "s3://bucket/cam.mp4"));
        _executors.Answer(note, StepResult.Done());
        await run.EndedAsync(note.Id);
        (await run.Catalog.FindStepsAsync(new StepQuery())).Count.ShouldBe(2, "the end of a note is told to nobody");
        await run.Catalog.RepeatStepAsync(script.Id);
        _executors.Answer(await run.NextAsync(), StepResult.Fail("gone"));
        var alarm = await run.NextAsync();
        (alarm.Definition.Kind, alarm.Cause!.Detail).ShouldBe(("alarm", "gone"));
        _executors.Answer(alarm, StepResult.Done());
        await run.EndedAsync(alarm.Id);
    }

    private async Task<Run> StartAsync(string kind, StepSettings? settings = null)
    {
        var catalog = await _bench.OpenAsync();
        _executors.Plan ??= new StepPlan([(new StepDefinition(kind), false)]);
        return new Run(_bench, catalog, _executors, settings ?? new StepSettings());
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly CatalogBench _bench;
        private readonly Executors _executors;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public Run(CatalogBench bench, RecordingCatalog catalog, Executors executors, StepSettings settings)
        {
            (_bench, Catalog, _executors) = (bench, catalog, executors);
            var claims = new FileClaims();
            var files = new StepFiles(catalog, claims, new Retention(catalog, claims, SystemDisk.Instance, bench.Time, NullLogger.Instance));
            _running = new StepRunner(catalog, executors, files, settings, bench.Time, NullLogger<StepRunner>.Instance).RunAsync(_stop.Token);
        }

        public RecordingCatalog Catalog { get; }

        public async Task<NewFile> AnnounceAsync()
        {
            var recording = _bench.Recording(state: CatalogState.Writing);
            await Catalog.CreateRecordingAsync(recording);
            var file = _bench.File(recording.Id);
            await Catalog.OpenFileAsync(file);
            await Catalog.CloseFileAsync(new FileClosing(file.Id, 10, TimeSpan.FromSeconds(1), _bench.Time.GetUtcNow()));
            await Catalog.MoveFileAsync(file.Id, CatalogState.Validated);
            await Catalog.AnnounceFileAsync(file.Id, _executors.Plan!.For(StepEvent.FileClosed, recording.Id, file.Id, _bench.Time.GetUtcNow()));
            return file;
        }

        /// <summary>Moves the clock and has the runner look.</summary>
        public async Task AdvanceAsync(TimeSpan by)
        {
            _bench.Time.Advance(by);
            await Catalog.PauseStepsAsync("none", "", isPaused: false);
        }

        public async Task<StepCall> NextAsync() => await _executors.Calls.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public Task<StepRow> EndedAsync(Guid step) => StateAsync(step, s => s.State == StepState.Done);

        public async Task<StepRow> StateAsync(Guid step, Func<StepRow, bool> isSo)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (true)
            {
                var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                void Tell() => changed.TrySetResult();
                Catalog.StepsChanged += Tell;
                try
                {
                    var row = (await Catalog.FindStepsAsync(new StepQuery { Id = step }, patience.Token)).Single();
                    if (isSo(row))
                        return row;
                    await changed.Task.WaitAsync(patience.Token);
                }
                finally
                {
                    Catalog.StepsChanged -= Tell;
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running.WaitAsync(Patience);
            await Catalog.DisposeAsync();
            _stop.Dispose();
        }
    }

    /// <summary>Hands out calls and answers them when the test says what.</summary>
    private sealed class Executors : IStepExecutors
    {
        private readonly ConcurrentDictionary<StepCall, (TaskCompletionSource<StepResult> Answer, CancellationToken Cancelled)> _calls = new();
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _running;

        public Channel<StepCall> Calls { get; } = Channel.CreateUnbounded<StepCall>();

        public StepPlan? Plan { get; set; }

        public int Concurrency { get; set; } = 4;

        public string? Missing { get; set; }

        public int Running => Volatile.Read(ref _running);

        public int Most { get; private set; }

        public int Asked { get; private set; }

        public ValueTask<StepExecutor> FindAsync(StepLane lane, CancellationToken cancellationToken)
        {
            if (Missing is not { } reason)
                return new(new StepExecutor(new StepKind(lane.Kind) { Concurrency = Concurrency }, RunAsync, Plan!) { SetLabelAsync = (_, _, _, _) => default });
            Asked++;
            _asked.TrySetResult();
            throw new StepException(reason);
        }

        public Task AskedAsync() => _asked.Task.WaitAsync(Patience);

        public void Answer(StepCall call, StepResult result) => _calls[call].Answer.TrySetResult(result);

        public void Fail(StepCall call, Exception exception) => _calls[call].Answer.TrySetException(exception);

        public bool IsCancelled(StepCall call) => _calls[call].Cancelled.IsCancellationRequested;

        private async ValueTask<StepResult> RunAsync(StepCall call, CancellationToken cancellationToken)
        {
            lock (Calls)
                Most = Math.Max(Most, ++_running);
            var answer = new TaskCompletionSource<StepResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            _calls[call] = (answer, cancellationToken);
            Calls.Writer.TryWrite(call);
            try
            {
                return await answer.Task.WaitAsync(cancellationToken);
            }
            finally
            {
                lock (Calls)
                    _running--;
            }
        }
    }
}
