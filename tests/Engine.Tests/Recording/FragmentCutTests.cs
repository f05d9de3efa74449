using Tapedeck.Engine.Recording;
using Tapedeck.Media;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class FragmentCutTests
{
    /// <summary>V and v: key and other frames of video; W and w: of a second video track; a: audio; c: a configuration.</summary>
    [Theory]
    [InlineData("", 0)]
    [InlineData("V", 1)]
    [InlineData("Vvvv", 3)]
    [InlineData("Vavava", 4)]
    [InlineData("VavavaVav", 6)]
    [InlineData("vvvvVvvVvv", 7)] // the last key frame
    [InlineData("VVvvvvvvvv", 9)] // a key frame in the first third would make too short a fragment
    [InlineData("vvvVvvvvv", 3)]
    [InlineData("aaaa", 3)]
    [InlineData("a", 1)]
    [InlineData("aaaaV", 4)]
    [InlineData("Vaaaa", 5)] // no second frame of the leader
    [InlineData("aaVaaa", 2)]
    [InlineData("cccc", 4)]
    [InlineData("VavcC", 2)]
    [InlineData("VWvwvwVW", 6)] // the video track with the lowest number leads
    [InlineData("WVwvwvWV", 7)]
    public void Fragments_end_where_the_leading_track_goes_on(string frames, int expected)
    {
        var video = TestTracks.Video();
        var second = TestTracks.Video(id: 2);
        var audio = TestTracks.Audio();
        var list = frames.Select((c, i) => new MediaFrame
        {
            Track = char.ToLowerInvariant(c) switch { 'v' or 'c' => video, 'w' => second, _ => audio },
            Kind = c is 'c' or 'C' ? FrameKind.Configuration : FrameKind.Sample,
            Flags = c == 'a' || char.IsUpper(c) ? FrameFlags.Key : FrameFlags.None,
            DecodeTime = i * 40,
        }).ToArray();
        FragmentCut.Choose(list).ShouldBe(expected);
    }
}
