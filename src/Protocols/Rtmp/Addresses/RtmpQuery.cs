using System.Collections;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// Parameters behind a <c>?</c>, in the order sent. Percent escapes are decoded, a plus sign stays one: Adobe
/// authentication sends base64 unescaped.
/// </summary>
public sealed class RtmpQuery : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _pairs = [];

    public static RtmpQuery Empty { get; } = new();

    public int Count => _pairs.Count;

    /// <summary>The first value under this name (ordinal); null when there is none, empty when it has no <c>=</c>.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in _pairs)
                if (key == name) return value;
            return null;
        }
    }

    /// <param name="text">Without the leading <c>?</c>; parts are parted by <c>&amp;</c>, further question marks count as one.</param>
    public static RtmpQuery Parse(string text)
    {
        var query = new RtmpQuery();
        foreach (var part in text.Split(['&', '?'], StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? part : part[..equals];
            var value = equals < 0 ? "" : part[(equals + 1)..];
            query._pairs.Add(new(Uri.UnescapeDataString(name), Uri.UnescapeDataString(value)));
        }
        return query;
    }

    /// <summary>These parameters, then those of the others that are not the same; a lookup finds these first.</summary>
    public RtmpQuery Then(RtmpQuery others)
    {
        if (others.Count == 0) return this;
        if (Count == 0) return others;
        var all = new RtmpQuery();
        all._pairs.AddRange(_pairs);
        var known = new HashSet<KeyValuePair<string, string>>(_pairs);
        foreach (var pair in others._pairs)
            if (known.Add(pair)) all._pairs.Add(pair);
        return all;
    }

    internal static RtmpQuery Single(string name, string value)
    {
        var query = new RtmpQuery();
        query._pairs.Add(new(name, value));
        return query;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
