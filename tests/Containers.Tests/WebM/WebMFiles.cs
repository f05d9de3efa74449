using Tapedeck.Containers.WebM;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.WebM;

/// <summary>What only Matroska has, and what a file of it gives back compared with what was written.</summary>
internal static class WebMFiles
{
    public static readonly Track Vorbis = Tracks.Audio(
        Codec.Vorbis, 48000, 2,
        "021e0a" + "01766f726269730000000002" + "80bb0000" + "000000000000000000000000" + "b801" + "03766f72626973010203" + "05766f7262697301");

    public static MatroskaWriterOptions Matroska { get; } = new() { DocType = MatroskaDocType.Matroska };

    /// <summary>The frames read must be those written, moved so that the earliest presentation is at 0: to half a millisecond, and a tick.</summary>
    public static void ShouldMatch(List<MediaFrame> read, IReadOnlyCollection<MediaFrame> written, string because)
    {
        read.Count.ShouldBe(written.Count, because);
        var zero = written.Min(frame => Seconds(frame) + PreSkip(frame));
        foreach (var track in written.GroupBy(frame => frame.Track.Id))
        {
            var expected = track.ToList();
            var actual = read.Where(frame => frame.Track.Id == track.Key).ToList();
            actual.Count.ShouldBe(expected.Count, because);
            for (var i = 0; i < expected.Count; i++)
            {
                actual[i].Payload.Span.SequenceEqual(expected[i].Payload.Span).ShouldBeTrue($"{because}: payload {i} of track {track.Key}");
                (Seconds(actual[i]) - (Seconds(expected[i]) - zero)).ShouldBeInRange(-0.00053m, 0.00053m, $"{because}: time {i} of track {track.Key}");
                actual[i].IsKey.ShouldBe(expected[i].IsKey, $"{because}: key {i} of track {track.Key}");
                if (i > 0)
                    actual[i].DecodeTime.ShouldBeGreaterThan(actual[i - 1].DecodeTime, $"{because}: decode time {i} of track {track.Key}");
            }
        }
    }

    private static decimal Seconds(MediaFrame frame) => (decimal)frame.PresentationTime / frame.Track.Timescale;

    /// <summary>The pre-skip of Opus is run-up.</summary>
    private static decimal PreSkip(MediaFrame frame) => Opus.TryParseHead(frame.Track.Configuration.Span, out var head) ? head.PreSkip / 48000m : 0;
}
