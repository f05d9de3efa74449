using Tapedeck.Engine.Streams;
using Tapedeck.Media;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests.Streams;

public sealed class LiveStreamTests
{
    private readonly TestStream _stream = new();

    [Fact]
    public void Tracks_appear_with_their_first_frame_and_are_replaced_when_they_change()
    {
        _stream.Stream.Tracks.ShouldBeEmpty();
        _stream.Video(0, key: true);
        _stream.Audio(0);
        var changed = TestTracks.Video(width: 1280);
        _stream.Append(changed, 40, key: true);
        _stream.Stream.Tracks.ShouldBe([changed, _stream.AudioTrack]);
        _stream.Stream.Tracks[0].ShouldBeSameAs(changed);
    }

    [Fact]
    public void Data_is_no_track_of_the_stream()
    {
        _stream.Append(TestTracks.Data(), 0, key: false, kind: FrameKind.Script);
        _stream.Stream.Tracks.ShouldBeEmpty();
    }

    [Fact]
    public void A_list_of_tracks_that_was_taken_does_not_change()
    {
        _stream.Video(0, key: true);
        var taken = _stream.Stream.Tracks;
        _stream.Audio(0);
        taken.Count.ShouldBe(1);
    }

    [Fact]
    public void Metadata_is_copied_and_can_be_removed()
    {
        byte[] amf = [1, 2, 3];
        _stream.Publisher.SetMetadata(amf);
        amf[0] = 9;
        _stream.Stream.Metadata.ToArray().ShouldBe([1, 2, 3]);
        _stream.Publisher.SetMetadata(default);
        _stream.Stream.Metadata.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Received_bytes_are_counted()
    {
        _stream.Run(3, length: 500);
        _stream.Stream.BytesReceived.ShouldBe(1500);
    }

    [Fact]
    public void A_viewer_cannot_ask_for_more_lag_than_the_stream_allows()
    {
        var stream = new TestStream(new StreamOptions { ViewerLagBytes = 100_000 });
        ((LogReader)stream.Viewer(long.MaxValue)).MaxLagBytes.ShouldBe(100_000);
        ((LogReader)stream.Viewer(5000)).MaxLagBytes.ShouldBe(5000);
        ((LogReader)stream.Recorder(1_000_000)).MaxLagBytes.ShouldBe(1_000_000);
    }

    [Fact]
    public async Task After_the_end_the_publisher_does_nothing()
    {
        using var reader = _stream.Recorder();
        _stream.Run(2);
        _stream.End(StreamEndReason.Idle);
        (await _stream.Stream.Ended).ShouldBe(StreamEndReason.Idle);
        var lent = _stream.Publisher.Lend(100);
        lent.Length.ShouldBe(100);
        Pattern.Fill(lent.Span, 2);
        _stream.AppendLent(_stream.VideoTrack, 80, key: false, lent);
        _stream.Publisher.Return(lent);
        _stream.Publisher.Commit();
        reader.Drain().ShouldBe([0, 1]);
    }
}
