using System.Text.Json;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Catalog;

/// <summary>A row of <c>steps</c> as it is stored.</summary>
internal sealed class StoredStep
{
    public const string Columns =
        """
        id AS Id, recording AS Recording, file AS File, cause AS Cause, event AS Event, application AS Application, instance AS Instance, stream AS Stream, place AS Place,
        kind AS Kind, argument AS Argument, options AS Options, in_order AS InOrder, state AS State, attempts AS Attempts, at_ms AS AtMs, since_ms AS SinceMs, due_ms AS DueMs,
        started_ms AS StartedMs, ended_ms AS EndedMs, detail AS Detail, progress AS Progress
        """;

    public byte[] Id { get; init; } = [];
    public byte[] Recording { get; init; } = [];
    public byte[]? File { get; init; }
    public byte[]? Cause { get; init; }
    public long Event { get; init; }
    public string Application { get; init; } = "";
    public string Instance { get; init; } = "";
    public string Stream { get; init; } = "";
    public long Place { get; init; }
    public string Kind { get; init; } = "";
    public string? Argument { get; init; }
    public string? Options { get; init; }
    public long InOrder { get; init; }
    public long State { get; init; }
    public long Attempts { get; init; }
    public long AtMs { get; init; }
    public long SinceMs { get; init; }
    public long DueMs { get; init; }
    public long? StartedMs { get; init; }
    public long? EndedMs { get; init; }
    public string? Detail { get; init; }
    public string? Progress { get; init; }

    public StepRow ToRow()
    {
        var definition = new StepDefinition(Kind, Argument) { On = (StepEvent)Event };
        if (Options is not null)
            definition = definition with { Options = new Dictionary<string, string>(JsonSerializer.Deserialize<Dictionary<string, string>>(Options)!, StringComparer.OrdinalIgnoreCase) };
        return new StepRow(
            Stored.Id(Id),
            Stored.Id(Recording),
            File is null ? null : Stored.Id(File),
            Cause is null ? null : Stored.Id(Cause),
            new StreamAddress(Application, Instance, Stream),
            (int)Place,
            definition,
            InOrder != 0,
            (StepState)State,
            (int)Attempts,
            Stored.Time(AtMs),
            Stored.Time(SinceMs),
            Stored.Time(DueMs),
            Stored.Time(StartedMs),
            Stored.Time(EndedMs),
            Detail,
            Progress);
    }
}
