using Tapedeck.Containers.Mp4;

namespace Tapedeck.Containers.Tests.Mp4;

public sealed class Mp4ContinuationTests
{
    [Theory]
    [MemberData(nameof(TwoParts.Cases), MemberType = typeof(TwoParts))]
    public void A_file_goes_on_at_its_old_end(int seed, bool finished)
    {
        var random = new Random(seed);
        var bFrames = seed % 3;
        var audio = Shapes.AllAudio.Append(Shapes.G711).ElementAt(seed % 8);
        var image = new DiskImage();
        var first = TwoParts.Part(random, audio, bFrames, 1_000_000);
        using (var writer = new Mp4Writer())
            Recorder.Write(writer, image, first, 40, 10, finish: finished);
        if (!finished)
        {
            // Killed inside the next fragment: part of it is there, hidden.
            var plan = new DiskPlan();
            plan.Write(image.Bytes.Length).Add(new byte[] { 0, 0, 1, 0, (byte)'f', (byte)'r', (byte)'e', (byte)'e', 0, 0, 0 });
            image.Apply(plan);
        }

        var before = Recorder.Read(image.Open());
        var second = TwoParts.Part(random, audio, bFrames, 77_000_000);
        var reopen = new DiskPlan();
        using (var writer = Mp4Writer.Continue(image.Open(), new Mp4WriterOptions(), reopen))
        {
            image.Apply(reopen);
            Recorder.Read(image.Open()).Sum(frame => frame.Payload.Length).ShouldBe(before.Sum(frame => frame.Payload.Length));
            TwoParts.ShouldTakeItsOwnTracks(writer, audio);
            Recorder.Write(writer, image, second, 40, 10, committed => Recorder.Read(image.Open()).Count.ShouldBeGreaterThan(before.Count));
            Math.Abs((writer.Duration - TimeSpan.FromSeconds(8)).TotalSeconds).ShouldBeLessThan(0.4);
        }

        using var reader = Mp4Reader.Open(image.Open());
        reader.IsFinished.ShouldBeTrue();
        var all = Recorder.Read(reader);
        foreach (var id in new[] { 1, 101 })
        {
            var frames = all.Where(frame => frame.Track.Id == id).ToList();
            var expected = first.Concat(second).Where(frame => frame.Track.Id == id).ToList();
            frames.SelectMany(frame => frame.Payload.ToArray()).ShouldBe(expected.SelectMany(frame => frame.Payload.ToArray()));
            frames.Zip(frames.Skip(1)).ShouldAllBe(pair => pair.First.DecodeTime < pair.Second.DecodeTime);
        }

        // The new part begins where the old one ended, and keeps its own distance of sound to picture.
        var video = all.Where(frame => frame.Track.Id == 1).ToList();
        var sound = all.Where(frame => frame.Track.Id == 101).ToList();
        var oldVideo = first.Count(frame => frame.Track.Id == 1);
        var joint = (video[oldVideo].PresentationTime - video[..oldVideo].Max(frame => frame.PresentationTime)) / 90000.0;
        joint.ShouldBeInRange(0.039, 0.2);
        var soundAfter = sound.First(frame => (double)frame.DecodeTime / audio.Timescale >= video[oldVideo].PresentationTime / 90000.0 - 0.001);
        ((double)soundAfter.DecodeTime / audio.Timescale - video[oldVideo].PresentationTime / 90000.0).ShouldBeInRange(-0.001, 0.1);
    }

    [Fact]
    public void What_was_never_committed_is_written_anew()
    {
        var image = new DiskImage();
        var plan = new DiskPlan();
        using var writer = new Mp4Writer();
        foreach (var frame in Shapes.VideoFrames(Shapes.H264, new Random(1), 0, 10))
            writer.Add(frame);
        writer.CutFragment(plan, []);
        image.Apply(plan.Operations[0], plan.Operations[0].Length);
        var reopen = new DiskPlan();
        using var next = Mp4Writer.Continue(image.Open(), new Mp4WriterOptions(), reopen);
        image.Apply(reopen);
        image.Bytes.ShouldBeEmpty();
        next.Judge(Shapes.Av1).ShouldBe(TrackVerdict.Accepted);
    }

    [Theory]
    [InlineData("00000018667479706d703432000000006d70343269736f6d0000000866726565")]
    [InlineData("474c5600")]
    public void Foreign_files_are_refused(string hex) =>
        Should.Throw<ContainerFormatException>(() => Mp4Writer.Continue(new MemoryStream(Convert.FromHexString(hex)), new Mp4WriterOptions(), new DiskPlan()))
            .Message.ShouldContain("cannot be continued");
}
