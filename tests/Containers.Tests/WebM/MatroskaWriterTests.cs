using Tapedeck.Containers.WebM;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.WebM;

public sealed class MatroskaWriterTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 80)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_stream_reads_back_equal_after_every_fragment(int seed)
    {
        var random = new Random(seed);
        var isWebM = seed % 2 == 0;
        Track[] videos = isWebM ? [Shapes.Vp8, Shapes.Vp9, Shapes.Av1] : [.. Shapes.AllVideo];
        Track[] audios = isWebM ? [Shapes.Opus, WebMFiles.Vorbis] : [.. Shapes.AllAudio, Shapes.G711, WebMFiles.Vorbis];

        // Silent for longer than a cluster can last, too.
        var frames = RandomStream.Next(random, videos, audios, 100, out var shape);
        var image = new DiskImage();
        using var writer = new MatroskaWriter(new MatroskaWriterOptions { DocType = isWebM ? MatroskaDocType.WebM : MatroskaDocType.Matroska });
        var perFragment = random.Next(10, 200);
        shape += $", {perFragment} a fragment, seed {seed}";

        // Every track must be in the first fragment.
        var ids = frames.Select(frame => frame.Track.Id).Distinct().ToList();
        perFragment = Math.Max(perFragment, ids.Max(id => frames.FindIndex(frame => frame.Track.Id == id)) + 1);
        Recorder.Write(writer, image, frames, perFragment, afterCut: committed =>
            WebMFiles.ShouldMatch(Recorder.Read(image.Open()), frames[..committed], shape));
        using var reader = MatroskaReader.Open(image.Open());
        reader.IsFinished.ShouldBeTrue(shape);
        Math.Abs((reader.Duration - writer.Duration).TotalMilliseconds).ShouldBeLessThan(0.1, shape);
        foreach (var track in reader.Tracks)
        {
            var expected = frames.First(frame => frame.Track.Id == track.Id).Track;
            (track.Codec, track.Timescale, track.Kind, track.Width, track.Channels)
                .ShouldBe((expected.Codec, expected.Timescale, expected.Kind, expected.Width, track.Kind == TrackKind.Audio ? expected.Channels : 0), shape);
            var given = expected.Configuration.ToArray();
            if (track.Codec == Codec.Vp9)
                given = [];
            track.Configuration.ToArray().ShouldBe(given, shape);
        }

        reader.Tracks.Count.ShouldBe(ids.Count, shape);
        var all = Recorder.Read(image.Open());
        all.Zip(all.Skip(1)).ShouldAllBe(pair =>
            (Int128)pair.First.DecodeTime * pair.Second.Track.Timescale <= (Int128)pair.Second.DecodeTime * pair.First.Track.Timescale);
    }

    [Fact]
    public void Decode_times_of_reordered_pictures_are_those_of_the_source()
    {
        for (var bFrames = 0; bFrames < 4; bFrames++)
        {
            var frames = Shapes.VideoFrames(Shapes.H264, new Random(1), 900_000, 100, bFrames);
            var image = new DiskImage();
            using var writer = new MatroskaWriter(WebMFiles.Matroska);
            Recorder.Write(writer, image, frames, 30);
            var read = Recorder.Read(image.Open());
            var zero = frames.Min(frame => frame.PresentationTime);
            read.Select(frame => (frame.DecodeTime, frame.PresentationOffset))
                .ShouldBe(frames.Select(frame => (frame.DecodeTime - zero, frame.PresentationOffset)));
        }
    }

    [Fact]
    public void Tracks_are_judged_by_the_kind_of_file()
    {
        using var webm = new MatroskaWriter();
        foreach (var track in new[] { Shapes.Vp8, Shapes.Vp9, Shapes.Av1, Shapes.Opus, WebMFiles.Vorbis })
            webm.Judge(track).ShouldBe(TrackVerdict.Accepted, track.Codec.ToString());
        foreach (var track in new[] { Shapes.H264, Shapes.Hevc, Shapes.Aac, Shapes.Mp3, Shapes.Flac, Shapes.Ac3, Shapes.Eac3, Shapes.G711 })
            webm.Judge(track).ShouldBe(TrackVerdict.Unsupported, track.Codec.ToString());
        using var matroska = new MatroskaWriter(WebMFiles.Matroska);
        foreach (var track in Shapes.AllVideo.Concat(Shapes.AllAudio).Append(Shapes.G711).Append(WebMFiles.Vorbis))
            matroska.Judge(track).ShouldBe(TrackVerdict.Accepted, track.Codec.ToString());
        matroska.Judge(Shapes.H264 with { Configuration = default }).ShouldBe(TrackVerdict.Unsupported);
        matroska.Judge(WebMFiles.Vorbis with { Configuration = default }).ShouldBe(TrackVerdict.Unsupported);
        matroska.Judge(Shapes.H264 with { Codec = Codec.Unknown }).ShouldBe(TrackVerdict.Unsupported);
        foreach (var frame in Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 3))
            matroska.Add(frame);
        matroska.Judge(Shapes.Aac).ShouldBe(TrackVerdict.Accepted);
        matroska.Judge(Shapes.Hevc).ShouldBe(TrackVerdict.NeedsNewFile);
        matroska.CutFragment(new DiskPlan(), []);
        matroska.Judge(Shapes.Aac).ShouldBe(TrackVerdict.NeedsNewFile);
        matroska.Judge(Shapes.H264 with { Width = 0 }).ShouldBe(TrackVerdict.Accepted);
        Should.Throw<InvalidOperationException>(() => matroska.Add(Shapes.AudioFrames(Shapes.Aac, new Random(1), 0, 1)[0]));
    }

    [Fact]
    public void Clusters_stay_below_32_seconds_and_begin_with_key_frames()
    {
        // One fragment of two minutes, a key frame each second.
        var frames = Shapes.Interleave(
            Shapes.VideoFrames(Shapes.Vp9, new Random(1), 0, 3000),
            Shapes.AudioFrames(Shapes.Opus, new Random(1), 0, 6000));
        var image = new DiskImage();
        using var writer = new MatroskaWriter();
        Recorder.Write(writer, image, frames, frames.Count);
        var bytes = image.Bytes;
        const uint Segment = 0x18538067, Cluster = 0x1F43B675, SimpleBlock = 0xA3, Cues = 0x1C53BB6B, CuePoint = 0xBB, CueTime = 0xB3, Positions = 0xB7;
        var (body, end) = EbmlTree.Find(bytes, 0, bytes.Length, Segment);
        end.ShouldBe(bytes.Length);
        var clusters = EbmlTree.Walk(bytes, body, end).Where(element => element.Id == Cluster).ToList();
        clusters.Count.ShouldBe(120);
        foreach (var cluster in clusters)
        {
            var first = EbmlTree.Walk(bytes, cluster.Body, cluster.End).First(element => element.Id == SimpleBlock);
            bytes[first.Body].ShouldBe((byte)0x81);
            bytes[first.Body + 3].ShouldBe((byte)0x80);
        }

        var seconds = 0;
        var (cues, cuesEnd) = EbmlTree.Find(bytes, body, end, Cues);
        foreach (var point in EbmlTree.Walk(bytes, cues, cuesEnd))
        {
            point.Id.ShouldBe(CuePoint);
            EbmlTree.Value(bytes, point.Body, point.End, CueTime).ShouldBe(1000L * seconds);
            var at = body + (int)EbmlTree.Value(bytes, point.Body, point.End, Positions, 0xF1);
            at.ShouldBe(clusters[seconds++].Offset);
            var relative = (int)EbmlTree.Value(bytes, point.Body, point.End, Positions, 0xF0);
            bytes[at + 8 + relative].ShouldBe((byte)SimpleBlock);
        }

        seconds.ShouldBe(120);
    }

    [Fact]
    public void Writing_settles_down()
    {
        var frames = Shapes.Interleave(Shapes.VideoFrames(Shapes.Vp9, new Random(1), 0, 25), Shapes.AudioFrames(Shapes.Opus, new Random(1), 0, 50)).ToArray();
        using var writer = new MatroskaWriter(new MatroskaWriterOptions { DurationPatchInterval = TimeSpan.FromDays(1) });
        var plan = new DiskPlan();
        var second = 0;
        for (var i = 0; i < 5; i++)
            Fragment();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++)
            Fragment();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000);

        void Fragment()
        {
            foreach (var frame in frames)
                writer.Add(frame with { DecodeTime = frame.DecodeTime + (long)second * frame.Track.Timescale });
            second++;
            writer.CutFragment(plan, []);
            plan.Clear();
        }
    }
}
