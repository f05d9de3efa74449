using System.Globalization;

namespace Tapedeck.LoadBench;

/// <summary>What the kernel knows of a process and its children (proc(5)).</summary>
/// <param name="Cpu">Seconds, user and system.</param>
/// <param name="Switches">Context switches of all threads that are alive, voluntary and not.</param>
/// <param name="Writes">write, pwrite, pwritev and the like (syscw), also those to sockets through write.</param>
/// <param name="PeakMemory">Bytes resident at most, of all processes together.</param>
internal readonly record struct ProcessFigures(double Cpu, long Switches, long Writes, long PeakMemory)
{
    private const double TicksPerSecond = 100;

    public static ProcessFigures Of(int process)
    {
        var all = Tree(process);
        return new ProcessFigures(all.Sum(CpuOf), all.Sum(SwitchesOf), all.Sum(p => Field($"/proc/{p}/io", "syscw:")), all.Sum(p => Field($"/proc/{p}/status", "VmHWM:")) * 1024);
    }

    /// <summary>It and its children.</summary>
    public static List<int> Tree(int process)
    {
        var all = new List<int> { process };
        for (var i = 0; i < all.Count; i++)
        {
            var children = File.ReadAllText($"/proc/{all[i]}/task/{all[i]}/children"); // of the main thread; no server here forks from another
            all.AddRange(children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => int.Parse(c, CultureInfo.InvariantCulture)));
        }

        return all;
    }

    private static double CpuOf(int process)
    {
        var text = File.ReadAllText($"/proc/{process}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static long SwitchesOf(int process) =>
        Directory.GetDirectories($"/proc/{process}/task").Sum(t => Field($"{t}/status", "voluntary_ctxt_switches:") + Field($"{t}/status", "nonvoluntary_ctxt_switches:"));

    /// <summary>A number of a file of lines `name: number`; 0 when it is not there.</summary>
    public static long Field(string file, string name)
    {
        try
        {
            var line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0; // a thread that has just ended
        }
    }
}
