using Tapedeck.Engine.Streams;
using Tapedeck.Media;

namespace Tapedeck.Engine.Tests.Streams;

public sealed class LateJoinTests
{
    [Fact]
    public void Joins_at_the_newest_key_frame()
    {
        var stream = new TestStream();
        stream.Run(25, gop: 10);
        using var viewer = stream.Viewer();
        viewer.Drain().ShouldBe([20, 21, 22, 23, 24]);
        viewer.LostFrames.ShouldBe(0);
    }

    [Fact]
    public void Joins_at_the_key_frame_even_when_it_lies_slabs_back()
    {
        var stream = new TestStream(new StreamOptions { GopCacheDuration = TimeSpan.FromHours(1) });
        stream.Run(3000, gop: 3000);
        using var viewer = stream.Viewer();
        viewer.Drain().ShouldBe(ReaderExtensions.Range(0, 3000));
    }

    [Fact]
    public void With_video_an_audio_frame_is_no_place_to_join()
    {
        var stream = new TestStream();
        stream.Audio(0);
        for (var i = 0; i < 20; i++)
        {
            stream.Video(i * 40, key: i == 5);
            stream.Audio(i * 40);
        }

        using var viewer = stream.Viewer();
        viewer.TryRead().ShouldBeTrue();
        var first = viewer.Frames.Span[0];
        first.Track.ShouldBeSameAs(stream.VideoTrack);
        first.DecodeTime.ShouldBe(200);
    }

    [Fact]
    public void Whether_a_track_is_video_is_told_by_its_kind_not_by_its_number()
    {
        var stream = new TestStream { AudioTrack = TestTracks.Audio(id: 1), VideoTrack = TestTracks.Video(id: 2) };
        stream.Audio(0);
        stream.Video(0, key: true);
        stream.Video(40);
        stream.Audio(40);
        using var viewer = stream.Viewer();
        viewer.Drain().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Of_two_video_tracks_the_first_one_counts()
    {
        var stream = new TestStream();
        var second = TestTracks.Video(id: 2);
        stream.Append(second, 0, key: true);
        stream.Video(0, key: true);
        stream.Append(second, 40, key: true);
        stream.Video(40);
        using var viewer = stream.Viewer();
        viewer.Drain().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void With_audio_alone_joins_at_the_newest_frame()
    {
        var stream = new TestStream();
        for (var i = 0; i < 5; i++)
            stream.Audio(i * 20);
        using var viewer = stream.Viewer();
        viewer.Drain().ShouldBe([4]);
    }

    [Fact]
    public void Before_the_first_frame_joins_at_the_first_frame()
    {
        var stream = new TestStream();
        using var viewer = stream.Viewer();
        stream.Append(stream.VideoTrack, 0, key: false, kind: FrameKind.Configuration);
        stream.Video(0, key: true);
        viewer.Drain().ShouldBe([0, 1]);
    }

    [Fact]
    public void A_configuration_is_no_key_frame()
    {
        var stream = new TestStream();
        stream.Video(0, key: true);
        stream.Append(stream.VideoTrack, 40, key: true, kind: FrameKind.Configuration);
        stream.Video(40);
        using var viewer = stream.Viewer();
        viewer.Drain().ShouldBe([0, 1, 2]);
    }

    public static TheoryData<long, double> Limits => new() { { 200_000, 1000 }, { 8_000_000, 4 } };

    [Theory]
    [MemberData(nameof(Limits))]
    public void After_a_group_of_pictures_longer_than_the_cache_a_viewer_waits_for_the_next_key_frame(long bytes, double seconds)
    {
        var stream = new TestStream(new StreamOptions { GopCacheBytes = bytes, GopCacheDuration = TimeSpan.FromSeconds(seconds) });
        stream.Run(1000);
        using var viewer = stream.Viewer();
        stream.Video(stream.Next * 40);
        stream.Audio(stream.Next * 40);
        viewer.Drain().ShouldBeEmpty();
        var key = stream.Video(stream.Next * 40, key: true);
        stream.Video(stream.Next * 40);
        viewer.Drain().ShouldBe([key, key + 1]);
        viewer.LostFrames.ShouldBe(0);
        stream.Pool.LentBytes.ShouldBeLessThan(bytes + (4 * SlabPool.SlabBytes));
    }

    [Fact]
    public async Task A_viewer_that_waits_for_a_key_frame_sleeps_until_it_comes_or_the_stream_ends()
    {
        var stream = new TestStream(new StreamOptions { GopCacheBytes = 100_000 });
        stream.Run(1000);
        using var viewer = stream.Viewer();
        using var other = stream.Viewer();
        stream.Video(stream.Next * 40);
        var wait = viewer.WaitAsync().AsTask();
        var otherWait = other.WaitAsync().AsTask();
        stream.Video(stream.Next * 40, key: true);
        (await wait).ShouldBeTrue();
        viewer.Drain().Count.ShouldBe(1);
        (await otherWait).ShouldBeTrue();
        stream.End();
        (await viewer.WaitAsync()).ShouldBeFalse();
    }

    [Fact]
    public void A_viewer_left_behind_without_a_key_frame_waits_for_the_next_and_counts_what_it_skipped()
    {
        var stream = new TestStream(new StreamOptions { GopCacheBytes = 200_000, ViewerLagBytes = 200_000 });
        using var viewer = stream.Viewer();
        stream.Run(10);
        viewer.Drain().Count.ShouldBe(10);
        for (var i = 0; i < 2000; i++)
            stream.Video(stream.Next * 40, length: 1000);
        viewer.Drain().ShouldBeEmpty();
        stream.Video(stream.Next * 40);
        viewer.Drain().ShouldBeEmpty();
        var key = stream.Video(stream.Next * 40, key: true);
        viewer.Drain().ShouldBe([key]);
        viewer.LostFrames.ShouldBe(2001);
    }

    [Fact]
    public void A_recorder_left_behind_without_a_key_frame_takes_what_is_left()
    {
        var stream = new TestStream(new StreamOptions { GopCacheBytes = 200_000 });
        using var recorder = stream.Recorder(maximumLag: 200_000);
        stream.Run(10);
        recorder.Drain();
        for (var i = 0; i < 2000; i++)
            stream.Video(stream.Next * 40, length: 1000);
        stream.Video(stream.Next * 40);
        var read = recorder.Drain();
        read.ShouldNotBeEmpty();
        (read.Count + recorder.LostFrames).ShouldBe(2001);
    }
}
