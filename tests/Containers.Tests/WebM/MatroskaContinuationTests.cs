using Tapedeck.Containers.WebM;

namespace Tapedeck.Containers.Tests.WebM;

public sealed class MatroskaContinuationTests
{
    [Theory]
    [MemberData(nameof(TwoParts.Cases), MemberType = typeof(TwoParts))]
    public void A_file_goes_on_at_its_old_end(int seed, bool finished)
    {
        var random = new Random(seed);
        var bFrames = seed % 3;
        var audio = Shapes.AllAudio.Append(Shapes.G711).Append(WebMFiles.Vorbis).ElementAt(seed % 9);
        var image = new DiskImage();
        var first = TwoParts.Part(random, audio, bFrames, 1_000_000);
        using (var writer = new MatroskaWriter(WebMFiles.Matroska))
        {
            Recorder.Write(writer, image, first, 40, finish: finished);
            if (!finished)
            {
                // Killed inside the next fragment: part of it is there, hidden.
                foreach (var frame in Shapes.VideoFrames(Shapes.H264, random, 1_400_000, 20))
                    writer.Add(frame);
                var plan = new DiskPlan();
                writer.CutFragment(plan, []);
                image.Apply(plan.Operations[0], random.NextInt64(plan.Operations[0].Length));
            }
        }

        var second = TwoParts.Part(random, audio, bFrames, 77_000_000);
        var reopen = new DiskPlan();
        var before = Recorder.Read(image.Open());
        using (var writer = MatroskaWriter.Continue(image.Open(), new MatroskaWriterOptions(), reopen))
        {
            // Each step leaves a file that reads the same.
            foreach (var operation in reopen.Operations)
            {
                image.Apply(operation, operation.Length);
                WebMFiles.ShouldMatch(Recorder.Read(image.Open()), before, "reopened");
            }

            ((long)image.Bytes.Length).ShouldBe(writer.Length);
            TwoParts.ShouldTakeItsOwnTracks(writer, audio);
            Recorder.Write(writer, image, second, 40, afterCut: _ => Recorder.Read(image.Open()).Count.ShouldBeGreaterThan(before.Count));
            Math.Abs((writer.Duration - TimeSpan.FromSeconds(8)).TotalSeconds).ShouldBeLessThan(0.4);
        }

        using var reader = MatroskaReader.Open(image.Open());
        reader.IsFinished.ShouldBeTrue();
        var all = Recorder.Read(image.Open());
        foreach (var id in new[] { 1, 101 })
        {
            var frames = all.Where(frame => frame.Track.Id == id).ToList();
            var expected = first.Concat(second).Where(frame => frame.Track.Id == id).ToList();
            frames.Select(frame => Convert.ToHexString(frame.Payload.Span)).ShouldBe(expected.Select(frame => Convert.ToHexString(frame.Payload.Span)));
            frames.Zip(frames.Skip(1)).ShouldAllBe(pair => pair.First.DecodeTime < pair.Second.DecodeTime);
        }

        // The new part begins where the old one ended, and keeps its own distance of sound to picture.
        var video = all.Where(frame => frame.Track.Id == 1).ToList();
        var oldVideo = first.Count(frame => frame.Track.Id == 1);
        ((video[oldVideo].PresentationTime - video[..oldVideo].Max(frame => frame.PresentationTime)) / 90000.0).ShouldBeInRange(0.039, 0.2);
        var sound = all.Where(frame => frame.Track.Id == 101).ToList();
        var oldSound = first.Count(frame => frame.Track.Id == 101);
        var distance = (decimal)sound[oldSound].PresentationTime / audio.Timescale - video[oldVideo].PresentationTime / 90000m;
        var given = (decimal)second.First(frame => frame.Track.Id == 101).DecodeTime / audio.Timescale - second[0].PresentationTime / 90000m;
        (distance - given).ShouldBeInRange(-0.0011m, 0.0011m);

        // The index names every key frame of both parts.
        var bytes = image.Bytes;
        var (cues, end) = EbmlTree.Find(bytes, 0, bytes.Length, 0x18538067, 0x1C53BB6B);
        EbmlTree.Walk(bytes, cues, end).Select(point => EbmlTree.Value(bytes, point.Body, point.End, 0xB3))
            .ShouldBe(video.Where(frame => frame.IsKey).Select(frame => frame.PresentationTime / 90));
    }

    [Fact]
    public void What_was_never_committed_is_written_anew()
    {
        using var writer = new MatroskaWriter();
        foreach (var frame in Shapes.VideoFrames(Shapes.Vp8, new Random(1), 0, 10))
            writer.Add(frame);
        var plan = new DiskPlan();
        writer.CutFragment(plan, []);
        for (var length = 0; length <= plan.Operations[0].Length; length++)
        {
            var image = new DiskImage();
            image.Apply(plan.Operations[0], length);
            var reopen = new DiskPlan();
            using var next = MatroskaWriter.Continue(image.Open(), new MatroskaWriterOptions(), reopen);
            image.Apply(reopen);
            image.Bytes.ShouldBeEmpty();
            next.Judge(Shapes.Av1).ShouldBe(TrackVerdict.Accepted);
        }
    }

    [Theory]
    [InlineData("474c5600")]
    [InlineData("1a45dfa39f4286810142f7810142f2810442f381084282847765626d428781044285810218538067ff")]
    public void Foreign_files_are_refused(string hex) => Should.Throw<ContainerFormatException>(() =>
        MatroskaWriter.Continue(new MemoryStream(Convert.FromHexString(hex)), new MatroskaWriterOptions(), new DiskPlan()));
}
