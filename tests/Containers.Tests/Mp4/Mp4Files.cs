using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>Compares what an MP4 file gives back with what was written.</summary>
internal static class Mp4Files
{
    /// <summary>
    /// The frames read must be those written, moved so that the earliest presentation is at 0. One tick of rounding is allowed between tracks of
    /// different timescales.
    /// </summary>
    public static void ShouldMatch(List<MediaFrame> read, IReadOnlyCollection<MediaFrame> written, string because)
    {
        read.Count.ShouldBe(written.Count, because);
        var zero = written.Min(Seconds);
        foreach (var track in written.GroupBy(frame => frame.Track.Id))
        {
            var expected = track.ToList();
            var actual = read.Where(frame => frame.Track.Id == track.Key).ToList();
            actual.Count.ShouldBe(expected.Count, because);
            var shift = actual[0].DecodeTime - expected[0].DecodeTime;
            var exact = -zero * expected[0].Track.Timescale;
            Math.Abs(shift - exact).ShouldBeLessThanOrEqualTo(1.01m, because);
            for (var i = 0; i < expected.Count; i++)
            {
                actual[i].Payload.Span.SequenceEqual(expected[i].Payload.Span).ShouldBeTrue($"{because}: payload {i} of track {track.Key}");
                (actual[i].DecodeTime - shift).ShouldBe(expected[i].DecodeTime, $"{because}: time {i} of track {track.Key}");
                actual[i].PresentationOffset.ShouldBe(expected[i].PresentationOffset, $"{because}: offset {i} of track {track.Key}");
                actual[i].IsKey.ShouldBe(expected[i].IsKey, $"{because}: key {i} of track {track.Key}");
            }
        }
    }

    /// <summary>Presentation time; the pre-skip of Opus is run-up.</summary>
    private static decimal Seconds(MediaFrame frame)
    {
        var preSkip = Opus.TryParseHead(frame.Track.Configuration.Span, out var head) ? head.PreSkip : 0;
        return (decimal)(frame.PresentationTime + preSkip) / frame.Track.Timescale;
    }
}
