using System.Buffers;
using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Chunks;

public sealed class ChunkWriterTests
{
    private readonly ChunkWriter _writer = new();
    private readonly ArrayBufferWriter<byte> _output = new();

    [Fact]
    public void Headers_shrink_where_it_is_safe()
    {
        Send(4, MessageType.Audio, 10, 1, 2).ShouldBe(Hex("04 00000A 000002 08 01000000 0000"));
        Send(4, MessageType.Audio, 30, 1, 2).ShouldBe(Hex("84 000014 0000")); // only the time moves
        Send(4, MessageType.Audio, 50, 1, 2).ShouldBe(Hex("84 000014 0000")); // never type 3 for a new message
        Send(4, MessageType.Audio, 50, 1, 1).ShouldBe(Hex("44 000000 000001 08 00")); // another length
        Send(4, MessageType.Video, 51, 1, 1).ShouldBe(Hex("44 000001 000001 09 00")); // another type
        Send(4, MessageType.Video, 52, 2, 1).ShouldBe(Hex("04 000034 000001 09 02000000 00")); // another stream
        Send(4, MessageType.Video, 40, 2, 1).ShouldBe(Hex("04 000028 000001 09 02000000 00")); // backwards
    }

    [Theory]
    [InlineData(0xFFFFFEu, "04 FFFFFE 000001 08 01000000 00")]
    [InlineData(0xFFFFFFu, "04 FFFFFF 000001 08 01000000 00FFFFFF 00")]
    [InlineData(0x1000000u, "04 FFFFFF 000001 08 01000000 01000000 00")]
    public void Long_timestamps_are_extended(uint time, string expected) => Send(4, MessageType.Audio, time, 1, 1).ShouldBe(Hex(expected));

    [Fact]
    public void A_step_too_long_for_a_delta_is_absolute()
    {
        Send(4, MessageType.Audio, 1, 1, 1);
        Send(4, MessageType.Audio, 0x1000000, 1, 1).ShouldBe(Hex("04 FFFFFF 000001 08 01000000 01000000 00"));
        Send(4, MessageType.Audio, 0x1000010, 1, 1).ShouldBe(Hex("84 000010 00"));
    }

    [Fact]
    public void Every_continuation_repeats_the_extended_timestamp()
    {
        var bytes = Send(6, MessageType.Video, 0x1020304, 1, 300);
        bytes[(16 + 128)..(16 + 128 + 5)].ShouldBe(Hex("C6 01020304"));
        bytes[(16 + 256 + 5)..(16 + 256 + 10)].ShouldBe(Hex("C6 01020304"));
        bytes.Length.ShouldBe(16 + 300 + 10);
    }

    [Theory]
    [InlineData(2, "02")]
    [InlineData(63, "3F")]
    [InlineData(64, "00 00")]
    [InlineData(319, "00 FF")]
    [InlineData(320, "01 00 01")]
    [InlineData(65_599, "01 FF FF")]
    public void Chunk_stream_ids_take_the_shortest_form(int csid, string basic)
    {
        var expected = Hex(basic);
        Send(csid, MessageType.Audio, 0, 1, 1)[..expected.Length].ShouldBe(expected);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(65_600)]
    public void Other_chunk_stream_ids_do_not_exist(int csid) => Should.Throw<ArgumentOutOfRangeException>(() => Send(csid, MessageType.Audio, 0, 1, 1));

    [Theory]
    [InlineData(0)]
    [InlineData(0x1000000)]
    public void Impossible_chunk_sizes_are_not_sent(int size) =>
        Should.Throw<ArgumentOutOfRangeException>(() => _writer.WriteSetChunkSize(_output, size));

    [Fact]
    public void The_chunk_size_holds_from_the_next_message()
    {
        _writer.WriteSetChunkSize(_output, 4096);
        _output.WrittenSpan.ToArray().ShouldBe(SetChunkSize(4096));
        Send(6, MessageType.Video, 0, 1, 4096).Length.ShouldBe(12 + 4096);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(256)]
    [InlineData(10_000)]
    public void What_is_written_is_read_back(int length)
    {
        var random = new Random(length);
        var sent = new List<(MessageHeader Header, byte[] Body)>();
        foreach (var time in (uint[])[0, 5, 5, 0xFFFFFE, 0xFFFFFF, 0x1000000, 0x1000005, 0xFFFFFFFF, 3])
        {
            foreach (var csid in (int[])[4, 4, 6, 200, 5000])
            {
                var body = Body(length, random.Next());
                var type = random.Next(2) == 0 ? MessageType.Audio : MessageType.Video;
                var header = new MessageHeader(csid, type, time, length, (uint)random.Next(1, 3));
                sent.Add((header, body));
                _writer.WriteMessage(_output, csid, type, time, header.StreamId, body);
            }
        }
        var read = Read(_output.WrittenSpan.ToArray()).Messages;
        read.Select(m => m.Header).ShouldBe(sent.Select(m => m.Header));
        read.Select(m => m.Body).ShouldBe(sent.Select(m => m.Body));
    }

    [Fact]
    public void Scatter_output_is_the_same()
    {
        var body = Body(300);
        var whole = Send(6, MessageType.Video, 0x1020304, 1, 300);
        var writer = new ChunkWriter();
        var header = new byte[ChunkWriter.LongestHeader];
        var parts = new List<byte[]> { header[..writer.WriteHeader(header, 6, MessageType.Video, 0x1020304, 1, 300)], new byte[128] };
        for (var at = 128; at < 300; at += 128)
        {
            parts.Add(header[..writer.WriteContinuation(header, 6)]);
            parts.Add(new byte[Math.Min(128, 300 - at)]);
        }
        Join(parts).ShouldBe(whole);
        body.Length.ShouldBe(300);
    }

    private byte[] Send(int csid, MessageType type, uint time, uint streamId, int length)
    {
        _output.Clear();
        _writer.WriteMessage(_output, csid, type, time, streamId, new byte[length]);
        return _output.WrittenSpan.ToArray();
    }
}
