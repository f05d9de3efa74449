using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Chunks;

public sealed class ChunkReaderTests
{
    private static readonly byte[] Three = [1, 2, 3];

    [Theory]
    [InlineData("02", 2)]
    [InlineData("3F", 63)]
    [InlineData("00 00", 64)]
    [InlineData("00 FF", 319)]
    [InlineData("01 00 00", 64)]
    [InlineData("01 05 01", 325)]
    [InlineData("01 FF FF", 65_599)]
    public void Every_form_of_the_basic_header_is_read(string basic, int csid)
    {
        var header = Fmt0(0, 7, 3, MessageType.Audio)[1..];
        var message = Read([.. Hex(basic), .. header, .. Three]).Messages.ShouldHaveSingleItem();
        message.Header.ShouldBe(new MessageHeader(csid, MessageType.Audio, 7, 3, 1));
        message.Body.ShouldBe(Three);
    }

    [Fact]
    public void Types_0_to_3_open_messages_with_what_is_remembered()
    {
        var read = Read(Join(
            Fmt0(4, 1000, 3, MessageType.Audio, 5), Three,
            Fmt1(4, 20, 2, MessageType.Video), [9, 8],
            Fmt2(4, 30), [7, 6],
            Fmt3(4), [5, 4]));
        read.Messages.Select(m => m.Header).ShouldBe(
        [
            new(4, MessageType.Audio, 1000, 3, 5),
            new(4, MessageType.Video, 1020, 2, 5),
            new(4, MessageType.Video, 1050, 2, 5),
            new(4, MessageType.Video, 1080, 2, 5),
        ]);
        read.Messages[3].Body.ShouldBe([5, 4]);
    }

    [Fact]
    public void Chunks_of_different_streams_interleave()
    {
        var video = Body(300);
        var audio = Body(130, 2);
        var read = Read(Join(
            Fmt0(6, 0, 300, MessageType.Video), video[..128],
            Fmt0(4, 0, 130, MessageType.Audio), audio[..128],
            Fmt3(6), video[128..256], Fmt3(4), audio[128..], Fmt3(6), video[256..]));
        read.Messages.Select(m => m.Body).ShouldBe([audio, video]);
    }

    [Theory]
    [InlineData(26u, true, 52u)] // FMLE: the first audio message, then type 3
    [InlineData(40u, true, 80u)] // FFmpeg: a step as large as the first timestamp
    [InlineData(5000u, true, 10_000u)]
    [InlineData(5001u, true, 5001u)] // a jump of seconds is not meant
    [InlineData(26u, false, 26u)] // librtmp, GStreamer
    [InlineData(0u, true, 0u)]
    public void Type_3_after_type_0_repeats_a_small_timestamp(uint first, bool repeats, uint second)
    {
        var read = Read(Join(Fmt0(4, first, 3, MessageType.Audio), Three, Fmt3(4), Three), repeats: repeats);
        read.Messages.Select(m => m.Header.Timestamp).ShouldBe([first, second]);
    }

    [Fact]
    public void Type_1_opens_an_unseen_stream_as_librtmp_does()
    {
        var read = Read(Join(Fmt1(3, 12, 6, MessageType.UserControl), Hex("0007 00000001")));
        read.Messages.ShouldHaveSingleItem().Header.ShouldBe(new MessageHeader(3, MessageType.UserControl, 12, 6, 0));
    }

    [Theory]
    [InlineData("80 21 000000")]
    [InlineData("80")]
    [InlineData("C0")]
    public void Types_2_and_3_on_an_unseen_stream_are_refused(string start)
    {
        var bytes = Hex(start);
        bytes = bytes.Length == 1 ? [(byte)(bytes[0] | 33), 0, 0, 0] : bytes;
        Refused(() => Read(bytes)).Message.ShouldContain($"type {bytes[0] >> 6} header");
    }

