using Tapedeck.Steps;

namespace Tapedeck.Engine.Catalog;

/// <summary>Where a step stands. The numbers are stored: they never change.</summary>
public enum StepState
{
    /// <summary>Waits for a step before it.</summary>
    Blocked = 0,

    /// <summary>Is carried out as soon as its time has come and there is room.</summary>
    Due = 1,

    /// <summary>An attempt runs.</summary>
    Running = 2,

    /// <summary>A step before it was given up: it goes on when that one is repeated, or cancelled.</summary>
    Held = 3,

    /// <summary>Given up; waits for a person, who repeats or cancels it.</summary>
    Failed = 4,

    /// <summary>Done.</summary>
    Done = 5,

    /// <summary>A person has cancelled it.</summary>
    Cancelled = 6,
}

/// <summary>A step that is to be carried out.</summary>
/// <param name="Id">Unique for ever: its idempotency key.</param>
/// <param name="Recording">What it is about.</param>
/// <param name="Definition">What the application listed.</param>
/// <param name="Place">Its place in the application's list.</param>
/// <param name="At">When the event was.</param>
public sealed record NewStep(Guid Id, Guid Recording, StepDefinition Definition, int Place, DateTimeOffset At)
{
    /// <summary>The file of the event; null when it is the recording's.</summary>
    public Guid? File { get; init; }

    /// <summary>The step that the event is about.</summary>
    public Guid? Cause { get; init; }

    /// <summary>Whether it waits for steps of its kind and stream that came before.</summary>
    public bool InOrder { get; init; }

    /// <summary>Those with the larger number go first.</summary>
    public int Priority { get; init; }
}

/// <summary>A step as the catalog knows it.</summary>
public sealed record StepRow(
    Guid Id,
    Guid Recording,
    Guid? File,
    Guid? Cause,
    StreamAddress Address,
    int Place,
    StepDefinition Definition,
    bool InOrder,
    StepState State,
    int Attempts,
    DateTimeOffset At,
    DateTimeOffset Since,
    DateTimeOffset DueAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? Detail,
    string? Progress);

/// <summary>Steps that share room: those of one kind of one application instance.</summary>
public readonly record struct StepLane(string Application, string Instance, string Kind);

/// <summary>How an attempt ended, for the catalog.</summary>
/// <param name="Step">Which.</param>
/// <param name="Outcome">How.</param>
/// <param name="Detail">For people.</param>
/// <param name="DueAt">When it is tried again; for <see cref="StepOutcome.Retry"/> and <see cref="StepOutcome.Wait"/>.</param>
public sealed record StepEnding(Guid Step, StepOutcome Outcome, string? Detail, DateTimeOffset DueAt)
{
    /// <summary>Steps that wait for the end of this one as an event.</summary>
    public IReadOnlyList<NewStep> Following { get; init; } = [];
}

/// <summary>Which steps are meant. Everything null: all.</summary>
public sealed record StepQuery
{
    /// <summary>Only this one.</summary>
    public Guid? Id { get; init; }

    /// <summary>Only of this application.</summary>
    public string? Application { get; init; }

    /// <summary>Only of this stream.</summary>
    public string? Stream { get; init; }

    /// <summary>Only of this recording.</summary>
    public Guid? Recording { get; init; }

    /// <summary>Only of this kind.</summary>
    public string? Kind { get; init; }

    /// <summary>Only with this argument.</summary>
    public string? Argument { get; init; }

    /// <summary>Only in this state.</summary>
    public StepState? State { get; init; }

    /// <summary>Only those whose event was at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only those whose event was before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>At most so many, newest first.</summary>
    public int Limit { get; init; } = 100;
}
