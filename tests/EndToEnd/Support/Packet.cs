namespace Tapedeck.EndToEnd.Tests;

/// <summary>One frame of a file, as a judge of files reports it. Times in milliseconds.</summary>
internal sealed record Packet(string Track, double Pts, double Dts, bool IsKey, int Size, string Hash)
{
    public bool IsVideo => Track == "video";
}

/// <summary>What 'the same' means for a recording: every frame with its payload, and the times between frames to the millisecond.</summary>
internal static class PacketAssertions
{
    /// <summary>Both sides hold the same milliseconds.</summary>
    public const double Exact = 0.02;

    /// <summary>
    /// One side was rounded to milliseconds: recorded sound lies on the grid of its frame length, and pictures of a steady rate get their exact times
    /// back (decision 14).
    /// </summary>
    public const double Rounding = 1.05;

    /// <summary>The packets of one kind.</summary>
    public static Packet[] Of(this IEnumerable<Packet> packets, string track) => [.. packets.Where(p => p.Track == track)];

    /// <summary>Compares payloads, key flags and times of all tracks; audio times are taken against the first picture, so the offset between both is compared too.</summary>
    public static void ShouldBeRecordingOf(this IReadOnlyList<Packet> recorded, IReadOnlyList<Packet> source, string name, double videoTolerance = Rounding)
    {
        foreach (var track in source.Select(p => p.Track).Distinct())
        {
            var expected = source.Of(track);
            var actual = recorded.Of(track);
            actual.Length.ShouldBe(expected.Length, $"{name}: number of {track} packets");
            actual.Select(p => p.Size).ShouldBe(expected.Select(p => p.Size), $"{name}: sizes of {track} packets");
            actual.Select(p => p.Hash).ShouldBe(expected.Select(p => p.Hash), $"{name}: payloads of {track}");
            actual.Select(p => p.IsKey).ShouldBe(expected.Select(p => p.IsKey), $"{name}: key frames of {track}");
        }

        recorded.Select(p => p.Track).Distinct().Order().ShouldBe(source.Select(p => p.Track).Distinct().Order(), $"{name}: tracks");
        recorded.ShouldHaveTimesOf(source, name, videoTolerance);
    }

    /// <summary>Compares the times alone.</summary>
    public static void ShouldHaveTimesOf(this IReadOnlyList<Packet> recorded, IReadOnlyList<Packet> source, string name, double videoTolerance = Rounding)
    {
        var sourceStart = Start(source);
        var recordedStart = Start(recorded);
        foreach (var track in source.Select(p => p.Track).Distinct())
        {
            var tolerance = track == "video" ? videoTolerance : Rounding;
            foreach (var (expected, actual) in source.Of(track).Zip(recorded.Of(track)))
            {
                (actual.Pts - recordedStart).ShouldBe(expected.Pts - sourceStart, tolerance, $"{name}: presentation time of the {track} packet at {expected.Pts} ms of the source");
                (actual.Dts - recordedStart).ShouldBe(expected.Dts - sourceStart, tolerance, $"{name}: decode time of the {track} packet at {expected.Dts} ms of the source");
            }
        }
    }

    private static double Start(IReadOnlyList<Packet> packets) => packets.FirstOrDefault(p => p.IsVideo)?.Pts ?? packets[0].Pts;
}
