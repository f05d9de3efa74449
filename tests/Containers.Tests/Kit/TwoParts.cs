using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Kit;

/// <summary>Files that are gone on with: the two parts, and what a writer says to tracks of the second.</summary>
internal static class TwoParts
{
    /// <summary>Seeds 0 to 19, each with a first part that was finished and with one that was killed.</summary>
    public static TheoryData<int, bool> Cases
    {
        get
        {
            var cases = new TheoryData<int, bool>();
            for (var seed = 0; seed < 20; seed++)
            {
                cases.Add(seed, true);
                cases.Add(seed, false);
            }

            return cases;
        }
    }

    /// <summary>Four seconds of H.264 and the audio track.</summary>
    /// <param name="random">Decides the payloads.</param>
    /// <param name="audio">The audio track.</param>
    /// <param name="bFrames">B-frames in a row.</param>
    /// <param name="start">Time of the first picture, in ticks of 90 kHz.</param>
    public static List<MediaFrame> Part(Random random, Track audio, int bFrames, long start) => Shapes.Interleave(
        Shapes.VideoFrames(Shapes.H264, random, start, 100, bFrames),
        Shapes.AudioFrames(audio, random, start * audio.Timescale / 90000 + 10, 4 * audio.Timescale / Shapes.FrameTicks(audio)));

    /// <summary>The file goes on with the tracks that it has, and with no other.</summary>
    public static void ShouldTakeItsOwnTracks(IContainerWriter writer, Track audio)
    {
        writer.Judge(Shapes.H264 with { Width = 0 }).ShouldBe(TrackVerdict.Accepted);
        writer.Judge(audio).ShouldBe(TrackVerdict.Accepted);
        writer.Judge(Shapes.Hevc).ShouldBe(TrackVerdict.NeedsNewFile);
        writer.Judge(Shapes.Aac with { Id = 102 }).ShouldBe(TrackVerdict.NeedsNewFile);
    }
}
