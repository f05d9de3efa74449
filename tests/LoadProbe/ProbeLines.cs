using System.Globalization;

namespace Tapedeck.LoadProbe;

/// <summary>What stands in the probe's file, for whoever writes and reads it.</summary>
public static class ProbeLines
{
    /// <summary>Environment variable that names the file.</summary>
    public const string Variable = "TAPEDECK_LOAD_PROBE";

    /// <summary>First word of a line about one collection: milliseconds (Unix), number, generation, milliseconds that all threads stood still, bytes of heap after it.</summary>
    public const string Collection = "gc";

    /// <summary>First word of a line about a moment: milliseconds (Unix), bytes of heap, bytes allocated and milliseconds of pause since the start, collections of generation 0 or more, 1 or more, 2.</summary>
    public const string Moment = "at";

    internal static string Write(string word, params ReadOnlySpan<double> values)
    {
        var text = word;
        foreach (var value in values)
            text += string.Create(CultureInfo.InvariantCulture, $" {value:0.####}");
        return text;
    }
}
