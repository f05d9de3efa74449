namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// Where a client goes: <c>rtmp[s]://[user:password@]host[:port]/app[/instance…]/stream[?query]</c>. The last segment of the path is
/// the stream, everything between is the application; a segment with a media prefix (<c>mp4:dir/x.mp4</c>) starts the stream
/// and keeps its slashes. A query directly behind the application (<c>/app?k=v/stream</c>, as FMLE writes it) stays with it.
/// </summary>
/// <param name="App">As it is sent in connect, with instance and query.</param>
/// <param name="Stream">As it is sent in publish or play, with prefix and query; may be empty.</param>
/// <param name="UserInfo">What stood before the <c>@</c>; empty when nothing did. Never part of what is sent.</param>
public sealed record RtmpAddress(bool IsSecure, string Host, int Port, string App, string Stream, string UserInfo = "")
{
    /// <summary>The address of the application; a standard port is left out.</summary>
    public string TcUrl
    {
        get
        {
            var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
            var standard = IsSecure ? Rtmp.TcUrl.DefaultSecurePort : Rtmp.TcUrl.DefaultPort;
            var port = Port == standard ? "" : $":{Port}";
            return $"{(IsSecure ? "rtmps" : "rtmp")}://{host}{port}/{App}";
        }
    }

    /// <exception cref="FormatException">Not an rtmp or rtmps address with a host and an application.</exception>
    public static RtmpAddress Parse(string url)
    {
        if (!Rtmp.TcUrl.TrySplit(url.Trim(), out var scheme, out var authority, out var path) || scheme is not ("rtmp" or "rtmps"))
            throw new FormatException($"'{url}' is not an rtmp:// or rtmps:// address.");
        var isSecure = scheme == "rtmps";
        var at = authority.LastIndexOf('@');
        if (!Rtmp.TcUrl.TryParseAuthority(authority[(at + 1)..], isSecure, out var host, out var port) || host.Length == 0)
            throw new FormatException($"'{url}' names no host, or a port outside 1..65535.");
        var (app, stream) = SplitPath(path);
        if (app.Length == 0) throw new FormatException($"'{url}' names no application.");
        return new RtmpAddress(isSecure, host, port, app, stream, at < 0 ? "" : authority[..at]);
    }

    private static (string App, string Stream) SplitPath(string path)
    {
        var mark = path.IndexOf('?', StringComparison.Ordinal);
        var query = mark < 0 ? "" : path[mark..];
        var segments = (mark < 0 ? path : path[..mark]).Split('/', StringSplitOptions.RemoveEmptyEntries);
        var slash = query.LastIndexOf('/');
        if (segments.Length == 1 && slash > 0) return (segments[0] + query[..slash], query[(slash + 1)..]);
        if (segments.Length < 2) return (string.Concat(segments) + query, "");
        var first = Array.FindIndex(segments, 1, segment => StreamName.PrefixOf(segment).Length > 0);
        if (first < 0) first = segments.Length - 1;
        return (string.Join('/', segments[..first]), string.Join('/', segments[first..]) + query);
    }
}
