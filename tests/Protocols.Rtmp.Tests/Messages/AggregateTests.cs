using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Messages;

public sealed class AggregateTests
{
    private static readonly MessageHeader Outer = new(6, MessageType.Aggregate, 5000, 0, 3);

    [Fact]
    public void Timestamps_are_rebased_to_the_aggregate()
    {
        var items = Read([.. Tag(8, 100, [1]), .. Tag(9, 120, [2, 3]), .. Tag(18, 110, [])]);
        items.ShouldBe(
        [
            (new(6, MessageType.Audio, 5000, 1, 3), "01"),
            (new(6, MessageType.Video, 5020, 2, 3), "0203"),
            (new(6, MessageType.DataAmf0, 5010, 0, 3), ""),
        ]);
    }

    [Fact]
    public void Timestamps_have_32_bits_and_wrap()
    {
        var items = Read([.. Tag(8, 0xFFFFFFFE, []), .. Tag(8, 2, [])]);
        items.Select(item => item.Header.Timestamp).ShouldBe([5000u, 5004u]);
    }

    [Fact]
    public void The_place_of_each_body_is_told()
    {
        var reader = new AggregateReader(Outer, (byte[])[.. Tag(8, 0, [1]), .. Tag(9, 0, [2])]);
        reader.MoveNext().ShouldBeTrue();
        reader.Start.ShouldBe(11);
        reader.MoveNext().ShouldBeTrue();
        reader.Start.ShouldBe(27);
        reader.MoveNext().ShouldBeFalse();
        reader.MoveNext().ShouldBeFalse();
    }

    [Fact]
    public void A_truncated_tail_is_dropped()
    {
        byte[] first = Tag(8, 0, [1]);
        byte[] whole = [.. first, .. Tag(9, 0, [2, 3, 4])];
        for (var length = first.Length; length < whole.Length; length++) Read(whole[..length]).Count.ShouldBe(1);
        for (var length = 0; length < first.Length; length++) Read(whole[..length]).ShouldBeEmpty();
    }

    [Fact]
    public void A_size_that_lies_ends_the_walk() => Read([.. Tag(8, 0, [1]), 9, 0xFF, 0xFF, 0xFF, .. new byte[100]]).Count.ShouldBe(1);

    [Fact]
    public void Aggregates_inside_and_unknown_tags_are_passed_over() =>
        Read([.. Tag(22, 0, Tag(8, 0, [1])), .. Tag(0, 0, [9]), .. Tag(9, 40, [2])])
            .ShouldBe([(new(6, MessageType.Video, 5040, 1, 3), "02")]);

    private static byte[] Tag(byte type, uint time, byte[] data) =>
        [type, .. UInt24((uint)data.Length), .. UInt24(time), (byte)(time >> 24), 0, 0, 0, .. data, .. UInt32((uint)(11 + data.Length))];

    private static List<(MessageHeader Header, string Body)> Read(byte[] body)
    {
        var items = new List<(MessageHeader, string)>();
        var reader = new AggregateReader(Outer, body);
        while (reader.MoveNext()) items.Add((reader.Current, Convert.ToHexString(reader.Body)));
        return items;
    }
}
