namespace Tapedeck.Protocols.Rtmp;

/// <summary>The name given to publish or play: <c>[prefix:]name[?query]</c>.</summary>
/// <param name="Name">May be empty (the path of tcUrl alone says what is meant) and may hold slashes. Not checked for use as a file name.</param>
/// <param name="Prefix">One of mp4, f4v, flv, mp3, id3, raw in lower case, or empty. Other text before a colon belongs to the name.</param>
public sealed record StreamName(string Name, string Prefix, RtmpQuery Query)
{
    private static readonly string[] Prefixes = ["mp4", "f4v", "flv", "mp3", "id3", "raw"];

    public static StreamName Parse(string text)
    {
        var query = RtmpQuery.Empty;
        var mark = text.IndexOf('?', StringComparison.Ordinal);
        if (mark >= 0)
        {
            query = RtmpQuery.Parse(text[(mark + 1)..]);
            text = text[..mark];
        }
        var prefix = PrefixOf(text);
        return new StreamName(prefix.Length > 0 ? text[(prefix.Length + 1)..] : text, prefix, query);
    }

    internal static string PrefixOf(string text)
    {
        foreach (var prefix in Prefixes)
            if (text.Length > prefix.Length && text[prefix.Length] == ':' && text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return prefix;
        return "";
    }
}
