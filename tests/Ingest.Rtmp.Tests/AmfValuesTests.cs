using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp.Tests;

public sealed class AmfValuesTests
{
    [Fact]
    public void Arguments_are_what_modules_were_promised()
    {
        var sent = new object?[]
        {
            null, true, 5.5, "text", AmfUndefined.Value, new AmfXml("<a/>"), AmfDate.From(DateTimeOffset.UnixEpoch), new AmfDate(double.NaN),
            new AmfArray(1.0, "two", new AmfObject { ["Three"] = 3.0 }), 7,
        };
        var got = AmfValues.ToArguments(sent);
        got.Values.Take(6).ShouldBe([null, true, 5.5, "text", null, "<a/>"]);
        got[6].ShouldBe(DateTimeOffset.UnixEpoch);
        got[7].ShouldBeNull();
        var list = got[8].ShouldBeAssignableTo<IReadOnlyList<object?>>()!;
        list.Take(2).ShouldBe([1.0, "two"]);
        list[2].ShouldBeAssignableTo<IReadOnlyDictionary<string, object?>>()!["THREE"].ShouldBe(3.0);
        got[9].ShouldBe(7.0);
        got[10].ShouldBeNull();
    }

    [Fact]
    public void Keys_compare_without_case_and_the_last_of_two_wins()
    {
        var got = AmfValues.ToArguments([new AmfObject { ["fileName"] = "a", ["FILENAME"] = "b", ["list"] = new AmfArray() }]).GetObject(0)!;
        got["filename"].ShouldBe("b");
        got.Count.ShouldBe(2);
    }

    [Fact]
    public void Dictionaries_are_lists_of_pairs()
    {
        var got = AmfValues.FromAmf(new AmfDictionary([new(1.0, "a"), new(null, true)]));
        var pairs = got.ShouldBeAssignableTo<IReadOnlyList<object?>>()!;
        pairs[0].ShouldBe(new object?[] { 1.0, "a" });
        pairs[1].ShouldBe(new object?[] { null, true });
    }

    public static TheoryData<object?, object?> Answers => new()
    {
        { null, null },
        { true, true },
        { "text", "text" },
        { 5, 5.0 },
        { 5L, 5.0 },
        { 5.5f, 5.5 },
        { 5.25m, 5.25 },
        { DayOfWeek.Tuesday, 2.0 },
        { TimeSpan.FromMilliseconds(1500), 1.5 },
        { 'c', "c" },
        { new Uri("http://a/"), "http://a/" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Answers_become_AMF(object? value, object? expected) => AmfValues.ToAmf(value).ShouldBe(expected);

    [Fact]
    public void Maps_and_lists_become_objects_and_arrays()
    {
        var got = AmfValues.ToAmf(new Dictionary<string, object?> { ["a"] = new object?[] { 1, "b" }, ["d"] = DateTimeOffset.UnixEpoch }).ShouldBeOfType<AmfObject>();
        got["a"].ShouldBeOfType<AmfArray>().ShouldBe([1.0, "b"]);
        got["d"].ShouldBe(AmfDate.From(DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void A_value_that_holds_itself_is_refused()
    {
        var map = new Dictionary<string, object?>();
        map["self"] = map;
        Should.Throw<ArgumentException>(() => AmfValues.ToAmf(map));
    }

    [Fact]
    public void Of_a_repeated_parameter_the_first_counts() =>
        AmfValues.ToQuery(RtmpQuery.Parse("a=1&A=2&b=3")).ShouldBe(new Dictionary<string, string> { ["a"] = "1", ["b"] = "3" });
}
