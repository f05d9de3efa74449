namespace Tapedeck.LoadBench;

/// <summary>Something to measure that has a name and a place in the document.</summary>
internal sealed record Scenario(string Name, string Help, Func<Bench, Section> Run)
{
    /// <summary>In the order of the document.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("realtime200", "200 publishers of 2.5 Mbit/s: mp4, flv, ts, nginx and the raw sink; memory, collections", RealTime.Run),
        new("scale", "50, 200, 1,000 and 2,000 publishers of 1 Mbit/s: does a stream cost more among many?", Scale.Run),
        new("flat", "1, 4 and 16 publishers as fast as they are taken: mp4, nginx and the raw sink", FlatOut.Run),
        new("tls", "200 publishers over RTMPS, and 4 flat out", Tls.Run),
        new("viewers", "latency to RTMP viewers beside 200 recordings; one stream with 1,000 viewers", Watched.Run),
        new("recordings", "one stream recorded 200 times", ManyRecordings.Run),
        new(LongOne, "for --minutes, publishers come and go, old recordings are removed: is memory flat?", Soak.Run),
        Pieces.Scenario("pieces", "what single pieces of a frame's way cost, and what they allocate"),
        Pieces.Scenario("finish", "stopping a recording of a day"),
        Pieces.Scenario("steady", "writes and allocations of a recording that runs"),
        Pieces.Scenario("memory", "heap of a recording"),
    ];

    private const string LongOne = "soak";
    private static readonly string[] Unhurried = ["finish", "memory"];

    /// <summary>What <c>all</c> means: everything that takes minutes; of the quick ones, a minute.</summary>
    public static IEnumerable<Scenario> Bounded(bool quick) => All.Where(s => s.Name != LongOne && !(quick && Unhurried.Contains(s.Name)));
}
