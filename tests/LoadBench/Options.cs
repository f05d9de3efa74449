using System.Globalization;
using System.Text;

namespace Tapedeck.LoadBench;

/// <summary>What is measured, and how.</summary>
internal sealed record Options
{
    /// <summary>Null: one load, as the other options say.</summary>
    public string? Scenario { get; init; }

    public IReadOnlyList<string> Kinds { get; init; } = Server.Available();

    public int Publishers { get; init; } = 200;

    public int Kilobits { get; init; } = 2370;

    /// <summary>Seconds of a paced run that count.</summary>
    public int Seconds { get; init; } = 30;

    /// <summary>Seconds before that.</summary>
    public int WarmUp { get; init; } = 5;

    /// <summary>Of a soak.</summary>
    public int Minutes { get; init; } = 60;

    /// <summary>Bytes for each publisher, as fast as they are taken; 0: paced.</summary>
    public long Flat { get; init; }

    public int Runs { get; init; } = 3;

    public int Port { get; init; } = 19390;

    public string Folder { get; init; } = Path.Combine(Path.GetTempPath(), "tapedeck-load");

    private static readonly Option[] Known =
    [
        new("servers", "LIST", "of mp4 fmp4 flv ts mkv nginx sink; default: all that are installed, alternating", SetServers),
        Number("publishers", "N", "default 200; 100 in a soak", 1, 10_000, (o, n) => o with { Publishers = n }),
        Number("kilobits", "N", "bit rate of the pictures, default 2370 (with sound 2.5 Mbit/s)", 100, 100_000, (o, n) => o with { Kilobits = n }),
        Number("seconds", "N", "measured seconds of each paced run, default 30", 1, 86_400, (o, n) => o with { Seconds = n }),
        Number("warm-up", "N", "seconds before them, default 5", 0, 3_600, (o, n) => o with { WarmUp = n }),
        Number("minutes", "N", "length of a soak, default 60", 1, 100_000, (o, n) => o with { Minutes = n }),
        Number("flat", "MIB", "instead of real time: so much on each connection, as fast as it is taken", 1, 1_000_000, (o, n) => o with { Flat = n * 1024L * 1024 }),
        Number("runs", "N", "default 3; medians are shown", 1, 100, (o, n) => o with { Runs = n }),
        Number("port", "N", "default 19390", 1, 65_535, (o, n) => o with { Port = n }),
        new("folder", "DIR", "for clips, homes and files; the files are deleted after each run", (o, text) => (o with { Folder = Path.GetFullPath(text) }, null)),
    ];

    /// <summary>Says what is wrong and what would be right, and returns null, when it does not understand.</summary>
    public static Options? Parse(string[] arguments)
    {
        var options = new Options();
        if (arguments.Length > 0 && !arguments[0].StartsWith('-'))
        {
            if (!Scenarios.ContainsKey(arguments[0]))
                return Refuse($"There is no scenario '{arguments[0]}'.");
            options = options with { Scenario = arguments[0] };
            if (arguments[0] == "soak")
                options = options with { Publishers = 100 };
            arguments = arguments[1..];
        }

        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (arguments[i] is "--help" or "-h")
                return Refuse(null);
            if (Array.Find(Known, o => "--" + o.Name == arguments[i]) is not { } option)
                return Refuse($"There is no option '{arguments[i]}'.");
            if (i + 1 == arguments.Length || arguments[i + 1].Length == 0)
                return Refuse($"--{option.Name} wants a value: --{option.Name} {option.Value}.");
            (options, var wrong) = option.Set(options, arguments[i + 1]);
            if (wrong is not null)
                return Refuse($"--{option.Name} '{arguments[i + 1]}': {wrong}.");
        }

        return options;
    }

    private static readonly Dictionary<string, string> Scenarios = new(StringComparer.Ordinal)
    {
        ["soak"] = "our host alone for --minutes, publishers coming and going, old recordings removed: is its memory flat?",
    };

    private static Options? Refuse(string? wrong)
    {
        var text = new StringBuilder();
        if (wrong is not null)
            text.AppendLine(wrong);
        text.AppendLine("usage: LoadBench [scenario] [options]");
        foreach (var (name, help) in Scenarios)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {name,-19}{help}");
        foreach (var option in Known)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {$"--{option.Name} {option.Value}",-19}{option.Help}");
        Console.Error.Write(text);
        return null;
    }

    private static (Options Options, string? Wrong) SetServers(Options options, string text)
    {
        var kinds = text.Split(',');
        if (Array.Find(kinds, k => !Server.Kinds.Contains(k)) is { } unknown)
            return (options, $"there is no server '{unknown}'; there are {string.Join(", ", Server.Kinds)}");
        return Array.Find(kinds, k => Server.Missing(k) is not null) is { } missing ? (options, Server.Missing(missing)) : (options with { Kinds = kinds }, null);
    }

    private static Option Number(string name, string value, string help, int least, int most, Func<Options, int, Options> set) =>
        new(name, value, help, (options, text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? (set(options, number), null)
            : (options, $"not a number from {least} to {most}"));

    /// <param name="Set">Takes the value, or says what is wrong with it.</param>
    private sealed record Option(string Name, string Value, string Help, Func<Options, string, (Options Options, string? Wrong)> Set);
}
