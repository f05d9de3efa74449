namespace Tapedeck.Protocols.Rtmp;

/// <summary>What a connect command asks for (RTMP 1.0 section 7.2.1.1), read tolerantly.</summary>
/// <param name="App">Application name; from tcUrl when <c>app</c> is missing or empty. May be empty. Not checked for use as a file name.</param>
/// <param name="Instance"><see cref="AppPath.DefaultInstance"/> when none was named.</param>
/// <param name="Query">Parameters of <c>app</c>, then those of tcUrl.</param>
/// <param name="TcUrl">As sent, without quotes around it; empty when missing.</param>
/// <param name="ObjectEncoding">0 for AMF0 or 3 for AMF3, to be echoed in the result; any other number reads as 0.</param>
/// <param name="Properties">The whole command object.</param>
/// <param name="Arguments">What came after it, of any kind.</param>
public sealed record ConnectRequest(
    string App,
    string Instance,
    RtmpQuery Query,
    string TcUrl,
    string FlashVer,
    string PageUrl,
    string SwfUrl,
    int ObjectEncoding,
    EnhancedCapabilities Capabilities,
    double TransactionId,
    AmfObject Properties,
    IReadOnlyList<object?> Arguments)
{
    public const string CommandName = "connect";

    /// <exception cref="RtmpProtocolException">Not a connect command, or one without an object.</exception>
    public static ConnectRequest FromCommand(RtmpCommand command)
    {
        if (command.Name != CommandName)
            throw new RtmpProtocolException($"The first command is not connect but '{Shorten(command.Name)}'.");
        if (command.CommandObject is not AmfObject properties)
            throw new RtmpProtocolException("The connect command carries no object.");

        var tcUrl = AppPath.Unquote(Text(properties, "tcUrl", "tcurl"));
        var url = Rtmp.TcUrl.TryParse(tcUrl, out var parsed) ? parsed.Path : new AppPath("", AppPath.DefaultInstance, RtmpQuery.Empty);
        var app = AppPath.Parse(Text(properties, "app"));
        var isNamed = app.App.Length > 0;
        return new ConnectRequest(
            isNamed ? app.App : url.App,
            isNamed ? app.Instance : url.Instance,
            app.Query.Then(url.Query),
            tcUrl,
            Text(properties, "flashVer", "flashver"),
            Text(properties, "pageUrl"),
            Text(properties, "swfUrl"),
            properties.GetNumber("objectEncoding") is 3 ? 3 : 0,
            EnhancedCapabilities.Read(properties),
            command.TransactionId,
            properties,
            command.Arguments);
    }

    private static string Text(AmfObject properties, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (properties.GetString(name) is { Length: > 0 } text) return text;
        return "";
    }

    private static string Shorten(string name) => name.Length <= 40 ? name : name[..40] + "…";
}
