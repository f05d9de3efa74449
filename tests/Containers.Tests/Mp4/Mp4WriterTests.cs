using Tapedeck.Containers.Mp4;

namespace Tapedeck.Containers.Tests.Mp4;

public sealed class Mp4WriterTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_stream_reads_back_equal_after_every_fragment(int seed)
    {
        var random = new Random(seed);
        var frames = RandomStream.Next(random, [.. Shapes.AllVideo], [.. Shapes.AllAudio], 20, out var shape);
        var image = new DiskImage();
        using var writer = new Mp4Writer();
        var perFragment = random.Next(1, 2) * random.Next(20, 90);
        shape += $", {perFragment} a fragment, seed {seed}";

        // Every track must be in the first fragment.
        var ids = frames.Select(frame => frame.Track.Id).Distinct().ToList();
        perFragment = Math.Max(perFragment, ids.Max(id => frames.FindIndex(frame => frame.Track.Id == id)) + 1);
        Recorder.Write(writer, image, frames, perFragment, lookAhead: 20, committed =>
        {
            var read = Recorder.Read(image.Open());
            Mp4Files.ShouldMatch(read, frames[..committed], shape);
        });
        using var reader = Mp4Reader.Open(image.Open());
        reader.IsFinished.ShouldBeTrue(shape);
        Math.Abs((reader.Duration - writer.Duration).TotalMilliseconds).ShouldBeLessThan(0.1, shape);
        reader.Tracks.Select(track => (track.Id, track.Codec, track.Timescale)).Order()
            .ShouldBe(frames.Select(frame => (frame.Track.Id, frame.Track.Codec, frame.Track.Timescale)).Distinct().Order(), shape);
    }
}
