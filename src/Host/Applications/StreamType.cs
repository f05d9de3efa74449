namespace Tapedeck.Host.Applications;

/// <summary>What becomes of a published stream.</summary>
/// <param name="Name">The name as Wowza writes it.</param>
/// <param name="Records">Every published stream is recorded.</param>
/// <param name="IsLive">Streams can be played while they are published.</param>
/// <param name="IsLowLatency">Media is passed on in smaller pieces.</param>
internal sealed record StreamType(string Name, bool Records, bool IsLive = true, bool IsLowLatency = false)
{
    public static readonly StreamType Live = new("live", Records: false);

    // The rtp types of Wowza differ only in where the stream comes from, which is no matter of the application here.
    private static readonly StreamType[] Served =
    [
        Live,
        new("live-lowlatency", Records: false, IsLowLatency: true),
        new("live-record", Records: true),
        new("live-record-lowlatency", Records: true, IsLowLatency: true),
        new("record", Records: true, IsLive: false),
        new("rtp-live", Records: false),
        new("rtp-live-lowlatency", Records: false, IsLowLatency: true),
        new("rtp-live-record", Records: true),
        new("rtp-live-record-lowlatency", Records: true, IsLowLatency: true),
    ];

    private static readonly Dictionary<string, string> NotServed = new(StringComparer.OrdinalIgnoreCase)
    {
        ["default"] = "plays files on demand",
        ["file"] = "plays files on demand",
        ["liverepeater-edge"] = "repeats streams of another server",
        ["liverepeater-edge-lowlatency"] = "repeats streams of another server",
        ["liverepeater-edge-origin"] = "repeats streams of another server",
        ["shoutcast"] = "fetches SHOUTcast streams",
        ["shoutcast-record"] = "fetches SHOUTcast streams",
    };

    public static IReadOnlyCollection<string> Names { get; } = [.. Served.Select(t => t.Name)];

    public static StreamType? Find(string name) =>
        Array.Find(Served, t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>What a type of Wowza that this host does not serve would do; null when there is no such type.</summary>
    public static string? PurposeOfUnserved(string name) => NotServed.GetValueOrDefault(name);
}
