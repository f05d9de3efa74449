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
        new("pieces", "what single pieces of a frame's way cost, and the memory they take (tests/Benchmarks)", Pieces.Run),
        new("soak", "for --minutes, publishers come and go, old recordings are removed: is memory flat?", Soak.Run),
    ];

    /// <summary>What <c>all</c> means: everything that takes minutes.</summary>
    public static IReadOnlyList<Scenario> Bounded { get; } = [.. All.Where(s => s.Name != "soak")];
}
