using System.Runtime.InteropServices;
using Tapedeck.Containers.Tests.Mp4;
using Tapedeck.Containers.WebM;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.WebM;

/// <summary>Writes streams as an engine would, reads them back, and compares.</summary>
internal static class WebMFiles
{
    public static readonly Track Vorbis = new()
    {
        Id = 101,
        Kind = TrackKind.Audio,
        Codec = Codec.Vorbis,
        Timescale = 48000,
        SampleRate = 48000,
        Channels = 2,
        Configuration = Convert.FromHexString("021e0a" + "01766f726269730000000002" + "80bb0000" + "000000000000000000000000" + "b801" + "03766f72626973010203" + "05766f7262697301"),
    };

    public static MatroskaWriterOptions Matroska { get; } = new() { DocType = MatroskaDocType.Matroska };

    /// <summary>Adds frames in pieces and carries each plan out; <paramref name="afterCut"/> sees how many frames are committed.</summary>
    public static void Write(
        MatroskaWriter writer, DiskImage image, List<MediaFrame> frames, int perFragment, Action<int>? afterCut = null, bool finish = true)
    {
        var plan = new DiskPlan();
        for (var at = 0; at < frames.Count; at += perFragment)
        {
            var end = Math.Min(at + perFragment, frames.Count);
            for (var i = at; i < end; i++)
                writer.Add(frames[i]);
            plan.Clear();
            writer.CutFragment(plan, CollectionsMarshal.AsSpan(frames)[end..]);
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

    public static List<MediaFrame> Read(Stream file)
    {
        using var reader = MatroskaReader.Open(file);
        return Read(reader);
    }

    public static List<MediaFrame> Read(IContainerReader reader)
    {
        var frames = new List<MediaFrame>();
        while (reader.TryRead(out var frame))
            frames.Add(frame with { Payload = frame.Payload.ToArray() });
        return frames;
    }

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

    /// <summary>A stream of random shape.</summary>
    public static List<MediaFrame> RandomStream(Random random, bool webm, out string shape)
    {
        // Live for a moment, for days, for centuries.
        long[] starts = [0, 7, 3600, 1L << 24, 1L << 31, (1L << 32) + 5, 1L << 45];
        var startSeconds = starts[random.Next(starts.Length)];
        Track[] videos = webm ? [Shapes.Vp8, Shapes.Vp9, Shapes.Av1] : [.. Shapes.AllVideo];
        Track[] audios = webm ? [Shapes.Opus, Vorbis] : [.. Shapes.AllAudio, Shapes.G711, Vorbis];
        var video = random.Next(5) == 0 ? null : videos[random.Next(videos.Length)];
        var audio = video is not null && random.Next(5) == 0 ? null : audios[random.Next(audios.Length)];
        var bFrames = video?.Codec is Codec.H264 or Codec.Hevc ? random.Next(3) : 0;
        var late = random.Next(3) == 0 ? random.Next(1, 900) : 0;
        shape = $"{video?.Codec} b{bFrames} + {audio?.Codec} at {startSeconds} s, audio {late} ms late";
        List<MediaFrame> pictures = [], sounds = [];
        if (video is not null)
        {
            var ticks = random.Next(2) == 0 ? 3600 : 3003;
            pictures = Shapes.VideoFrames(video, random, startSeconds * 90000 + random.Next(90000), random.Next(1, 120), bFrames, random.Next(5, 40), ticks);
        }

        if (audio is not null)
            sounds = Shapes.AudioFrames(audio, random, startSeconds * audio.Timescale + (long)late * audio.Timescale / 1000, random.Next(1, 150));
        if (random.Next(3) == 0)
        {
            // The source is silent for a while: longer than a cluster can last, too.
            var gap = random.Next(1, 100);
            pictures = [.. pictures.Select((f, i) => i < 40 ? f : f with { DecodeTime = f.DecodeTime + gap * 90000L })];
            sounds = [.. sounds.Select((f, i) => i < 60 ? f : f with { DecodeTime = f.DecodeTime + (long)gap * f.Track.Timescale })];
            shape += $", gap of {gap} s";
        }

        return Shapes.Interleave(pictures, sounds);
    }

    private static decimal Seconds(MediaFrame frame) => (decimal)frame.PresentationTime / frame.Track.Timescale;

    /// <summary>The pre-skip of Opus is run-up.</summary>
    private static decimal PreSkip(MediaFrame frame) => Opus.TryParseHead(frame.Track.Configuration.Span, out var head) ? head.PreSkip / 48000m : 0;
}
