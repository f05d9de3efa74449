namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// <c>application[/instance][?query]</c>, as it stands in <c>app</c> and in the path of <c>tcUrl</c>. Surrounding quotes and
/// slashes are dropped, <c>#</c> counts as <c>?</c>, and <c>app...vhost...host</c> as <c>app?vhost=host</c>.
/// Nothing is checked for use as a file name.
/// </summary>
/// <param name="App">First segment; empty when there is none.</param>
/// <param name="Instance">The other segments, joined by slashes; <see cref="DefaultInstance"/> when there are none.</param>
public sealed record AppPath(string App, string Instance, RtmpQuery Query)
{
    public const string DefaultInstance = "_definst_";

    private const string OldVhost = "...vhost...";

    public static AppPath Parse(string text)
    {
        var path = Unquote(text);
        var query = RtmpQuery.Empty;
        var mark = path.AsSpan().IndexOfAny('?', '#');
        if (mark >= 0)
        {
            query = RtmpQuery.Parse(path[(mark + 1)..]);
            path = path[..mark];
        }
        var vhost = path.IndexOf(OldVhost, StringComparison.Ordinal);
        if (vhost >= 0)
        {
            query = query.Then(RtmpQuery.Single("vhost", path[(vhost + OldVhost.Length)..].TrimEnd('/')));
            path = path[..vhost];
        }
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return new AppPath(
            segments.Length > 0 ? segments[0] : "",
            segments.Length > 1 ? string.Join('/', segments[1..]) : DefaultInstance,
            query);
    }

    /// <summary>Neko wraps the values of connect in single quotes.</summary>
    internal static string Unquote(string text) => text.Trim().Trim('\'', '"');
}
