using System.Globalization;

namespace Tapedeck.ScriptBench;

/// <summary>CPU time in ms: of this process, of its children that have ended, of a worker.</summary>
internal readonly record struct Cpu(double Host, double Children, double Worker)
{
    private const double TickMilliseconds = 10; // the kernel's unit for programs

    public static Cpu Now(int worker)
    {
        var own = Fields("self");
        var other = Fields(worker.ToString(CultureInfo.InvariantCulture));
        return new Cpu(own[0] + own[1], own[2] + own[3], other[0] + other[1]);
    }

    public static Cpu operator -(Cpu a, Cpu b) => new(a.Host - b.Host, a.Children - b.Children, a.Worker - b.Worker);

    /// <summary>utime, stime, cutime, cstime of proc(5).</summary>
    private static double[] Fields(string process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        // The name in parentheses may hold anything.
        return [.. stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11..15].Select(f => double.Parse(f, CultureInfo.InvariantCulture) * TickMilliseconds)];
    }
}
