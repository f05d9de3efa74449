using System.Globalization;

namespace Tapedeck.LoadBench;

/// <summary>What is measured.</summary>
internal sealed record Options
{
    public IReadOnlyList<string> Kinds { get; init; } = Server.Available();

    public int Publishers { get; init; } = 200;

    public int Kilobits { get; init; } = 2370;

    /// <summary>Seconds of a paced run that count.</summary>
    public int Seconds { get; init; } = 30;

    /// <summary>Seconds before that.</summary>
    public int WarmUp { get; init; } = 5;

    /// <summary>Bytes for each publisher, as fast as they are taken; 0: paced.</summary>
    public long Flat { get; init; }

    public int Runs { get; init; } = 3;

    public int Port { get; init; } = 19390;

    public string Folder { get; init; } = Path.Combine(Path.GetTempPath(), "tapedeck-load");

    private const string Usage = """
        usage: LoadBench [options]
          --servers LIST     of mp4 fmp4 flv ts mkv nginx sink; default: all that are installed, alternating
          --publishers N     default 200
          --kilobits N       bit rate of the pictures, default 2370 (with sound 2.5 Mbit/s)
          --seconds N        measured seconds of each run, default 30; --warm-up N before them, default 5
          --flat MIB         instead of real time: so much on each connection, as fast as it is taken
          --runs N           default 3; medians are shown
          --port N           default 19390
          --folder DIR       for clips, homes and files; the files are deleted after each run
        """;

    public static Options? Parse(string[] arguments)
    {
        var options = new Options();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            switch (arguments[i])
            {
                case "--servers" when value.Length > 0:
                    options = options with { Kinds = value.Split(',') };
                    break;
                case "--folder" when value.Length > 0:
                    options = options with { Folder = Path.GetFullPath(value) };
                    break;
                case "--publishers" when isNumber:
                    options = options with { Publishers = number };
                    break;
                case "--kilobits" when isNumber:
                    options = options with { Kilobits = number };
                    break;
                case "--seconds" when isNumber:
                    options = options with { Seconds = number };
                    break;
                case "--warm-up" when isNumber:
                    options = options with { WarmUp = number };
                    break;
                case "--flat" when isNumber:
                    options = options with { Flat = number * 1024L * 1024 };
                    break;
                case "--runs" when isNumber:
                    options = options with { Runs = number };
                    break;
                case "--port" when isNumber:
                    options = options with { Port = number };
                    break;
                default:
                    Console.Error.WriteLine(Usage);
                    return null;
            }
        }

        return options;
    }
}
