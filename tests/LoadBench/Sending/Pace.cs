namespace Tapedeck.LoadBench;

/// <summary>How well publishers keep the pace: how late messages leave. One for each publisher, counted by its pump.</summary>
internal sealed class Pace
{
    private const int Most = 1000;
    private readonly int[] _late = new int[Most + 1];

    /// <param name="milliseconds">After it was due.</param>
    public void Note(long milliseconds) => _late[Math.Clamp(milliseconds, 0, Most)]++;

    public void Reset() => Array.Clear(_late);

    /// <summary>Milliseconds that 99 of 100 messages of all were late at most.</summary>
    public static int P99(IReadOnlyCollection<Pace> all)
    {
        var total = all.Sum(p => p._late.Sum(n => (long)n));
        var seen = 0L;
        for (var i = 0; i <= Most; i++)
        {
            seen += all.Sum(p => (long)p._late[i]);
            if (seen * 100 >= total * 99)
                return i;
        }

        return Most;
    }
}
