using System.Globalization;
using System.Runtime.InteropServices;

namespace Tapedeck.LoadBench;

/// <summary>Where and when something was measured, in one line: figures mean little without.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Measured on {DateTime.UtcNow:yyyy-MM-dd} with {Environment.ProcessorCount} processors ({model}), {RuntimeInformation.FrameworkDescription}; the load average was {LoadAverage()} when it began.");
    }

    private static string LoadAverage() => File.ReadAllText("/proc/loadavg").Split(' ')[0];
}
