using System.Globalization;

namespace Tapedeck.KillTest;

/// <summary>What the command line asks for.</summary>
internal sealed record Options
{
    public const string Usage = "KillTest [--kills N] [--seed S] [--host PATH] [--minutes M] [--aim] [--keep]";

    /// <summary>Files that are cut, ten in each round.</summary>
    public int Kills { get; private init; } = 300;

    public int Seed { get; private init; } = 1;

    /// <summary>The <c>tapedeck</c> command.</summary>
    public string Host { get; private init; } = BesideThis();

    /// <summary>No further round begins after this long.</summary>
    public TimeSpan Limit { get; private init; } = TimeSpan.FromMinutes(30);

    /// <summary>Kills as soon as one of the large files grows: in the middle of its write.</summary>
    public bool Aim { get; private init; }

    /// <summary>Leaves the homes for a look at them.</summary>
    public bool Keep { get; private init; }

    /// <exception cref="FormatException">Something that is not in <see cref="Usage"/>.</exception>
    public static Options Parse(string[] arguments)
    {
        var options = new Options();
        for (var i = 0; i < arguments.Length; i++)
        {
            var name = arguments[i];
            if (name is "--keep" or "--aim")
            {
                options = options with { Keep = options.Keep || name == "--keep", Aim = options.Aim || name == "--aim" };
                continue;
            }

            var value = ++i < arguments.Length ? arguments[i] : throw new FormatException($"{name} needs a value. Usage: {Usage}");
            options = name switch
            {
                "--kills" => options with { Kills = int.Parse(value, CultureInfo.InvariantCulture) },
                "--seed" => options with { Seed = int.Parse(value, CultureInfo.InvariantCulture) },
                "--host" => options with { Host = Path.GetFullPath(value) },
                "--minutes" => options with { Limit = TimeSpan.FromMinutes(double.Parse(value, CultureInfo.InvariantCulture)) },
                _ => throw new FormatException($"{name} is unknown. Usage: {Usage}"),
            };
        }

        return File.Exists(options.Host) ? options : throw new FormatException($"There is no {options.Host}; ./build.sh makes it, or name another with --host.");
    }

    private static string BesideThis()
    {
        // artifacts/bin/KillTest/release -> artifacts/bin/Host/release
        var own = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(own.Parent!.Parent!.FullName, "Host", own.Name, "tapedeck");
    }
}
