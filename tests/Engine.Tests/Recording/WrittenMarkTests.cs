using Tapedeck.Engine.Recording;
using Tapedeck.Media;

namespace Tapedeck.Engine.Tests.Recording;

public sealed class WrittenMarkTests
{
    private readonly Track _video = TestTracks.Video();
    private readonly Track _audio = TestTracks.Audio();
    private readonly Guid _file = Guid.NewGuid();
    private readonly WrittenMark _mark = new(new ManualTime());

    [Fact]
    public void Pictures_count_however_much_sound_comes_after_them()
    {
        _mark.Written([Video(0), Video(40), Audio(50), Audio(70), Audio(90), Audio(110)], _file, TimeSpan.FromMilliseconds(120));
        Missing(Video(200)).ShouldBe(120);
    }

    [Fact]
    public void A_fragment_without_pictures_leaves_the_mark()
    {
        _mark.Written([Video(0), Video(40)], _file, TimeSpan.FromMilliseconds(80));
        _mark.Written([Audio(50), Audio(70)], _file, TimeSpan.FromMilliseconds(90));
        Missing(Video(200)).ShouldBe(120);
    }

    [Fact]
    public void Sound_counts_where_there_are_no_pictures()
    {
        _mark.Written([Audio(0), Audio(20)], _file, TimeSpan.FromMilliseconds(40));
        Missing(Audio(100)).ShouldBe(60);
    }

    [Fact]
    public void A_single_picture_is_as_long_as_the_one_before()
    {
        _mark.Written([Video(0), Video(40)], _file, TimeSpan.FromMilliseconds(80));
        _mark.Written([Video(80)], _file, TimeSpan.FromMilliseconds(120));
        Missing(Video(200)).ShouldBe(80);
    }

    [Fact]
    public void Before_anything_is_written_all_since_the_first_frame_is_missing()
    {
        _mark.Begin(Audio(1000));
        Missing(Video(3000)).ShouldBe(2000);
    }

    [Fact]
    public void With_a_file_all_that_was_in_it_is_missing()
    {
        _mark.Written([Video(0), Video(40)], _file, TimeSpan.FromMilliseconds(80));
        var second = Guid.NewGuid();
        _mark.Written([Video(400), Video(440)], second, TimeSpan.FromMilliseconds(160)); // what lies between is accounted for
        _mark.Forget(second);
        Missing(Video(600)).ShouldBe(200);
        _mark.Elapsed.ShouldBe(TimeSpan.FromMilliseconds(80));
    }

    [Fact]
    public void A_source_that_set_its_clock_is_measured_by_ours()
    {
        var time = new ManualTime();
        var mark = new WrittenMark(time);
        mark.Written([Video(10_000), Video(10_040)], _file, TimeSpan.FromMilliseconds(80));
        time.Advance(TimeSpan.FromSeconds(3));
        mark.LengthUntil(Video(0)).ShouldBe(TimeSpan.FromSeconds(3));
        mark.LengthUntil(Video(10_000_000)).ShouldBe(TimeSpan.FromSeconds(3));
    }

    private double Missing(MediaFrame frame) => _mark.LengthUntil(frame).TotalMilliseconds;

    private MediaFrame Video(long time) => new() { Track = _video, Kind = FrameKind.Sample, DecodeTime = time, Flags = FrameFlags.Key };

    private MediaFrame Audio(long time) => new() { Track = _audio, Kind = FrameKind.Sample, DecodeTime = time, Flags = FrameFlags.Key };
}
