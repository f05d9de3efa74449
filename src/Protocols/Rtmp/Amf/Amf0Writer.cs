using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// Writes AMF0 values. Takes every kind that the readers return, all .NET number types, and <see cref="DateTimeOffset"/>.
/// What AMF0 does not know (byte[], <see cref="AmfDictionary"/>) goes out as AMF3 behind marker 0x11. Writes no references.
/// </summary>
public static class Amf0Writer
{
    internal const int DeepestValue = 128;

    /// <exception cref="ArgumentException">The value, or one inside it, is of a kind that AMF does not know, has a name of more
    /// than 65,535 bytes, or is nested more than 128 levels deep (perhaps in itself).</exception>
    public static void Write(IBufferWriter<byte> output, object? value) => Write(output, value, 0);

    private static void Write(IBufferWriter<byte> output, object? value, int depth)
    {
        if (depth > DeepestValue) throw new ArgumentException($"AMF values may be nested {DeepestValue} levels deep.", nameof(value));
        switch (value)
        {
            case null: Mark(output, Amf0Marker.Null); break;
            case AmfUndefined: Mark(output, Amf0Marker.Undefined); break;
            case bool flag:
                Mark(output, Amf0Marker.Boolean);
                WriteByte(output, flag ? (byte)1 : (byte)0);
                break;
            case string text: WriteText(output, text); break;
            case AmfObject map: WriteObject(output, map, depth); break;
            case AmfArray array:
                Mark(output, Amf0Marker.StrictArray);
                WriteUInt32(output, (uint)array.Count);
                foreach (var item in array) Write(output, item, depth + 1);
                break;
            case DateTimeOffset time: WriteDate(output, AmfDate.From(time)); break;
            case AmfDate date: WriteDate(output, date); break;
            case AmfXml xml:
                Mark(output, Amf0Marker.XmlDocument);
                WriteLong(output, xml.Text);
                break;
            case byte[] or AmfDictionary:
                Mark(output, Amf0Marker.Amf3);
                Amf3Writer.Write(output, value, depth);
                break;
            default:
                Mark(output, Amf0Marker.Number);
                WriteDouble(output, ToNumber(value));
                break;
        }
    }

    private static void WriteObject(IBufferWriter<byte> output, AmfObject map, int depth)
    {
        if (map.IsEcmaArray)
        {
            Mark(output, Amf0Marker.EcmaArray);
            WriteUInt32(output, (uint)map.Count);
        }
        else if (map.ClassName is { } className)
        {
            Mark(output, Amf0Marker.TypedObject);
            WriteName(output, className);
        }
        else
        {
            Mark(output, Amf0Marker.Object);
        }
        foreach (var (name, value) in map)
        {
            WriteName(output, name);
            Write(output, value, depth + 1);
        }
        ReadOnlySpan<byte> end = [0, 0, (byte)Amf0Marker.ObjectEnd];
        output.Write(end);
    }

    private static void WriteText(IBufferWriter<byte> output, string text)
    {
        if (Encoding.UTF8.GetByteCount(text) > ushort.MaxValue)
        {
            Mark(output, Amf0Marker.LongString);
            WriteLong(output, text);
        }
        else
        {
            Mark(output, Amf0Marker.String);
            WriteName(output, text);
        }
    }

    private static void WriteName(IBufferWriter<byte> output, string name)
    {
        var length = Encoding.UTF8.GetByteCount(name);
        if (length > ushort.MaxValue) throw new ArgumentException($"An AMF0 name has {length} bytes; the limit is {ushort.MaxValue}.", nameof(name));
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)length);
        output.Advance(2);
        Encoding.UTF8.GetBytes(name, output);
    }

    private static void WriteLong(IBufferWriter<byte> output, string text)
    {
        WriteUInt32(output, (uint)Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, output);
    }

    private static void WriteDate(IBufferWriter<byte> output, AmfDate date)
    {
        Mark(output, Amf0Marker.Date);
        WriteDouble(output, date.Milliseconds);
        BinaryPrimitives.WriteInt16BigEndian(output.GetSpan(2), date.TimeZone);
        output.Advance(2);
    }

    internal static double ToNumber(object value) => value switch
    {
        double number => number,
        float or int or uint or long or ulong or short or ushort or byte or sbyte or decimal =>
            Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"AMF has no form for {value.GetType()}.", nameof(value)),
    };

    internal static void WriteDouble(IBufferWriter<byte> output, double value)
    {
        BinaryPrimitives.WriteDoubleBigEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    internal static void WriteUInt32(IBufferWriter<byte> output, uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    internal static void WriteByte(IBufferWriter<byte> output, byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    private static void Mark(IBufferWriter<byte> output, Amf0Marker marker) => WriteByte(output, (byte)marker);
}
