namespace Tapedeck.Engine.Catalog;

public sealed partial class RecordingCatalog
{
    /// <summary>Raised when steps were added, released or repeated by this process, on an arbitrary thread that must not be held up.</summary>
    public event Action? StepsChanged;

    /// <summary>A validated file is announced with what is to be done with it, in one change. Without steps it is done at once.</summary>
    public Task<CatalogOutcome> AnnounceFileAsync(Guid file, IReadOnlyList<NewStep> steps)
    {
        var now = Now();
        return ChangeSteps($"file {file} is announced", steps, s => StepStatements.AnnounceFile(s, file, steps, now));
    }

    /// <summary>The same for a validated recording, whose files were announced before.</summary>
    public Task<CatalogOutcome> AnnounceRecordingAsync(Guid recording, IReadOnlyList<NewStep> steps)
    {
        var now = Now();
        return ChangeSteps($"recording {recording} is announced", steps, s => StepStatements.AnnounceRecording(s, recording, steps, now));
    }

    /// <summary>At a start: what was announced and has nothing open is done.</summary>
    public Task<CatalogOutcome> CompleteAnnouncedAsync()
    {
        var now = Now();
        return Change("what was announced is done", s => StepStatements.CompleteAnnounced(s, now));
    }

    /// <summary>Steps of an event, those of one event in the order of their places.</summary>
    public Task<CatalogOutcome> AddStepsAsync(IReadOnlyList<NewStep> steps)
    {
        var now = Now();
        return ChangeSteps($"{steps.Count} steps", steps, s => StepStatements.Add(s, steps, now));
    }

    /// <summary>An attempt begins.</summary>
    public Task<CatalogOutcome> StartStepAsync(Guid step)
    {
        var now = Now();
        return Change($"step {step} begins", s => StepStatements.Start(s, step, now));
    }

    /// <summary>An attempt has ended.</summary>
    public Task<CatalogOutcome> EndStepAsync(StepEnding ending)
    {
        var now = Now();
        return ChangeSteps($"step {ending.Step} ends: {ending.Outcome}", null, s => StepStatements.End(s, ending, now));
    }

    /// <summary>Keeps what an attempt wants the next to know.</summary>
    public Task<CatalogOutcome> SaveStepProgressAsync(Guid step, string progress)
    {
        var now = Now();
        return Change($"progress of step {step}", s => StepStatements.SaveProgress(s, step, progress, now));
    }

    /// <summary>Keeps the SHA-256 of a whole file, 32 bytes.</summary>
    public Task<CatalogOutcome> SetSha256Async(Guid file, byte[] hash)
    {
        var now = Now();
        return Change($"SHA-256 of file {file}", s => StepStatements.SetSha256(s, file, hash, now));
    }

    /// <summary>A step is carried out again; one that waits for its next attempt has it now.</summary>
    public Task<CatalogOutcome> RepeatStepAsync(Guid step)
    {
        var now = Now();
        return ChangeSteps($"step {step} is repeated", null, s => StepStatements.Repeat(s, step, now));
    }

    /// <summary>A step that is not through is done without; what comes behind it goes on.</summary>
    public Task<CatalogOutcome> CancelStepAsync(Guid step)
    {
        var now = Now();
        return ChangeSteps($"step {step} is cancelled", null, s => StepStatements.Cancel(s, step, now));
    }

    /// <summary>Pauses a kind of step, or lets it go on. Attempts that run are not interrupted.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="application">Of which application; empty: of all.</param>
    /// <param name="isPaused">Whether it pauses.</param>
    public Task<CatalogOutcome> PauseStepsAsync(string kind, string application, bool isPaused)
    {
        var now = Now();
        return ChangeSteps($"steps {kind} pause: {isPaused}", null, s => StepStatements.Pause(s, kind, application, isPaused, now));
    }

    /// <summary>At a start: attempts that the process before did not finish are due again.</summary>
    public Task<CatalogOutcome> ResumeStepsAsync()
    {
        var now = Now();
        return ChangeSteps("interrupted steps are due again", null, s => StepStatements.Resume(s, now));
    }

    /// <summary>Lanes that have steps whose time has come or will come, without those that are paused.</summary>
    internal Task<IReadOnlyList<StepLane>> StepLanesAsync(CancellationToken cancellationToken) => _reader.StepLanesAsync(cancellationToken);

    /// <summary>Steps of a lane whose time has come: the most important, then the oldest, first.</summary>
    internal Task<IReadOnlyList<StepRow>> DueStepsAsync(StepLane lane, int limit, CancellationToken cancellationToken) => _reader.DueStepsAsync(lane, Now(), limit, cancellationToken);

    /// <summary>Steps, newest first.</summary>
    public Task<IReadOnlyList<StepRow>> FindStepsAsync(StepQuery query, CancellationToken cancellationToken = default) => _reader.FindStepsAsync(query, cancellationToken);

    /// <summary>How many steps of each kind stand in each state.</summary>
    public Task<IReadOnlyList<(string Kind, StepState State, long Count)>> CountStepsAsync(CancellationToken cancellationToken = default) => _reader.CountStepsAsync(cancellationToken);

    /// <summary>Kinds that are paused, with the application, or an empty text for all.</summary>
    public Task<IReadOnlyList<(string Kind, string Application)>> PausedStepsAsync(CancellationToken cancellationToken = default) => _reader.PausedStepsAsync(cancellationToken);

    private Task<CatalogOutcome> ChangeSteps(string what, IReadOnlyList<NewStep>? steps, Action<CatalogSession> apply)
    {
        var change = Change(what, apply);
        if (steps is not { Count: 0 })
            _ = TellStepsAsync(change);
        return change;
    }

    private async Task TellStepsAsync(Task<CatalogOutcome> change)
    {
        try
        {
            if (await change == CatalogOutcome.Durable)
                StepsChanged?.Invoke();
        }
        catch (CatalogException)
        {
            // Its caller hears of it.
        }
    }
}
