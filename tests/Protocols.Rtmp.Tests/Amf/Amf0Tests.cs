using static Tapedeck.Protocols.Rtmp.Tests.Amf.AmfText;
using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Amf;

public sealed class Amf0Tests
{
    /// <summary>Value, bytes: one table for reading, writing and the round trip.</summary>
    public static TheoryData<string, string> Cases => new()
    {
        { "3.5", "00 400C000000000000" },
        { "true", "01 01" },
        { "false", "01 00" },
        { "\"\"", "02 0000" },
        { "\"live\"", "02 0004 6C697665" },
        { "\"é\"", "02 0002 C3A9" },
        { "{}", "03 000009" },
        { "{a:null,b:\"x\"}", "03 0001 61 05 0001 62 02 0001 78 000009" },
        { "null", "05" },
        { "undefined", "06" },
        { "#{a:true}", "08 00000001 0001 61 01 01 000009" },
        { "[true,null]", "0A 00000002 0101 05" },
        { "[]", "0A 00000000" },
        { "date(1000,0)", "0B 408F400000000000 0000" },
        { "date(1000,-60)", "0B 408F400000000000 FFC4" },
        { "xml(<a/>)", "0F 00000004 3C612F3E" },
        { "C{n:null}", "10 0001 43 0001 6E 05 000009" },
        { "bytes(0102)", "11 0C 05 0102" },
        { "{o:{p:[{}]}}", "03 0001 6F 03 0001 70 0A 00000001 03 000009 000009 000009" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_are_read_and_written_alike(string value, string hex)
    {
        var bytes = Hex(hex);
        var read = Read0(bytes);
        Show(read).ShouldBe(value);
        Write(output => Amf0Writer.Write(output, read)).ShouldBe(bytes);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_truncation_is_refused_or_ends_an_object_early(string value, string hex)
    {
        var bytes = Hex(hex);
        for (var length = 0; length < bytes.Length; length++)
        {
            var part = bytes[..length];
            try
            {
                // Only an object whose last property is whole may end with the data.
                Show(Read0(part)).ShouldEndWith("}", customMessage: value);
            }
            catch (RtmpProtocolException)
            {
            }
        }
    }

    [Theory]
    [InlineData("0C 00000002 6162", "\"ab\"")] // long string
    [InlineData("0D", "undefined")] // unsupported
    [InlineData("08 000000FF 0001 61 05 000009", "#{a:null}")] // the count lies
    [InlineData("08 00000000 0001 61 05 000009", "#{a:null}")]
    [InlineData("08 FFFFFFFF 000009", "#{}")]
    [InlineData("03 0001 61 05", "{a:null}")] // no end mark
    [InlineData("03 0001 61 05 0001 61 06 000009", "{a:undefined}")] // twice the same name
    [InlineData("03 0000 05 000009", "{:null}")] // an empty name
    [InlineData("02 0002 C328", "\"\uFFFD(\"")] // invalid UTF-8
    [InlineData("11 04 BFFFFFFF", "268435455")] // AMF3 inside, written back as AMF0
    [InlineData("11 0A 0B 01 03 61 0101", "{a:null}")]
    public void Odd_forms_are_understood(string hex, string value) => Show(Read0(Hex(hex))).ShouldBe(value);

    [Fact]
    public void A_reference_yields_the_same_object()
    {
        var array = Read0(Hex("0A 00000003 03 0001 61 05 000009 07 0001 0101")).ShouldBeOfType<AmfArray>();
        array[1].ShouldBeSameAs(array[0]);
    }

    [Fact]
    public void References_are_resolved_within_one_message()
    {
        var reader = new Amf0Reader(Hex("03 000009 07 0000"));
        var first = reader.Read();
        reader.Read().ShouldBeSameAs(first);
    }

    [Theory]
    [InlineData("07 0000", "only 0 are known")]
    [InlineData("03 0001 61 07 0000", "contains it")] // a cycle
    [InlineData("04", "marker 4")]
    [InlineData("09", "marker 9")]
    [InlineData("0E", "marker 14")]
    [InlineData("FF", "marker 255")]
    [InlineData("0A FFFFFFFF 05", "ends early")] // counts and lengths that lie
    [InlineData("0C FFFFFFFF 05", "ends early")]
    [InlineData("0F 7FFFFFFF 05", "ends early")]
    [InlineData("02 FFFF 05", "ends early")]
    [InlineData("", "ends early")]
    public void Broken_data_is_refused(string hex, string why) => Refused(() => Read0(Hex(hex))).Message.ShouldContain(why);

    [Fact]
    public void Nesting_is_limited()
    {
        static byte[] Nest(int depth) => [.. Enumerable.Repeat<byte[]>([0x0A, 0, 0, 0, 1], depth).SelectMany(b => b), 5];
        Read0(Nest(32)).ShouldNotBeNull();
        Refused(() => Read0(Nest(33))).Message.ShouldContain("limit is 32");
        Refused(() => Read0(Nest(100_000)));
    }

    [Fact]
    public void Items_are_limited()
    {
        static byte[] Many(int count) => [0x0A, .. UInt32((uint)count), .. Enumerable.Repeat((byte)5, count)];
        Read0(Many(4095)).ShouldBeOfType<AmfArray>().Count.ShouldBe(4095);
        Refused(() => Read0(Many(4096))).Message.ShouldContain("limit is 4096");
    }

    [Fact]
    public void References_count_as_what_they_stand_for()
    {
        // Each level holds two references to the level before: 2^30 values if it were written out.
        var bytes = new List<byte> { 0x0A, 0, 0, 0, 31, 0x0A, 0, 0, 0, 0 };
        for (var i = 1; i <= 30; i++) bytes.AddRange([0x0A, 0, 0, 0, 2, 7, 0, (byte)i, 7, 0, (byte)i]);
        Refused(() => Read0([.. bytes])).Message.ShouldContain("limit is 4096");
    }

    [Fact]
    public void References_count_with_their_height()
    {
        // A value 20 levels high is referred to from level 20.
        byte[] high = [.. Enumerable.Repeat<byte[]>([0x0A, 0, 0, 0, 1], 20).SelectMany(b => b), 5];
        byte[] Refer(int level) => [0x0A, 0, 0, 0, 2, .. high, .. Enumerable.Repeat<byte[]>([0x0A, 0, 0, 0, 1], level).SelectMany(b => b), 7, 0, 1];
        Read0(Refer(11));
        Refused(() => Read0(Refer(12))).Message.ShouldContain("limit is 32");
    }

    [Fact]
    public void Many_properties_are_not_quadratic()
    {
        var limits = new RtmpLimits { AmfMaxItems = 1_000_000 };
        var map = new AmfObject();
        for (var i = 0; i < 200_000; i++) map[$"p{i}"] = null;
        Read0(Write(output => Amf0Writer.Write(output, map)), limits).ShouldBeOfType<AmfObject>().Count.ShouldBe(200_000);
    }

    [Fact]
    public void A_text_of_more_than_65535_bytes_is_a_long_string()
    {
        var text = new string('x', 65_536);
        var bytes = Write(output => Amf0Writer.Write(output, text));
        bytes[0].ShouldBe((byte)12);
        Read0(bytes).ShouldBe(text);
        Write(output => Amf0Writer.Write(output, text[1..]))[0].ShouldBe((byte)2);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(7u)]
    [InlineData(7L)]
    [InlineData((byte)7)]
    [InlineData(7f)]
    public void All_numbers_are_written_as_numbers(object value) => Read0(Write(output => Amf0Writer.Write(output, value))).ShouldBe(7d);

    [Fact]
    public void What_has_no_form_is_refused_when_written()
    {
        Should.Throw<ArgumentException>(() => Write(output => Amf0Writer.Write(output, new Uri("http://x"))));
        var self = new AmfArray();
        self.Add(self);
        Should.Throw<ArgumentException>(() => Write(output => Amf0Writer.Write(output, self)));
        Should.Throw<ArgumentException>(() => Write(output => Amf0Writer.Write(output, new AmfObject { [new string('x', 65_536)] = null })));
    }

    [Fact]
    public void Dates_become_times_where_they_can()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        Read0(Write(output => Amf0Writer.Write(output, time))).ShouldBeOfType<AmfDate>().TryGetTime(out var back).ShouldBeTrue();
        back.ShouldBe(time);
        foreach (var impossible in (double[])[double.NaN, double.PositiveInfinity, 1e300, -1e300, 253_402_300_800_000])
            new AmfDate(impossible).TryGetTime(out _).ShouldBeFalse();
    }
}
