using Tapedeck.Engine.Recording;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class TrackHistoryTests
{
    private readonly TrackHistory _history = new();
    private readonly Track _video = TestTracks.Video() with { Height = 360, Configuration = new byte[] { 1, 2 } };

    public TrackHistoryTests() => _history.Note(_video).ShouldBeNull();

    [Fact]
    public void The_same_again_is_no_change()
    {
        _history.Note(_video).ShouldBeNull();
        _history.Note(_video with { Configuration = new byte[] { 1, 2 } }).ShouldBeNull();
    }

    [Fact]
    public void Each_change_is_told_with_what_was_before()
    {
        var larger = _video with { Width = 1280, Height = 720, Configuration = new byte[] { 3 } };
        var size = _history.Note(larger);
        size!.Value.Cause.ShouldBe(DiscontinuityCause.SizeChanged);
        size.Value.Detail.ShouldContain("1280 x 720, before 640 x 360");
        _history.Note(larger with { Configuration = new byte[] { 4 } })!.Value.Detail.ShouldContain("another configuration");
        var codec = _history.Note(larger with { Codec = Codec.Hevc });
        codec!.Value.Cause.ShouldBe(DiscontinuityCause.TrackChanged);
        codec.Value.Detail.ShouldContain("Hevc, before H264");
    }

    [Fact]
    public void Sound_of_another_rate_is_told()
    {
        var audio = TestTracks.Audio() with { Channels = 2 };
        _history.Note(audio).ShouldBeNull();
        _history.Note(audio with { SampleRate = 44100, Channels = 1 })!.Value.Detail.ShouldContain("44100 Hz, 1 channels, before 48000 Hz, 2");
    }
}
