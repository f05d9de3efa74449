using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tapedeck.Engine.Catalog;

namespace Tapedeck.Host.Commands;

/// <summary><c>tapedeck recordings</c>: what was recorded, is being recorded and is asked for.</summary>
internal static class RecordingsCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create(Option<string?> home)
    {
        var application = new Option<string?>("--application") { Description = "Of this application." };
        var instance = new Option<string?>("--instance") { Description = "Of this instance." };
        var stream = new Option<string?>("--stream") { Description = "Of this stream." };
        var from = new Option<DateTimeOffset?>("--from") { Description = "Asked for at this time or later: 2026-01-31, 2026-01-31T12:00 (UTC), 2026-01-31T12:00+01:00.", CustomParser = ReadTime };
        var until = new Option<DateTimeOffset?>("--until") { Description = "Asked for before this time.", CustomParser = ReadTime };
        var state = new Option<CatalogState?>("--state") { Description = "Standing there: requested (kept over restarts, for a stream to come), waiting (for a key frame, a disk, a publisher that left), writing, done, failed, …", HelpName = "state", CustomParser = ReadState };
        var label = new Option<KeyValuePair<string, string>?>("--label") { Description = "With this label: key=value.", CustomParser = ReadLabel };
        var oldestFirst = new Option<bool>("--oldest-first") { Description = "Instead of the newest first." };
        var limit = new Option<int>("--limit") { Description = "So many at most.", DefaultValueFactory = _ => 100 };
        var ledger = new Option<bool>("--ledger") { Description = "With what happened to their time: gaps, leaps, faults, returns." };
        var json = new Option<bool>("--json") { Description = "One JSON object per line." };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var number) && number < 1)
                result.AddError($"--limit is {number}; it must be 1 or more.");
        });
        var command = new Command("recordings", "Lists recordings, with their files and labels, as the catalog knows them, and requests that are kept. A running host is no hindrance.")
        {
            home, application, instance, stream, from, until, state, label, oldestFirst, limit, ledger, json,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var query = new CatalogQuery
            {
                Application = result.GetValue(application),
                Instance = result.GetValue(instance),
                Stream = result.GetValue(stream),
                From = result.GetValue(from),
                Until = result.GetValue(until),
                State = result.GetValue(state),
                Label = result.GetValue(label),
                OldestFirst = result.GetValue(oldestFirst),
            };
            return HomeCatalog.UseAsync(
                result.GetValue(home),
                (_, catalog) => ListAsync(new RecordingList(catalog, query, result.GetValue(ledger)), result.GetValue(limit), result.GetValue(json), cancellationToken));
        });
        return command;
    }

    private static async Task<int> ListAsync(RecordingList list, int limit, bool asJson, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var recording in list.ReadAsync(cancellationToken))
        {
            if (count == limit)
            {
                if (!asJson)
                    Terminal.Out($"There are more than {limit}: raise --limit, or narrow the search.");
                return ExitCode.Success;
            }

            count++;
            Terminal.Out(asJson ? JsonSerializer.Serialize(recording, Json) : recording.ToText());
        }

        if (!asJson)
            Terminal.Out(string.Create(CultureInfo.InvariantCulture, $"{count} recordings"));
        return ExitCode.Success;
    }

    private static DateTimeOffset? ReadTime(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return time;
        result.AddError($"'{text}' is no time; give it as 2026-01-31, 2026-01-31T12:00 (UTC) or 2026-01-31T12:00+01:00.");
        return null;
    }

    private static CatalogState? ReadState(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        foreach (var state in Enum.GetValues<CatalogState>())
        {
            if (state.ToString().Equals(text, StringComparison.OrdinalIgnoreCase))
                return state;
        }

        result.AddError($"'{text}' is no state; there are {string.Join(", ", Enum.GetNames<CatalogState>()).ToLowerInvariant()}.");
        return null;
    }

    private static KeyValuePair<string, string>? ReadLabel(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            return new(text[..equals], text[(equals + 1)..]);
        result.AddError($"'{text}' is no label; give it as key=value.");
        return null;
    }
}
