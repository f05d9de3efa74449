namespace Tapedeck.Host.Settings;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Nearest
{
    private const int LongestCompared = 200;

    /// <summary>The candidate that differs least from <paramref name="word"/>; null when none is near.</summary>
    public static string? Of(string word, IEnumerable<string> candidates)
    {
        if (word.Length > LongestCompared) return null;
        string? nearest = null;
        var least = Math.Max(2, word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            if (candidate.Length > LongestCompared) continue;
            var distance = Distance(word, candidate);
            if (distance >= least) continue;
            least = distance;
            nearest = candidate;
        }
        return nearest;
    }

    /// <summary><c>; did you mean X?</c>, or nothing when no candidate is near.</summary>
    public static string Hint(string word, IEnumerable<string> candidates) =>
        Of(word, candidates) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    /// <summary>As <see cref="Hint"/>, but lists the candidates when none is near.</summary>
    public static string HintOrAll(string word, IReadOnlyCollection<string> candidates) =>
        Hint(word, candidates) is { Length: > 0 } hint ? hint : "; known are " + string.Join(", ", candidates);

    /// <summary>How many letters must be added, removed or replaced (Levenshtein), without case.</summary>
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                var same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                row[j] = same ? diagonal : 1 + Math.Min(diagonal, Math.Min(above, row[j - 1]));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
