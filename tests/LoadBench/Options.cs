using System.Globalization;

namespace Tapedeck.LoadBench;

/// <summary>What is measured, and how. What is null is the scenario's to say.</summary>
internal sealed record Options
{
    /// <summary>Null: one load, as the other options say; <c>all</c>: all that take minutes.</summary>
    public string? Scenario { get; init; }

    /// <summary>Short runs, once: to see that all works, not to be believed.</summary>
    public bool Quick { get; init; }

    public IReadOnlyList<string>? Servers { get; init; }

    public int? Publishers { get; init; }

    /// <summary>Of the pictures.</summary>
    public int? Kilobits { get; init; }

    /// <summary>Seconds of a paced run that count.</summary>
    public int? Seconds { get; init; }

    /// <summary>Seconds before that.</summary>
    public int? WarmUp { get; init; }

    /// <summary>Of a soak.</summary>
    public int Minutes { get; init; } = 60;

    /// <summary>Bytes, as fast as they are taken: for each publisher of a free load, for all of a scenario's.</summary>
    public long? Flat { get; init; }

    public int? Runs { get; init; }

    /// <summary>0: any free one.</summary>
    public int Port { get; init; }

    public string Folder { get; init; } = Path.Combine(Path.GetTempPath(), "tapedeck-load");

    /// <summary>Markdown file whose tables are made anew; null: none.</summary>
    public string? Document { get; init; }

    /// <summary>Our host's command.</summary>
    public string Host { get; init; } = Programs.BuiltHost;

    private static readonly Option[] Known =
    [
        new("quick", "", "short runs, once each: to see that all works, not to be believed", (o, _) => (o with { Quick = true }, null)),
        new("servers", "LIST", "without a scenario: of mp4 fmp4 flv ts mkv nginx sink; default: all that are installed", SetServers),
        Number("publishers", "N", "default 200, in a soak 100", 1, 10_000, (o, n) => o with { Publishers = n }),
        Number("kilobits", "N", "bit rate of the pictures, default 2370 (with sound 2.5 Mbit/s)", 100, 100_000, (o, n) => o with { Kilobits = n }),
        Number("seconds", "N", "measured seconds of each paced run, default 25", 1, 86_400, (o, n) => o with { Seconds = n }),
        Number("warm-up", "N", "seconds before them, default 6", 0, 3_600, (o, n) => o with { WarmUp = n }),
        Number("minutes", "N", "length of a soak, default 60", 1, 100_000, (o, n) => o with { Minutes = n }),
        Number("flat", "MIB", "without a scenario: so much on each connection, as fast as it is taken; with one: by all together, default 4096", 1, 1_000_000, (o, n) => o with { Flat = n * 1024L * 1024 }),
        Number("runs", "N", "default 1 to 3, as the scenario is; medians are shown", 1, 100, (o, n) => o with { Runs = n }),
        Number("port", "N", "default: any free one", 1, 65_535, (o, n) => o with { Port = n }),
        new("folder", "DIR", "for clips, homes and files (up to 10 GB); the files are deleted after each run", (o, text) => (o with { Folder = Path.GetFullPath(text) }, null)),
        new("document", "FILE", "Markdown file whose tables are made anew, such as docs/performance.md", SetDocument),
        new("host", "FILE", "the tapedeck command; default: of the same build", (o, text) => (o with { Host = Path.GetFullPath(text) }, null)),
    ];

    /// <summary>Null when it does not understand: then it has said what is wrong and what would be right.</summary>
    public static Options? Parse(string[] arguments, TextWriter complaints)
    {
        var options = new Options();
        var at = 0;
        if (arguments.Length > 0 && arguments[0] == "help")
            return Refuse(complaints, null);
        if (arguments.Length > 0 && !arguments[0].StartsWith('-'))
        {
            if (arguments[0] != "all" && !LoadBench.Scenario.All.Any(s => s.Name == arguments[0]))
                return Refuse(complaints, $"There is no scenario '{arguments[0]}'.");
            options = options with { Scenario = arguments[at++] };
        }

        while (at < arguments.Length)
        {
            var word = arguments[at++];
            if (word is "--help" or "-h")
                return Refuse(complaints, null);
            if (Array.Find(Known, o => "--" + o.Name == word) is not { } option)
                return Refuse(complaints, $"There is no option '{word}'.");
            if (option.Value.Length > 0 && (at == arguments.Length || arguments[at].Length == 0))
                return Refuse(complaints, $"{word} wants a value: {word} {option.Value}.");
            var value = option.Value.Length > 0 ? arguments[at++] : "";
            (options, var wrong) = option.Set(options, value);
            if (wrong is not null)
                return Refuse(complaints, $"{word} '{value}': {wrong}.");
        }

        return options;
    }

    private static Options? Refuse(TextWriter complaints, string? wrong)
    {
        if (wrong is not null)
            complaints.WriteLine(wrong);
        complaints.WriteLine("usage: tapedeck bench [scenario] [options]");
        complaints.WriteLine($"  {"all",-17}all of these but soak");
        foreach (var scenario in LoadBench.Scenario.All)
            complaints.WriteLine($"  {scenario.Name,-17}{scenario.Help}");
        complaints.WriteLine("  without a scenario: one load, as the options say");
        foreach (var option in Known)
            complaints.WriteLine($"  {$"--{option.Name} {option.Value}",-17}{option.Help}");
        return null;
    }

    private static (Options Options, string? Wrong) SetServers(Options options, string text)
    {
        var kinds = text.Split(',');
        if (Array.Find(kinds, k => !Programs.Kinds.Contains(k)) is { } unknown)
            return (options, $"there is no server '{unknown}'; there are {string.Join(", ", Programs.Kinds)}");
        return Array.Find(kinds, k => Programs.Missing(k) is not null) is { } missing ? (options, Programs.Missing(missing)) : (options with { Servers = kinds }, null);
    }

    private static (Options Options, string? Wrong) SetDocument(Options options, string text) =>
        File.Exists(text) ? (options with { Document = Path.GetFullPath(text) }, null) : (options, "there is no such file; docs/performance.md has the places for the tables");

    private static Option Number(string name, string value, string help, int least, int most, Func<Options, int, Options> set) =>
        new(name, value, help, (options, text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? (set(options, number), null)
            : (options, $"not a whole number from {least} to {most}"));

    /// <param name="Value">What it takes, for the help; empty: nothing.</param>
    /// <param name="Set">Takes the value, or says what is wrong with it.</param>
    private sealed record Option(string Name, string Value, string Help, Func<Options, string, (Options Options, string? Wrong)> Set);
}
