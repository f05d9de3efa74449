using System.Globalization;
using Tapedeck.LoadProbe;

namespace Tapedeck.LoadBench;

/// <summary>What the collector of our host did, from the file of the probe in it (see <see cref="ProbeLines"/>).</summary>
internal sealed class ProbeLog
{
    private readonly List<Moment> _moments = [];
    private readonly List<Collection> _collections = [];

    /// <param name="At">Milliseconds, Unix.</param>
    /// <param name="Heap">Bytes in use, with what has died since the last collection.</param>
    /// <param name="Allocated">Bytes since the start of the process, as the next ones are.</param>
    /// <param name="Pauses">Milliseconds.</param>
    /// <param name="Generation0">Collections of generation 0 alone.</param>
    public readonly record struct Moment(double At, double Heap, double Allocated, double Pauses, int Generation0, int Generation1, int Generation2);

    /// <param name="Pause">Milliseconds, the longer of a background collection's two.</param>
    /// <param name="Heap">Bytes after it.</param>
    public readonly record struct Collection(double At, int Generation, double Pause, double Heap);

    public IReadOnlyList<Moment> Moments => _moments;

    public IReadOnlyList<Collection> Collections => _collections;

    /// <summary>All zero before the first.</summary>
    public Moment Latest => _moments.Count > 0 ? _moments[^1] : default;

    /// <summary>What it says so far; a line that is being written is left out. Empty where there is no file.</summary>
    public static ProbeLog Read(string path)
    {
        var log = new ProbeLog();
        if (!File.Exists(path))
            return log;
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = reader.ReadToEnd();
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            log.Add(line.Split(' '));
        return log;
    }

    private void Add(string[] words)
    {
        var n = Array.ConvertAll(words[1..], w => double.Parse(w, CultureInfo.InvariantCulture));
        if (words[0] == ProbeLines.Collection)
            _collections.Add(new Collection(n[0], (int)n[2], n[3], n[4]));
        else if (words[0] == ProbeLines.Moment)
            _moments.Add(new Moment(n[0], n[1], n[2], n[3], (int)(n[4] - n[5]), (int)(n[5] - n[6]), (int)n[6]));
    }
}
