using Tapedeck.Engine.Streams;
using Tapedeck.Media;

namespace Tapedeck.Engine.Tests.Streams;

public sealed class FrameLogTests
{
    private readonly TestStream _stream = new();

    [Fact]
    public void Frames_come_in_order_with_their_positions()
    {
        using var reader = _stream.Recorder();
        _stream.Run(1000);
        reader.Drain(7).ShouldBe(ReaderExtensions.Range(0, 1000));
    }

    [Fact]
    public void Frames_come_as_they_were_appended()
    {
        using var reader = _stream.Recorder();
        var payload = new byte[] { 1, 2, 3 };
        var frame = new MediaFrame
        {
            Track = _stream.AudioTrack,
            Kind = FrameKind.Other,
            DecodeTime = 77,
            PresentationOffset = -3,
            Flags = FrameFlags.Disposable | FrameFlags.SharesPacket,
            Payload = payload,
        };
        _stream.Publisher.Append(frame, default);
        _stream.Publisher.Commit();
        reader.TryRead().ShouldBeTrue();
        reader.Frames.Span[0].ShouldBe(frame with { Position = 0, ArrivedAt = _stream.Time.GetUtcNow() });
    }

    [Fact]
    public void Nothing_is_seen_before_the_commit()
    {
        using var reader = _stream.Recorder();
        _stream.Append(_stream.VideoTrack, 0, key: true);
        _stream.Append(_stream.VideoTrack, 40, key: false);
        reader.TryRead().ShouldBeFalse();
        _stream.Publisher.Commit();
        reader.TryRead().ShouldBeTrue();
        reader.Frames.Length.ShouldBe(2);
    }

    [Fact]
    public void A_reader_that_opens_between_append_and_commit_sees_what_was_appended()
    {
        _stream.Append(_stream.VideoTrack, 0, key: true);
        using var reader = _stream.Recorder();
        _stream.Publisher.Commit();
        reader.Drain().ShouldBe([0]);
    }

    [Fact]
    public void Many_frames_in_one_commit_outgrow_the_ring()
    {
        using var reader = _stream.Recorder();
        for (var i = 0; i < 5000; i++)
            _stream.Append(_stream.VideoTrack, i, key: i == 0, length: 20);
        _stream.Publisher.Commit();
        reader.Drain().ShouldBe(ReaderExtensions.Range(0, 5000));
    }

    [Theory]
    [InlineData(SlabPool.SlabBytes - 1)]
    [InlineData(SlabPool.SlabBytes)]
    [InlineData(SlabPool.SlabBytes + 1)]
    [InlineData(5_000_000)]
    public void A_packet_may_be_larger_than_a_slab(int length)
    {
        using var reader = _stream.Recorder();
        _stream.Video(0, key: true, length: 100);
        _stream.Video(40, length: length);
        _stream.Video(80, length: 100);
        reader.Drain().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void A_large_packet_does_not_end_the_slab_that_the_others_share()
    {
        _stream.Video(0, key: true, length: 100);
        _stream.Video(40, length: SlabPool.SlabBytes);
        _stream.Video(80, length: 100);
        _stream.Pool.LentBytes.ShouldBe(2 * SlabPool.SlabBytes);
    }

    [Fact]
    public void Several_loans_may_be_open_and_end_in_any_order()
    {
        using var reader = _stream.Recorder();
        for (var round = 0; round < 500; round++)
        {
            var video = _stream.Publisher.Lend(3000);
            var audio = _stream.Publisher.Lend(200);
            var other = _stream.Publisher.Lend(90_000);
            Pattern.Fill(audio.Span, _stream.Next);
            _stream.AppendLent(_stream.AudioTrack, round * 40, key: true, audio);
            if (round % 2 == 0)
                _stream.Publisher.Return(audio);
            _stream.Publisher.Commit();
            Pattern.Fill(video.Span, _stream.Next);
            _stream.AppendLent(_stream.VideoTrack, round * 40, key: round % 10 == 0, video);
            _stream.Publisher.Return(other); // dropped
            _stream.Publisher.Return(video);
            if (round % 2 != 0)
                _stream.Publisher.Return(audio);
            _stream.Publisher.Commit();
            reader.Drain().Count.ShouldBe(2);
        }

        _stream.Pool.LentBytes.ShouldBeLessThan(8 * SlabPool.SlabBytes);
    }

    [Fact]
    public void Memory_stays_while_its_loan_is_open()
    {
        var slow = _stream.Publisher.Lend(1000);
        Pattern.Fill(slow.Span, 100);
        _stream.Run(2000, gop: 10); // many slabs go by
        Pattern.Holds(slow.Span, 100).ShouldBeTrue();
        Pattern.Fill(slow.Span, _stream.Next);
        using var reader = _stream.Recorder();
        _stream.AppendLent(_stream.VideoTrack, _stream.Next * 40, key: false, slow);
        _stream.Publisher.Return(slow);
        _stream.Publisher.Commit();
        reader.Drain().ShouldBe([2000]);
    }

    [Fact]
    public void Loans_that_are_dropped_cost_nothing()
    {
        for (var i = 0; i < 10_000; i++)
            _stream.Publisher.Return(_stream.Publisher.Lend(50_000));
        _stream.Pool.LentBytes.ShouldBe(SlabPool.SlabBytes);
    }

    [Fact]
    public void Dropped_loans_among_frames_are_reclaimed_with_them()
    {
        for (var i = 0; i < 2000; i++)
        {
            _stream.Publisher.Return(_stream.Publisher.Lend(5000));
            _stream.Video(i * 40, key: i % 10 == 0, length: 100);
        }

        _stream.Pool.LentBytes.ShouldBeLessThan(4 * SlabPool.SlabBytes);
    }

    [Fact]
    public void Memory_of_somebody_else_is_refused()
    {
        Should.Throw<ArgumentException>(() => _stream.Publisher.Return(new byte[10]));
        Should.Throw<ArgumentOutOfRangeException>(() => _stream.Publisher.Lend(0));
        Should.Throw<ArgumentOutOfRangeException>(() => _stream.Publisher.Lend(-1));
    }
}
