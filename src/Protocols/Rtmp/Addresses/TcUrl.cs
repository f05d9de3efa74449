namespace Tapedeck.Protocols.Rtmp;

/// <summary>The <c>tcUrl</c> of a connect command: <c>rtmp[s]://host[:port]/application[/instance][?query]</c>.</summary>
/// <param name="Scheme">In lower case: rtmp, rtmps, or another one as sent (rtmpt, rtmpe).</param>
/// <param name="Host">Without brackets where it is an IPv6 address; may be empty.</param>
/// <param name="Port">1..65535; 443 for rtmps and 1935 otherwise when missing.</param>
public sealed record TcUrl(string Scheme, string Host, int Port, AppPath Path)
{
    public const int DefaultPort = 1935;
    public const int DefaultSecurePort = 443;

    /// <summary>Reads the address tolerantly (quotes, trailing slash); false when there is no scheme or no possible port.</summary>
    public static bool TryParse(string? text, out TcUrl url)
    {
        url = null!;
        if (text is null || !TrySplit(AppPath.Unquote(text), out var scheme, out var authority, out var path)) return false;
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        if (!TryParseAuthority(authority, scheme == "rtmps", out var host, out var port)) return false;
        url = new TcUrl(scheme, host, port, AppPath.Parse(path));
        return true;
    }

    /// <summary>Splits <c>scheme://authority/path</c>; the path comes without its first slash, the scheme in lower case.</summary>
    internal static bool TrySplit(string text, out string scheme, out string authority, out string path)
    {
        scheme = authority = path = "";
        var colon = text.IndexOf("://", StringComparison.Ordinal);
        if (colon <= 0) return false;
#pragma warning disable CA1308 // schemes are lower case
        scheme = text[..colon].ToLowerInvariant();
#pragma warning restore CA1308
        var rest = text[(colon + 3)..];
        var end = rest.AsSpan().IndexOfAny('/', '?', '#');
        authority = end < 0 ? rest : rest[..end];
        path = end < 0 ? "" : rest[end..].TrimStart('/');
        return true;
    }

    internal static bool TryParseAuthority(string authority, bool isSecure, out string host, out int port)
    {
        port = isSecure ? DefaultSecurePort : DefaultPort;
        host = authority;
        var colon = authority.LastIndexOf(':');
        if (authority.StartsWith('['))
        {
            var bracket = authority.IndexOf(']', StringComparison.Ordinal);
            if (bracket < 0) return false;
            host = authority[1..bracket];
            if (colon < bracket) return true;
        }
        else if (colon >= 0)
        {
            host = authority[..colon];
        }
        else
        {
            return true;
        }
        var digits = authority[(colon + 1)..];
        if (digits.Length == 0) return true;
        return int.TryParse(digits, System.Globalization.NumberStyles.None, null, out port) && port is >= 1 and <= 65_535;
    }
}
