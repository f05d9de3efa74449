using System.Diagnostics;
using System.Globalization;

namespace Tapedeck.Containers.Tests.Kit;

/// <summary>ffmpeg, ffprobe and mediainfo as judges, where they are installed.</summary>
internal static class Tools
{
    public static bool Has(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, tool)));

    /// <summary>Runs a tool to its end; standard output, and error output.</summary>
    public static (string Output, string Error) Run(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output, error.GetAwaiter().GetResult());
    }

    /// <summary>Decodes everything: any word of ffmpeg is a fault.</summary>
    public static string Decode(string file)
    {
        var (_, error) = Run("ffmpeg", "-v", "error", "-i", file, "-f", "null", "-");
        return error.Trim();
    }

    /// <summary>Packets of one stream: presentation and decode time in its time base, size, key flag.</summary>
    public static List<(long Pts, long Dts, int Size, bool Key)> Packets(string file, int stream)
    {
        var (output, _) = Run(
            "ffprobe", "-v", "quiet", "-select_streams", stream.ToString(CultureInfo.InvariantCulture),
            "-show_entries", "packet=pts,dts,size,flags", "-of", "csv=p=0", file);
        var packets = new List<(long, long, int, bool)>();
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(',');
            if (fields.Length >= 4 && long.TryParse(fields[0], out var pts) && long.TryParse(fields[1], out var dts))
                packets.Add((pts, dts, int.Parse(fields[2], CultureInfo.InvariantCulture), fields[3].StartsWith('K')));
        }

        return packets;
    }
}
