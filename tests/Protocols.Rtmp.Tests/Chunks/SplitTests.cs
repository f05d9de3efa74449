using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Chunks;

/// <summary>However the network cuts the bytes, the messages are the same.</summary>
public sealed class SplitTests
{
    private static readonly byte[] Everything = Join(
        SetChunkSize(16),
        Fmt0(6, 10, 40, MessageType.Video), Body(16), Fmt3(6), Body(16), Fmt0(4, 0, 3, MessageType.Audio), [1, 2, 3], Fmt3(6), Body(8),
        [0x00, 0x10], Fmt0(0, 5, 2, MessageType.CommandAmf0)[1..], [1, 2],
        [0x01, 0x10, 0x20], Fmt0(0, 0xFFFFFF, 20, MessageType.DataAmf0)[1..], UInt32(0x1020304), Body(16), [0xC1, 0x10, 0x20], UInt32(0x1020304), [1, 2, 3, 4],
        Fmt0(7, 0xFFFFFF, 20, MessageType.Video), UInt32(0x1020304), Body(16), Fmt3(7), [1, 2, 3, 9],
        Fmt0(8, 0xFFFFFF, 17, MessageType.Video), UInt32(0x1020304), Body(16), Fmt3(8), [1],
        Fmt2(6, 33), Body(16), Fmt0(2, 0, 4, MessageType.Abort, 0), UInt32(6), Fmt3(4), [4, 5, 6], Fmt0(4, 9, 0, MessageType.Audio));

    private static readonly List<(MessageHeader, byte[])> Expected = Read(Everything).Messages;

    [Fact]
    public void The_sample_is_what_it_should_be() =>
        Expected.Select(m => (m.Item1.Type, m.Item1.Length)).ShouldBe(
        [
            (MessageType.SetChunkSize, 4), (MessageType.Audio, 3), (MessageType.Video, 40), (MessageType.CommandAmf0, 2), (MessageType.DataAmf0, 20),
            (MessageType.Video, 20), (MessageType.Video, 17), (MessageType.Abort, 4), (MessageType.Audio, 3), (MessageType.Audio, 0),
        ]);

    [Fact]
    public void Split_in_two_at_every_byte()
    {
        for (var at = 0; at <= Everything.Length; at++) Check(Everything[..at], Everything[at..]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(17)]
    [InlineData(19)]
    public void Split_in_equal_pieces(int size) => Check([.. Everything.Chunk(size)]);

    [Fact]
    public void Split_at_random()
    {
        var random = new Random(4711);
        for (var round = 0; round < 500; round++)
        {
            var pieces = new List<byte[]>();
            for (var at = 0; at < Everything.Length;)
            {
                var take = Math.Min(random.Next(0, 30), Everything.Length - at);
                pieces.Add(Everything[at..(at + take)]);
                at += take;
            }
            Check([.. pieces]);
        }
    }

    private static void Check(params byte[][] pieces)
    {
        var recorder = new Recorder();
        using var reader = new ChunkReader(recorder, RtmpLimits.Default);
        foreach (var piece in pieces) reader.Feed(piece);
        recorder.Messages.Count.ShouldBe(Expected.Count);
        for (var i = 0; i < Expected.Count; i++)
        {
            recorder.Messages[i].Header.ShouldBe(Expected[i].Item1);
            recorder.Messages[i].Body.AsSpan().SequenceEqual(Expected[i].Item2).ShouldBeTrue();
        }
    }
}
