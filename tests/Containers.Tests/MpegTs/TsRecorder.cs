using Tapedeck.Containers.MpegTs;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.MpegTs;

/// <summary>Writes streams as an engine would, reads them back, and compares.</summary>
internal static class TsRecorder
{
    public static byte[] Write(IReadOnlyList<MediaFrame> frames, int perCut = 40, TsWriterOptions? options = null)
    {
        var image = new DiskImage();
        Write(new TsWriter(options), image, frames, perCut);
        return image.Bytes;
    }

    public static void Write(TsWriter writer, DiskImage image, IReadOnlyList<MediaFrame> frames, int perCut = 40)
    {
        var plan = new DiskPlan();
        for (var at = 0; at < frames.Count; at += perCut)
        {
            for (var i = at; i < Math.Min(at + perCut, frames.Count); i++)
                writer.Add(frames[i]);
            plan.Clear();
            writer.CutFragment(plan, []);
            plan.Operations.Count.ShouldBe(1);
            (plan.Operations[0].Length % 188).ShouldBe(0);
            plan.Operations[0].Length.ShouldBe(plan.Operations[0].Buffers.Sum(buffer => (long)buffer.Length));
            image.Apply(plan);
        }

        plan.Clear();
        writer.Finish(plan);
        image.Apply(plan);
        image.Bytes.Length.ShouldBe((int)writer.Length);
    }

    public static List<MediaFrame> Read(byte[] file, TsReaderLimits? limits = null)
    {
        using var reader = TsReader.Open(new MemoryStream(file), limits);
        return Recorder.Read(reader);
    }

    /// <summary>
    /// The frames read must be those written, on one common shift of time; sound may be off by what 90 kHz rounds.
    /// </summary>
    public static void ShouldMatch(List<MediaFrame> read, IReadOnlyList<MediaFrame> written, string because = "", params int[] trackOrder)
    {
        var tracks = written.Select(frame => frame.Track.Id).Distinct()
            .OrderBy(id => written.First(frame => frame.Track.Id == id).Track.Kind).ThenBy(id => id).ToList();
        var pids = read.Select(frame => frame.Track.Id).Distinct().Order().ToList();
        pids.Count.ShouldBe(tracks.Count, because);
        var zero = written.Min(frame => (decimal)frame.PresentationTime / frame.Track.Timescale);
        for (var t = 0; t < tracks.Count; t++)
        {
            var expected = written.Where(frame => frame.Track.Id == tracks[t]).ToList();
            var actual = read.Where(frame => frame.Track.Id == (trackOrder.Length > 0 ? trackOrder[t] : pids[t])).ToList();
            actual.Count.ShouldBe(expected.Count, $"{because}: track {tracks[t]}");
            for (var i = 0; i < expected.Count; i++)
            {
                var (a, e) = (actual[i], expected[i]);
                var name = $"{because}: frame {i} of track {tracks[t]}";
                a.Track.Codec.ShouldBe(e.Track.Codec, name);

                // HEVC configurations may hold SEI messages, which then stand before each key frame.
                (a.Track.Codec == Codec.Hevc && a.IsKey ? a.Payload.Span.EndsWith(e.Payload.Span) : a.Payload.Span.SequenceEqual(e.Payload.Span))
                    .ShouldBeTrue($"{name}: payload");
                a.IsKey.ShouldBe(e.IsKey, name);
                var off = (decimal)a.DecodeTime / a.Track.Timescale - ((decimal)e.DecodeTime / e.Track.Timescale - zero);
                Math.Abs(off).ShouldBeLessThan(e.Track.Kind == TrackKind.Video ? 0.0000112m : 0.00004m, $"{name}: time {a.DecodeTime} {e.DecodeTime}");
                if (e.Track.Kind == TrackKind.Video)
                    a.PresentationOffset.ShouldBe(e.PresentationOffset, name);
            }
        }
    }
}
