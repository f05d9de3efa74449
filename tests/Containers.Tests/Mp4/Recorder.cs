using System.Runtime.InteropServices;
using Tapedeck.Containers.Mp4;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>Writes streams as an engine would, reads them back, and compares.</summary>
internal static class Recorder
{
    /// <summary>Adds frames in pieces and carries each plan out; <paramref name="afterCut"/> sees how many frames are committed.</summary>
    public static void Write(
        Mp4Writer writer, DiskImage image, List<MediaFrame> frames, int perFragment, int lookAhead, Action<int>? afterCut = null, bool finish = true)
    {
        var plan = new DiskPlan();
        for (var at = 0; at < frames.Count; at += perFragment)
        {
            var end = Math.Min(at + perFragment, frames.Count);
            for (var i = at; i < end; i++)
                writer.Add(frames[i]);
            plan.Clear();
            writer.CutFragment(plan, CollectionsMarshal.AsSpan(frames)[end..Math.Min(end + lookAhead, frames.Count)]);
            image.Apply(plan);
            image.Bytes.Length.ShouldBe((int)writer.Length);
            afterCut?.Invoke(end);
        }

        if (!finish)
            return;
        plan.Clear();
        writer.Finish(plan);
        image.Apply(plan);
        image.Bytes.Length.ShouldBe((int)writer.Length);
        afterCut?.Invoke(frames.Count);
    }

    /// <summary>All frames of a file, with payloads of their own.</summary>
    public static List<MediaFrame> Read(Stream file)
    {
        using var reader = Mp4Reader.Open(file);
        return Read(reader);
    }

    public static List<MediaFrame> Read(Mp4Reader reader)
    {
        var frames = new List<MediaFrame>();
        while (reader.TryRead(out var frame))
            frames.Add(frame with { Payload = frame.Payload.ToArray() });
        return frames;
    }

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
