namespace Tapedeck.Steps;

/// <summary>What a step waits for.</summary>
public enum StepEvent
{
    /// <summary>A file is complete, was checked, and is announced. Every file comes here once: the last of a recording and those recovered after a crash too.</summary>
    FileClosed,

    /// <summary>A recording has its first file.</summary>
    RecordingStarted,

    /// <summary>A file is about to get its first byte.</summary>
    FileOpened,

    /// <summary>A recording has ended and all its files were announced.</summary>
    RecordingEnded,

    /// <summary>A step that waited for one of the events above is done; <see cref="StepCall.Cause"/> tells which.</summary>
    StepDone,

    /// <summary>A step that waited for one of the first four events was given up; <see cref="StepCall.Cause"/> tells which and why.</summary>
    StepFailed,
}

/// <summary>Durable work that an application lists, such as <c>script: rename.csx</c>. Steps of one event are carried out in the order of the list.</summary>
/// <param name="Kind">Who carries it out: the name of a <see cref="StepKind"/> that one of the application's modules brings.</param>
/// <param name="Argument">What follows the kind, such as the script's name; null when nothing does.</param>
public sealed record StepDefinition(string Kind, string? Argument = null)
{
    /// <summary>What it waits for.</summary>
    public StepEvent On { get; init; } = StepEvent.FileClosed;

    /// <summary>Further settings of the step, by name without case.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>As an application lists it, for people: of an address the host only, as its path and query may be a secret.</summary>
    public override string ToString() => Argument is null ? Kind
        : Uri.TryCreate(Argument, UriKind.Absolute, out var address) && address.Host.Length > 0 ? $"{Kind}: {address.Scheme}://{address.Authority}/…"
        : $"{Kind}: {Argument}";
}

/// <summary>A kind of step that a module carries out.</summary>
/// <param name="Name">As applications list it, such as <c>s3-upload</c>; lower-case letters, digits, <c>-</c>.</param>
public sealed record StepKind(string Name)
{
    /// <summary>How many of an application instance run at a time.</summary>
    public int Concurrency { get; init; } = 2;

    /// <summary>How long one attempt may take; null: the host's setting.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>True: one stream's steps of this kind and argument run one after the other in the order of their events, and wait for each other's end.</summary>
    public bool InOrder { get; init; }
}
