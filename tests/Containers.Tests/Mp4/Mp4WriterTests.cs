using Tapedeck.Containers.Mp4;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Mp4;

public sealed class Mp4WriterTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Any_stream_reads_back_equal_after_every_fragment(int seed)
    {
        var random = new Random(seed);
        var frames = RandomStream(random, out var shape);
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
            Recorder.ShouldMatch(read, frames[..committed], shape);
        });
        using var reader = Mp4Reader.Open(image.Open());
        reader.IsFinished.ShouldBeTrue(shape);
        Math.Abs((reader.Duration - writer.Duration).TotalMilliseconds).ShouldBeLessThan(0.1, shape);
        reader.Tracks.Select(track => (track.Id, track.Codec, track.Timescale)).Order()
            .ShouldBe(frames.Select(frame => (frame.Track.Id, frame.Track.Codec, frame.Track.Timescale)).Distinct().Order(), shape);
    }

    private static List<MediaFrame> RandomStream(Random random, out string shape)
    {
        // Live for a moment, for days, for centuries.
        long[] starts = [0, 7, 3600, 1L << 24, 1L << 31, (1L << 32) + 5, 1L << 45];
        var startSeconds = starts[random.Next(starts.Length)];
        var video = random.Next(5) == 0 ? null : Pick(random, Shapes.AllVideo);
        var audio = video is not null && random.Next(5) == 0 ? null : Pick(random, Shapes.AllAudio);
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
            // The source is silent for some seconds.
            var gap = random.Next(1, 20);
            pictures = [.. pictures.Select((f, i) => i < 40 ? f : f with { DecodeTime = f.DecodeTime + gap * 90000L })];
            sounds = [.. sounds.Select((f, i) => i < 60 ? f : f with { DecodeTime = f.DecodeTime + (long)gap * f.Track.Timescale })];
            shape += $", gap of {gap} s";
        }

        return Shapes.Interleave(pictures, sounds);
    }

    private static Track Pick(Random random, IEnumerable<Track> tracks) => tracks.ElementAt(random.Next(tracks.Count()));
}
