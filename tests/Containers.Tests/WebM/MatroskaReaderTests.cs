using Tapedeck.Containers.WebM;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.WebM;

public sealed class MatroskaReaderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Groups_lacing_unknown_sizes_and_removed_headers(bool unknownSizes)
    {
        using var reader = MatroskaReader.Open(new MemoryStream(LacedFiles.Make(new Random(1), unknownSizes)));
        reader.IsFinished.ShouldBeFalse();
        reader.Tracks.Select(track => (track.Id, track.Codec, track.Timescale)).ShouldBe([(1, Codec.Vp8, 90000), (2, Codec.Ac3, 48000)]);
        var frames = Recorder.Read(reader);
        var video = frames.Where(frame => frame.Track.Id == 1).ToList();
        video.Select(frame => (frame.PresentationTime, frame.IsKey, frame.Payload.Length)).ShouldBe([(0, true, 40), (3600, false, 41), (9000, true, 42)]);
        var sound = frames.Where(frame => frame.Track.Id == 2).ToList();

        // AC-3 frames last 1536 samples; each laced frame follows the one before. The header that was removed is back.
        sound.Select(frame => frame.PresentationTime).ShouldBe([0, 1536, 3072, 4608, 6144, 7680, 9216, 10752, 12288]);
        sound.Select(frame => frame.Payload.Length - 2).ShouldBe([44, 300, 50, 30, 30, 50, 60, 40, 70]);
        sound.ShouldAllBe(frame => Convert.ToHexString(frame.Payload.ToArray()).StartsWith("0B77", StringComparison.Ordinal));
        sound.Select(frame => (int)frame.Payload.Span[2]).ShouldBe([2, 3, 4, 6, 7, 9, 10, 11, 12]);
    }

    [Fact]
    public void Every_prefix_reads_to_its_end()
    {
        var bytes = LacedFiles.Make(new Random(1));
        var last = 0;
        for (var length = 0; length <= bytes.Length; length++)
        {
            var count = 0;
            try
            {
                count = Recorder.Read(new MemoryStream(bytes[..length])).Count;
            }
            catch (ContainerFormatException)
            {
                length.ShouldBeLessThan(260);
            }

            count.ShouldBeGreaterThanOrEqualTo(last);
            last = count;
        }

        last.ShouldBe(12);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000018667479706d703432")]
    [InlineData("1a45dfa3874282847765626d18538067ff")]
    [InlineData("1a45dfa38742828464617461")]
    public void What_is_no_matroska_is_refused(string hex) =>
        Should.Throw<ContainerFormatException>(() => MatroskaReader.Open(new MemoryStream(Convert.FromHexString(hex))));
}
