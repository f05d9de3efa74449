using System.Globalization;
using System.Text;

namespace Tapedeck.Protocols.Rtmp.Tests.Amf;

/// <summary>Values as text, so that whole trees can be compared and read in a failure.</summary>
internal static class AmfText
{
    public static string Show(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        string text => $"\"{text}\"",
        AmfUndefined => "undefined",
        AmfDate date => $"date({date.Milliseconds.ToString("R", CultureInfo.InvariantCulture)},{date.TimeZone})",
        AmfXml xml => $"xml({xml.Text})",
        byte[] bytes => $"bytes({Convert.ToHexString(bytes)})",
        AmfArray array => $"{(array.Vector == AmfVector.None ? "" : array.Vector)}[{string.Join(",", array.Select(Show))}]",
        AmfObject map => $"{map.ClassName}{(map.IsEcmaArray ? "#" : "")}{{{string.Join(",", map.Select(p => $"{p.Key}:{Show(p.Value)}"))}}}",
        AmfDictionary dictionary => $"<{string.Join(",", dictionary.Entries.Select(p => $"{Show(p.Key)}:{Show(p.Value)}"))}>",
        _ => value.ToString() ?? "",
    };

    public static object? Read0(byte[] bytes, RtmpLimits? limits = null)
    {
        var reader = new Amf0Reader(bytes, limits);
        var value = reader.Read();
        reader.Position.ShouldBe(bytes.Length);
        reader.AtEnd.ShouldBeTrue();
        return value;
    }

    public static object? Read3(byte[] bytes, RtmpLimits? limits = null)
    {
        var reader = new Amf3Reader(bytes, limits);
        var value = reader.Read();
        reader.Position.ShouldBe(bytes.Length);
        return value;
    }

    public static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
