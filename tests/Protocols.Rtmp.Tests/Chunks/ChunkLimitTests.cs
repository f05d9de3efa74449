using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Chunks;

public sealed class ChunkLimitTests
{
    [Theory]
    [InlineData(MessageType.CommandAmf0, 65_536)]
    [InlineData(MessageType.CommandAmf3, 65_536)]
    [InlineData(MessageType.SetChunkSize, 65_536)]
    [InlineData(MessageType.UserControl, 65_536)]
    [InlineData(MessageType.DataAmf0, 1 << 20)]
    [InlineData(MessageType.DataAmf3, 1 << 20)]
    [InlineData(MessageType.SharedObjectAmf0, 1 << 20)]
    [InlineData((MessageType)99, 1 << 20)]
    [InlineData(MessageType.Audio, 1 << 20)]
    public void A_message_over_its_limit_is_refused_when_it_is_declared(MessageType type, int limit)
    {
        Read(Fmt0(4, 0, limit, type)).Messages.ShouldBeEmpty();
        var message = Refused(() => Read(Fmt0(4, 0, limit + 1, type))).Message;
        message.ShouldContain($"{limit + 1}");
        message.ShouldContain($"limit is {limit}");
    }

    [Theory]
    [InlineData(MessageType.Video)]
    [InlineData(MessageType.Aggregate)]
    public void Video_has_a_limit_too(MessageType type)
    {
        var limits = new RtmpLimits { MaxVideoBytes = 1000 };
        Read(Fmt0(6, 0, 1000, type), limits).Messages.ShouldBeEmpty();
        Refused(() => Read(Fmt0(6, 0, 1001, type), limits)).Message.ShouldContain("1001");
    }

    [Fact]
    public void The_declared_lengths_of_partial_messages_are_limited_together()
    {
        var limits = new RtmpLimits { MaxBytesInFlight = 1000 };
        var first = Join(Fmt0(6, 0, 600, MessageType.Video), Body(128));
        Read([.. first, .. Fmt0(4, 0, 400, MessageType.Audio)], limits);
        Refused(() => Read([.. first, .. Fmt0(4, 0, 401, MessageType.Audio)], limits)).Message.ShouldContain("1001");
    }

    [Fact]
    public void Bytes_in_flight_go_down_with_complete_and_with_abandoned_messages()
    {
        var limits = new RtmpLimits { MaxBytesInFlight = 300 };
        using var reader = new ChunkReader(new Recorder(), limits);
        for (var i = 0; i < 10; i++)
        {
            reader.Feed(Join(Fmt0(6, 0, 300, MessageType.Video), Body(128)));
            reader.Feed(Join(Fmt0(6, 0, 128, MessageType.Video), Body(128)));
        }
    }

    [Fact]
    public void The_number_of_chunk_streams_is_limited()
    {
        static byte[] Open(int csid) => Write(output => new ChunkWriter().WriteMessage(output, csid, MessageType.Audio, 0, 1, [1]));
        var many = Join(Enumerable.Range(50, 64).Select(Open));
        Read(many).Messages.Count.ShouldBe(64);
        Read([.. many, .. Open(50)]).Messages.Count.ShouldBe(65);
        Refused(() => Read([.. many, .. Open(400)])).Message.ShouldContain("number 65");
    }

    [Fact]
    public void The_chunk_size_limit_can_be_lowered() =>
        Refused(() => Read(SetChunkSize(65_537), new RtmpLimits { MaxChunkSize = 65_536 })).Message.ShouldContain("65537");

    [Theory]
    [InlineData(256 * 1024, new[] { 262_144 })]
    [InlineData(256 * 1024 + 1, new[] { 262_144, 262_145 })]
    [InlineData(1_500_000, new[] { 262_144, 524_288, 1_048_576, 1_500_000 })]
    public void Memory_is_lent_as_bytes_arrive(int length, int[] asked)
    {
        var body = Body(length);
        var read = Read(Write(output =>
        {
            var writer = new ChunkWriter();
            writer.WriteSetChunkSize(output, 4096);
            writer.WriteMessage(output, 6, MessageType.Video, 0, 1, body);
        }));
        read.Asked.ShouldBe(asked);
        read.Messages[1].Body.ShouldBe(body);
    }

    [Fact]
    public void A_declared_length_alone_costs_nothing()
    {
        var read = Read(Fmt0(6, 0, 0xFFFFFF, MessageType.Video));
        read.Asked.ShouldBeEmpty();
        Read([.. Fmt0(6, 0, 0xFFFFFF, MessageType.Video), 1]).Asked.ShouldBe([ChunkReader.WholeLendBytes]);
    }

    [Fact]
    public void Long_commands_grow_in_the_readers_own_buffer()
    {
        var body = Body(65_536);
        Read(Write(output => new ChunkWriter().WriteMessage(output, 3, MessageType.CommandAmf0, 0, 0, body))).Messages[0].Body.ShouldBe(body);
    }
}