    [Fact]
    public void A_new_header_in_mid_message_drops_the_partial_message()
    {
        var read = Read(Join(
            Fmt0(6, 10, 300, MessageType.Video), Body(128),
            Fmt0(6, 20, 3, MessageType.Video), Three));
        read.Abandoned.ShouldHaveSingleItem().ShouldBe(new MessageHeader(6, MessageType.Video, 10, 300, 1));
        read.Messages.ShouldHaveSingleItem().Header.Timestamp.ShouldBe(20u);
        read.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void Abort_drops_the_partial_message_and_is_reported()
    {
        var read = Read(Join(
            Fmt0(6, 10, 300, MessageType.Video), Body(128),
            Fmt0(2, 0, 4, MessageType.Abort, 0), UInt32(6),
            Fmt3(6), Body(128), Fmt3(6), Body(128), Fmt3(6), Body(44)));
        read.Abandoned.Count.ShouldBe(1);
        read.Messages.Select(m => m.Header.Type).ShouldBe([MessageType.Abort, MessageType.Video]);
        read.Messages[1].Body.ShouldBe([.. Body(128), .. Body(128), .. Body(44)]);
    }

    [Theory]
    [InlineData(9u)]
    [InlineData(0xFFFFFFFFu)]
    public void Abort_of_an_idle_or_unknown_stream_does_nothing(uint csid) =>
        Read(Join(Fmt0(2, 0, 4, MessageType.Abort, 0), UInt32(csid), Fmt0(4, 0, 3, MessageType.Audio), Three)).Messages.Count.ShouldBe(2);

    [Fact]
    public void Chunk_size_takes_effect_at_the_next_chunk_of_every_stream()
    {
        var video = Body(400);
        var read = Read(Join(
            Fmt0(6, 0, 400, MessageType.Video), video[..128],
            SetChunkSize(200),
            Fmt3(6), video[128..328], Fmt3(6), video[328..]));
        read.Messages.Select(m => m.Header.Type).ShouldBe([MessageType.SetChunkSize, MessageType.Video]);
        read.Messages[1].Body.ShouldBe(video);
    }

    [Fact]
    public void A_chunk_size_of_one_is_legal()
    {
        var read = Read(Join(SetChunkSize(1), Fmt0(4, 0, 3, MessageType.Audio), [1], Fmt3(4), [2], Fmt3(4), [3]));
        read.Messages[1].Body.ShouldBe(Three);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0x1000000u)]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0x80000080u)]
    public void Impossible_chunk_sizes_are_refused(uint size) => Refused(() => Read(SetChunkSize(size))).Message.ShouldContain($"{size}");

    [Fact]
    public void The_largest_chunk_size_is_accepted() =>
        Read([.. SetChunkSize(0xFFFFFF), .. Fmt0(6, 0, 5000, MessageType.Video), .. Body(5000)]).Messages[1].Body.ShouldBe(Body(5000));

    [Theory]
    [InlineData(MessageType.SetChunkSize)]
    [InlineData(MessageType.Abort)]
    public void A_short_control_message_is_refused(MessageType type) =>
        Refused(() => Read([.. Fmt0(2, 0, 3, type, 0), 0, 0, 1])).Message.ShouldContain("3 bytes");

    [Fact]
    public void Control_messages_come_on_any_chunk_and_message_stream() =>
        Read([.. Fmt0(7, 5, 4, MessageType.SetChunkSize, 9), .. UInt32(4096), .. Fmt0(6, 0, 300, MessageType.Video), .. Body(300)])
            .Messages[1].Body.ShouldBe(Body(300));

    [Fact]
    public void An_empty_message_is_delivered_without_lending()
    {
        var read = Read(Join(Fmt0(4, 1, 0, MessageType.Audio), Fmt2(4, 20), Fmt0(6, 3, 3, MessageType.Video), Three));
        read.Messages.Select(m => (m.Header.Type, m.Body.Length)).ShouldBe([(MessageType.Audio, 0), (MessageType.Audio, 0), (MessageType.Video, 3)]);
        read.Asked.ShouldBe([3]);
    }

    [Fact]
    public void Only_media_and_data_are_assembled_in_lent_memory()
    {
        MessageType[] lent = [MessageType.Audio, MessageType.Video, MessageType.Aggregate, MessageType.DataAmf0, MessageType.DataAmf3];
        for (var type = 7; type < 256; type++)
            Read([.. Fmt0(4, 0, 3, (MessageType)type), .. Three]).Asked.Count.ShouldBe(lent.Contains((MessageType)type) ? 1 : 0, $"type {type}");
    }

    [Fact]
    public void The_timestamp_wraps()
    {
        var read = Read(Join(Fmt0(4, 0xFFFFFF, 3, MessageType.Audio), UInt32(0xFFFFFFF0), Three, Fmt1(4, 0x20, 3, MessageType.Audio), Three));
        read.Messages.Select(m => m.Header.Timestamp).ShouldBe([0xFFFFFFF0u, 0x10u]);
    }

    [Fact]
    public void Bytes_are_counted()
    {
        using var reader = new ChunkReader(new Recorder(), RtmpLimits.Default);
        reader.Feed(SetChunkSize(4096));
        reader.Feed(SetChunkSize(4096));
        reader.BytesReceived.ShouldBe(32);
        reader.ChunkSize.ShouldBe(4096);
    }

    [Fact]
    public void Dispose_gives_all_memory_back()
    {
        var recorder = new Recorder();
        using (var reader = new ChunkReader(recorder, RtmpLimits.Default))
        {
            reader.Feed(Join(Fmt0(6, 0, 300, MessageType.Video), Body(128), [0, 1], Fmt0(6, 0, 300, MessageType.Video)[1..], Body(5)));
            recorder.Outstanding.ShouldBe(600);
        }
        recorder.Outstanding.ShouldBe(0);
        recorder.Abandoned.Count.ShouldBe(2);
    }

    [Fact]
    public void After_a_failure_the_reader_refuses_to_go_on()
    {
        using var reader = new ChunkReader(new Recorder(), RtmpLimits.Default);
        Refused(() => reader.Feed(SetChunkSize(0)));
        Should.Throw<InvalidOperationException>(() => reader.Feed([2]));
    }

    [Fact]
    public void The_media_path_does_not_allocate()
    {
        var sink = new FixedSink();
        using var reader = new ChunkReader(sink, RtmpLimits.Default);
        var bytes = Join(Fmt0(6, 0, 300, MessageType.Video), Body(128), Fmt3(6), Body(128), Fmt3(6), Body(44));
        reader.Feed(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) reader.Feed(bytes);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        sink.Count.ShouldBe(101);
    }

    private sealed class FixedSink : IMessageSink
    {
        private readonly byte[] _memory = new byte[1024];

        public int Count { get; private set; }

        public Memory<byte> Lend(in MessageHeader header, int atLeast) => _memory;

        public void OnMessage(in MessageHeader header, ReadOnlyMemory<byte> body) => Count++;

        public void OnAbandoned(in MessageHeader header, Memory<byte> lent)
        {
        }
    }
}
