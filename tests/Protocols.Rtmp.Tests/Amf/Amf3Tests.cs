using static Tapedeck.Protocols.Rtmp.Tests.Amf.AmfText;
using static Tapedeck.Protocols.Rtmp.Tests.Wire;

namespace Tapedeck.Protocols.Rtmp.Tests.Amf;

public sealed class Amf3Tests
{
    public static TheoryData<string, string> Cases => new()
    {
        { "undefined", "00" },
        { "null", "01" },
        { "false", "02" },
        { "true", "03" },
        { "0", "04 00" },
        { "127", "04 7F" },
        { "128", "04 8100" },
        { "16383", "04 FF7F" },
        { "16384", "04 818000" },
        { "2097151", "04 FFFF7F" },
        { "2097152", "04 80C08000" },
        { "268435455", "04 BFFFFFFF" },
        { "-1", "04 FFFFFFFF" },
        { "-268435456", "04 C0808000" },
        { "268435456", "05 41B0000000000000" },
        { "0.5", "05 3FE0000000000000" },
        { "\"\"", "06 01" },
        { "\"abc\"", "06 07 616263" },
        { "date(1000,0)", "08 01 408F400000000000" },
        { "[]", "09 01 01" },
        { "[true,\"a\"]", "09 05 01 03 06 03 61" },
        { "#{a:null}", "09 01 03 61 01 01" },
        { "{}", "0A 0B 01 01" },
        { "K{a:5}", "0A 0B 03 4B 03 61 0405 01" },
        { "xml(<a/>)", "0B 09 3C612F3E" },
        { "bytes(FF00)", "0C 05 FF00" },
        { "Int[-1,2]", "0D 05 00 FFFFFFFF 00000002" },
        { "UInt[4294967295]", "0E 03 00 FFFFFFFF" },
        { "Double[0.5]", "0F 03 00 3FE0000000000000" },
        { "Object[null]", "10 03 00 03 2A 01" },
        { "<\"a\":1,2:true>", "11 05 00 06 03 61 0401 0402 03" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_are_read_and_written_alike(string value, string hex)
    {
        var bytes = Hex(hex);
        var read = Read3(bytes);
        Show(read).ShouldBe(value);
        Write(output => Amf3Writer.Write(output, read)).ShouldBe(bytes);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_truncation_is_refused(string value, string hex)
    {
        var bytes = Hex(hex);
        for (var length = 0; length < bytes.Length; length++)
            Refused(() => Read3(bytes[..length])).Message.ShouldContain("ends early", customMessage: value);
    }

    [Theory]
    [InlineData("07 09 3C612F3E", "xml(<a/>)")] // the older XML kind
    [InlineData("09 05 03 61 02 01 03 01", "#{a:false,0:true,1:null}")] // named and dense members
    [InlineData("09 05 01 06 03 61 06 00", "[\"a\",\"a\"]")] // string reference
    [InlineData("09 07 01 06 01 06 03 61 06 00", "[\"\",\"a\",\"a\"]")] // the empty string is not in the table
    [InlineData("0A 23 01 03 61 03 62 0401 0402", "{a:1,b:2}")] // sealed members
    [InlineData("0A 1B 01 03 61 0401 03 62 0402 01", "{a:1,b:2}")] // sealed and dynamic members
    [InlineData("09 05 01 0A 13 03 4B 03 61 0401 0A 01 0402", "[K{a:1},K{a:2}]")] // traits reference
    [InlineData("09 05 01 08 01 0000000000000000 08 02", "[date(0,0),date(0,0)]")]
    [InlineData("09 05 01 0C 03 FF 0C 02", "[bytes(FF),bytes(FF)]")]
    [InlineData("09 05 01 0B 03 78 0B 02", "[xml(x),xml(x)]")]
    [InlineData("09 05 01 0D 03 01 00000007 0D 02", "[Int[7],Int[7]]")]
    [InlineData("06 05 C328", "\"\uFFFD(\"")] // invalid UTF-8
    public void Odd_forms_are_understood(string hex, string value) => Show(Read3(Hex(hex))).ShouldBe(value);

    [Fact]
    public void A_reference_yields_the_same_object()
    {
        var array = Read3(Hex("09 05 01 0A 0B 01 01 0A 02")).ShouldBeOfType<AmfArray>();
        array[0].ShouldBeOfType<AmfObject>();
        array[1].ShouldBeSameAs(array[0]);
    }

    [Fact]
    public void A_reference_to_an_array_with_names_yields_what_it_became()
    {
        var array = Read3(Hex("09 05 01 09 01 03 61 01 01 09 02")).ShouldBeOfType<AmfArray>();
        array[1].ShouldBeSameAs(array[0]);
        array[1].ShouldBeOfType<AmfObject>();
    }

    [Fact]
    public void Amf0_values_of_one_message_share_the_tables()
    {
        var reader = new Amf0Reader(Hex("11 06 07 616263 11 06 00"));
        reader.Read();
        reader.Read().ShouldBe("abc");
    }

    [Theory]
    [InlineData("06 00", "string reference points to number 0")]
    [InlineData("0A 00", "object reference points to number 0")]
    [InlineData("0A 01", "traits reference points to number 0")]
    [InlineData("09 03 01 09 00", "contains it")]
    [InlineData("0A 07 03 4B", "class 'K' is externalizable")]
    [InlineData("12", "marker 18")]
    [InlineData("FF", "marker 255")]
    [InlineData("06 FFFFFFFF", "ends early")] // counts and lengths that lie
    [InlineData("09 FFFFFFFF 01", "ends early")]
    [InlineData("0A FFFFFFFB 01", "ends early")]
    [InlineData("0C FFFFFFFF", "ends early")]
    [InlineData("0D FFFFFFFF 00", "ends early")]
    [InlineData("10 FFFFFFFF 00 01", "ends early")]
    [InlineData("11 FFFFFFFF 00", "ends early")]
    public void Broken_data_is_refused(string hex, string why) => Refused(() => Read3(Hex(hex))).Message.ShouldContain(why);

    [Fact]
    public void Nesting_is_limited()
    {
        static byte[] Nest(int depth) => [.. Enumerable.Repeat<byte[]>([9, 3, 1], depth).SelectMany(b => b), 1];
        Read3(Nest(32)).ShouldNotBeNull();
        Refused(() => Read3(Nest(33))).Message.ShouldContain("limit is 32");
        Refused(() => Read0([0x11, .. Nest(100_000)]));
    }

    [Fact]
    public void Depth_and_items_are_counted_across_the_switch()
    {
        byte[] outer = [.. Enumerable.Repeat<byte[]>([0x0A, 0, 0, 0, 1], 16).SelectMany(b => b), 0x11];
        static byte[] Inner(int depth) => [.. Enumerable.Repeat<byte[]>([9, 3, 1], depth).SelectMany(b => b), 1];
        Read0([.. outer, .. Inner(16)]);
        Refused(() => Read0([.. outer, .. Inner(17)])).Message.ShouldContain("limit is 32");
    }

    [Fact]
    public void Sealed_names_are_limited()
    {
        byte[] members = [.. Enumerable.Repeat<byte[]>([3, 0x61], 4096).SelectMany(b => b)];
        Refused(() => Read3([0x0A, 0x84, 0x80, 0x03, 1, .. members])).Message.ShouldContain("limit is 4096");
    }

    [Fact]
    public void References_to_long_texts_are_limited()
    {
        var text = new byte[100_000];
        Array.Fill(text, (byte)'x');
        byte[] Refer(int times) => [9, .. U29(times + 1), 1, 6, .. U29(text.Length), .. text, .. Enumerable.Repeat<byte[]>([6, 0], times).SelectMany(b => b)];
        Read3(Refer(30));
        Refused(() => Read3(Refer(50))).Message.ShouldContain("limit is 4096");
    }

    [Fact]
    public void A_property_without_a_name_cannot_be_written() =>
        Should.Throw<ArgumentException>(() => Write(output => Amf3Writer.Write(output, new AmfObject { [""] = null })));

    private static byte[] U29(int count)
    {
        var value = count << 1 | 1;
        return [(byte)(value >> 14 | 0x80), (byte)(value >> 7 | 0x80), (byte)(value & 0x7F)];
    }
}
