using Tapedeck.Containers.Mp4;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Mp4;

public sealed class FrameGridTests
{
    [Theory]
    [InlineData(30, 1)]
    [InlineData(30_000, 1001)]
    [InlineData(24_000, 1001)]
    [InlineData(25, 1)]
    [InlineData(60, 1)]
    [InlineData(60_000, 1001)]
    public void A_steady_rate_in_whole_milliseconds_is_steady_in_the_file(int pictures, int seconds)
    {
        var step = 90_000.0 * seconds / pictures;
        var read = Write(i => (long)(i * 1000.0 * seconds / pictures) * 90, 300, bFrames: 2);
        for (var i = 1; i < read.Count; i++)
        {
            (read[i].DecodeTime - read[i - 1].DecodeTime).ShouldBeInRange((long)Math.Floor(step), (long)Math.Ceiling(step), $"picture {i}");
            // Against the truth, less where the file begins.
            ((read[i].DecodeTime - read[0].DecodeTime) / 90.0).ShouldBe(i * step / 90, 1);
        }

        // I P B B: every picture has its own time.
        var shown = read.Select(frame => frame.PresentationTime).Order().ToList();
        for (var i = 1; i < shown.Count; i++)
            (shown[i] - shown[i - 1]).ShouldBeGreaterThan((long)step - 2);
    }

    [Fact]
    public void Pictures_that_come_when_they_like_keep_their_times()
    {
        var random = new Random(4);
        var times = new List<long>();
        for (long at = 0; times.Count < 300; at += random.Next(15, 60))
            times.Add(at * 90);
        var read = Write(i => times[i], 300);
        for (var i = 0; i < read.Count; i++)
            (read[i].DecodeTime - read[0].DecodeTime).ShouldBe(times[i] - times[0]);
    }

    [Fact]
    public void A_clock_that_is_finer_than_milliseconds_is_believed()
    {
        var read = Write(i => i * 3000 + i % 2 * 7, 100);
        for (var i = 0; i < read.Count; i++)
            (read[i].DecodeTime - read[0].DecodeTime).ShouldBe(i * 3000 + i % 2 * 7);
    }

    [Fact]
    public void A_rate_that_changes_and_pictures_that_are_missing_move_nothing_by_a_millisecond()
    {
        var times = new List<long>();
        for (var (i, at) = (0, 0.0); i < 400; i++, at += i < 200 ? 1000 / 30.0 : 1000 / 24.0)
        {
            if (i % 37 != 5)
                times.Add((long)at * 90);
        }

        var read = Write(i => times[i], times.Count);
        for (var i = 0; i < read.Count; i++)
            (read[i].DecodeTime - read[0].DecodeTime - (times[i] - times[0])).ShouldBeInRange(-90, 90);
    }

    private static List<MediaFrame> Write(Func<int, long> time, int count, int bFrames = 0)
    {
        var random = new Random(1);
        var frames = Shapes.VideoFrames(Shapes.H264, random, 0, count, bFrames).Select((frame, i) =>
        {
            var shown = i + frame.PresentationOffset / 3600;
            return frame with { DecodeTime = time(i), PresentationOffset = (int)(bFrames == 0 ? 0 : time(shown) - time(i)) };
        }).ToList();
        using var writer = new Mp4Writer();
        var image = new DiskImage();
        Recorder.Write(writer, image, frames, 27, 1, finish: true);
        using var reader = Mp4Reader.Open(image.Open());
        return Recorder.Read(reader);
    }
}
