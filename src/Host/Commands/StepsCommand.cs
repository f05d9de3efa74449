using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Tapedeck.Engine.Catalog;
using Tapedeck.Host.Settings;
using Tapedeck.Steps;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck steps</c>: shows the durable work after recordings, and repeats, cancels, adds or pauses it. A running host sees the change within a second.</summary>
internal static class StepsCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private sealed record Line(
        Guid Id, string Step, string On, string State, string Application, string Stream, Guid Recording, string? File, DateTimeOffset At, int Attempts, DateTimeOffset? NextAttempt, string? Detail);

    /// <summary>Which steps are meant; shared by the verbs.</summary>
    private sealed class Filter
    {
        public Argument<string[]> Ids { get; } = new("ids") { Arity = ArgumentArity.ZeroOrMore, Description = "Identities of steps, as 'tapedeck steps' shows them." };

        public Option<string?> Application { get; } = new("--application") { Description = "Only of this application." };

        public Option<string?> Stream { get; } = new("--stream") { Description = "Only of this stream." };

        public Option<string?> Kind { get; } = new("--kind") { Description = "Only of this kind, such as s3-upload." };

        public Option<StepState?> State { get; } = new("--state") { Description = "Only in this state: blocked, due, running, held, failed, done, cancelled." };

        public Option<string?> Since { get; } = new("--since") { Description = "Only of events since then: a time (2026-11-13T08:00Z) or an age (7d)." };

        public Option<int?> Limit { get; } = new("--limit") { Description = "At most so many, newest first; the list shows 100 without it, --all means all." };

        public Option[] Options => [Application, Stream, Kind, State, Since, Limit];

        public async Task<IReadOnlyList<StepRow>> FindAsync(ParseResult result, RecordingCatalog catalog, StepState? state, int limit, CancellationToken cancellationToken)
        {
            var query = new StepQuery
            {
                Application = result.GetValue(Application),
                Stream = result.GetValue(Stream),
                Kind = result.GetValue(Kind),
                State = result.GetValue(State) ?? state,
                From = Time(result.GetValue(Since)),
                Limit = Math.Max(1, result.GetValue(Limit) ?? limit),
            };
            if (result.GetValue(Ids) is not { Length: > 0 } ids)
                return await catalog.FindStepsAsync(query, cancellationToken);
            var rows = new List<StepRow>();
            foreach (var id in ids)
            {
                rows.AddRange(Guid.TryParse(id, out var guid) && await catalog.FindStepsAsync(new StepQuery { Id = guid }, cancellationToken) is { Count: > 0 } found
                    ? found
                    : throw new StepException($"There is no step {id}; 'tapedeck steps' lists them."));
            }

            return rows;
        }
    }

    public static Command Create(Option<string?> home)
    {
        var filter = new Filter();
        var json = new Option<bool>("--json") { Description = "One JSON object per line." };
        var all = new Option<bool>("--all") { Description = "All that the options choose, instead of single ones." };
        var command = new Command("steps", "Shows the work that follows recordings (scripts, uploads, webhooks): what waits, what failed and why.") { home, json };
        Add(command, filter.Options);
        command.SetAction((result, cancellationToken) => WithCatalogAsync(result, home, async catalog =>
        {
            foreach (var row in await filter.FindAsync(result, catalog, null, 100, cancellationToken))
                Show(await LineOfAsync(catalog, row, cancellationToken), result.GetValue(json));
            if (!result.GetValue(json))
                await SummarizeAsync(catalog, cancellationToken);
            return ExitCode.Success;
        }));
        command.Add(Verb("repeat", "Carries steps out again: single ones, or with --all those that failed (or are in --state).", StepState.Failed, (catalog, row) => catalog.RepeatStepAsync(row.Id)));
        command.Add(Verb("cancel", "Does without steps, single ones, or with --all those that failed (or are in --state); what waited behind them goes on.", StepState.Failed, (catalog, row) => catalog.CancelStepAsync(row.Id)));
        command.Add(Pause("pause", "Starts no steps of a kind until 'resume'; those that run end.", isPaused: true));
        command.Add(Pause("resume", "Lets a paused kind go on.", isPaused: false));
        command.Add(AddCommand(home));
        return command;

        Command Verb(string name, string description, StepState meant, Func<RecordingCatalog, StepRow, Task<CatalogOutcome>> change)
        {
            var verb = new Command(name, description) { home, filter.Ids, all };
            Add(verb, filter.Options);
            verb.SetAction((result, cancellationToken) => WithCatalogAsync(result, home, async catalog =>
            {
                if (result.GetValue(filter.Ids) is not { Length: > 0 } && !result.GetValue(all))
                    throw new StepException($"Name the steps, or add --all for all that failed ('tapedeck steps {name} --all --kind s3-upload').");
                var rows = await filter.FindAsync(result, catalog, result.GetValue(filter.Ids) is { Length: > 0 } ? null : meant, int.MaxValue, cancellationToken);
                foreach (var row in rows)
                    Require(await change(catalog, row));
                Terminal.Out($"{rows.Count} steps: {name}");
                return ExitCode.Success;
            }));
            return verb;
        }

        Command Pause(string name, string description, bool isPaused)
        {
            var kind = new Argument<string>("kind") { Description = "Such as s3-upload." };
            var application = new Option<string?>("--application") { Description = "Only of this application." };
            var verb = new Command(name, description) { home, kind, application };
            verb.SetAction((result, _) => WithCatalogAsync(result, home, async catalog =>
            {
                Require(await catalog.PauseStepsAsync(result.GetValue(kind)!, result.GetValue(application) ?? "", isPaused));
                Terminal.Out($"{result.GetValue(kind)}: {name}d");
                return ExitCode.Success;
            }));
            return verb;
        }
    }

    /// <summary>A step for files that were recorded before it was listed.</summary>
    private static Command AddCommand(Option<string?> home)
    {
        var step = new Argument<string>("step") { Description = "Kind and argument, such as 'script: thumbnail.csx'." };
        var application = new Option<string>("--application") { Required = true, Description = "Of which application." };
        var stream = new Option<string?>("--stream") { Description = "Only files of this stream." };
        var since = new Option<string?>("--since") { Description = "Only files recorded since then: a time or an age (7d)." };
        var command = new Command("add", "Has a step carried out for files that were recorded before: 'tapedeck steps add \"script: thumbnail.csx\" --application live --since 7d'.")
        {
            home, step, application, stream, since,
        };
        command.SetAction((result, cancellationToken) => WithCatalogAsync(result, home, async catalog =>
        {
            var parts = result.GetValue(step)!.Split(':', 2, StringSplitOptions.TrimEntries);
            var definition = new StepDefinition(parts[0], parts.Length > 1 ? parts[1] : null);
            var query = new CatalogQuery
            {
                Application = result.GetValue(application), Stream = result.GetValue(stream), From = Time(result.GetValue(since)), State = CatalogState.Done, OldestFirst = true, Limit = CatalogQuery.MaximumPage,
            };
            var count = 0;
            while (true)
            {
                var page = await catalog.FindFilesAsync(query, cancellationToken);
                var now = TimeProvider.System.GetUtcNow();
                if (page.Rows.Count > 0)
                    Require(await catalog.AddStepsAsync([.. page.Rows.Select(f => new NewStep(Guid.CreateVersion7(), f.Recording, definition, 0, now) { File = f.Id, Cause = Guid.CreateVersion7() })]));
                count += page.Rows.Count;
                if (page.Next is not { } next)
                    break;
                query = query with { After = next };
            }

            Terminal.Out($"{count} steps: added");
            return ExitCode.Success;
        }));
        return command;
    }

    private static async Task<int> WithCatalogAsync(ParseResult result, Option<string?> home, Func<RecordingCatalog, Task<int>> work)
    {
        var path = Path.Combine(Home.Locate(result.GetValue(home), Environment.CurrentDirectory, AppContext.BaseDirectory).Data, "catalog.db");
        if (!File.Exists(path))
        {
            Terminal.Error($"There is no catalog at {path}: nothing was recorded here yet, or --home names another folder.");
            return ExitCode.Failure;
        }

        try
        {
            await using var catalog = await RecordingCatalog.OpenAsync(path, new CatalogSettings(), TimeProvider.System, NullLogger.Instance);
            return await work(catalog);
        }
        catch (Exception e) when (e is CatalogException or StepException)
        {
            Terminal.Error(e is CatalogException ? $"{path}: {e.Message}" : e.Message);
            return ExitCode.Failure;
        }
    }

    private static void Add(Command command, Option[] options)
    {
        foreach (var option in options)
            command.Add(option);
    }

    private static void Require(CatalogOutcome outcome)
    {
        if (outcome != CatalogOutcome.Durable)
            throw new StepException("The catalog cannot be written now; try again, or see whether its disk is full.");
    }

    private static DateTimeOffset? Time(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (ValueConversion.TryConvert(new ValueForm(typeof(TimeSpan)), text, out var age, out _))
            return TimeProvider.System.GetUtcNow() - (TimeSpan)age!;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new StepException($"'{text}' is no time; write a time such as 2026-11-13T08:00Z, or an age such as 7d.");
    }

    private static async Task<Line> LineOfAsync(RecordingCatalog catalog, StepRow row, CancellationToken cancellationToken) => new(
        row.Id,
        row.Definition.ToString(),
        JsonNamingPolicy.CamelCase.ConvertName(row.Definition.On.ToString()),
        JsonNamingPolicy.CamelCase.ConvertName(row.State.ToString()),
        row.Address.Application,
        row.Address.Stream,
        row.Recording,
        row.File is { } file ? (await catalog.FileAsync(file, cancellationToken))?.Path : null,
        row.At,
        row.Attempts,
        row.State == StepState.Due && row.Attempts > 0 ? row.DueAt : null,
        row.Detail);

    private static void Show(Line line, bool asJson)
    {
        if (asJson)
        {
            Terminal.Out(JsonSerializer.Serialize(line, Json));
            return;
        }

        var when = line.NextAttempt is { } next ? string.Create(CultureInfo.InvariantCulture, $", next attempt {next:yyyy-MM-dd HH:mm:ss}Z") : "";
        Terminal.Out($"{line.Id}  {line.State,-9} {line.Step}  {line.Application}/{line.Stream}  {line.File ?? line.On}  {line.Attempts} attempts{when}{(line.Detail is null ? "" : ": " + line.Detail)}");
    }

    private static async Task SummarizeAsync(RecordingCatalog catalog, CancellationToken cancellationToken)
    {
        foreach (var kind in (await catalog.CountStepsAsync(cancellationToken)).GroupBy(c => c.Kind))
            Terminal.Out($"{kind.Key}: {string.Join(", ", kind.Select(c => $"{c.Count} {JsonNamingPolicy.CamelCase.ConvertName(c.State.ToString())}"))}");
        foreach (var (kind, application) in await catalog.PausedStepsAsync(cancellationToken))
            Terminal.Out($"{kind} is PAUSED{(application.Length > 0 ? $" in {application}" : "")}");
    }
}
