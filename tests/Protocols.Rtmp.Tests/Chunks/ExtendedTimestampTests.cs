using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Chunks;

public sealed class ExtendedTimestampTests
{
    private const uint Long = 20_000_000;
    private static readonly byte[] Video = Body(300);

    [Fact]
    public void It_is_taken_from_continuations_that_repeat_it() => Check(Join(
        Fmt0(6, 0xFFFFFF, 300, MessageType.Video), UInt32(Long), Video[..128],
        Fmt3(6), UInt32(Long), Video[128..256], Fmt3(6), UInt32(Long), Video[256..]), Long);

    [Fact]
    public void It_may_be_left_out_of_continuations() => Check(Join(
        Fmt0(6, 0xFFFFFF, 300, MessageType.Video), UInt32(Long), Video[..128],
        Fmt3(6), Video[128..256], Fmt3(6), Video[256..]), Long);

    [Fact]
    public void The_boundary_value_itself_is_extended() => Check(Join(
        Fmt0(6, 0xFFFFFF, 300, MessageType.Video), UInt32(0xFFFFFF), Video[..128],
        Fmt3(6), UInt32(0xFFFFFF), Video[128..256], Fmt3(6), UInt32(0xFFFFFF), Video[256..]), 0xFFFFFF);

    [Theory]
    [InlineData(0x1234567u)] // the delta again
    [InlineData(0x1234567u + 100)] // the absolute timestamp
    public void An_extended_delta_may_be_repeated_as_either(uint repeated) => Check(Join(
        Fmt0(6, 100, 0, MessageType.Video),
        Fmt1(6, 0xFFFFFF, 300, MessageType.Video), UInt32(0x1234567), Video[..128],
        Fmt3(6), UInt32(repeated), Video[128..256], Fmt3(6), UInt32(repeated), Video[256..]), 0x1234567 + 100);

    [Fact]
    public void A_message_opened_by_type_3_may_repeat_it_or_not()
    {
        byte[] body = [0xAF, 1, 2, 3, 4];
        var start = Join(Fmt0(4, 0xFFFFFF, 5, MessageType.Audio), UInt32(Long), body);
        foreach (var extended in (byte[][])[UInt32(Long), []])
        {
            var read = Read(Join(start, Fmt3(4), extended, body));
            read.Messages.Select(m => m.Header.Timestamp).ShouldBe([Long, Long]);
            read.Messages[1].Body.ShouldBe(body);
        }
    }

    [Fact]
    public void A_short_last_chunk_without_it_is_not_held_back()
    {
        var recorder = new Recorder();
        using var reader = new ChunkReader(recorder, RtmpLimits.Default);
        reader.Feed(Join(Fmt0(6, 0xFFFFFF, 129, MessageType.Video), UInt32(Long), Video[..128], Fmt3(6), [0x77]));
        recorder.Messages.Count.ShouldBe(1);
        recorder.Messages[0].Body[128].ShouldBe((byte)0x77);
    }

    [Fact]
    public void A_payload_that_starts_like_it_is_still_payload()
    {
        byte[] tail = [0x01, 0x31, 0x2D, 0x01, 5]; // 20,000,001
        var read = Read(Join(Fmt0(6, 0xFFFFFF, 133, MessageType.Video), UInt32(Long), Video[..128], Fmt3(6), tail));
        read.Messages[0].Body[128..].ShouldBe(tail);
    }

    [Fact]
    public void A_header_without_it_ends_it()
    {
        var read = Read(Join(
            Fmt0(6, 0xFFFFFF, 3, MessageType.Video), UInt32(Long), [1, 2, 3],
            Fmt1(6, 40, 130, MessageType.Video), Video[..128], Fmt3(6), UInt32(Long)[..2]));
        read.Messages[1].Header.Timestamp.ShouldBe(Long + 40);
        read.Messages[1].Body[128..].ShouldBe(UInt32(Long)[..2]);
    }

    private static void Check(byte[] bytes, uint timestamp)
    {
        var message = Read(bytes).Messages[^1];
        message.Body.ShouldBe(Video);
        message.Header.Timestamp.ShouldBe(timestamp);
    }
}
