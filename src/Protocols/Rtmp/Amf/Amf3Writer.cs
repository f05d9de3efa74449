using System.Buffers;
using System.Text;

namespace Tapedeck.Protocols.Rtmp;

/// <summary>Writes AMF3 values, each in full (no references). Takes the same kinds as <see cref="Amf0Writer"/>.</summary>
public static class Amf3Writer
{
    private const int SmallestInteger = -(1 << 28);
    private const int LargestInteger = (1 << 28) - 1;

    /// <exception cref="ArgumentException">As for <see cref="Amf0Writer.Write(IBufferWriter{byte}, object?)"/>; also a property
    /// without a name, or a text of 2^28 bytes or more.</exception>
    public static void Write(IBufferWriter<byte> output, object? value) => Write(output, value, 0);

    internal static void Write(IBufferWriter<byte> output, object? value, int depth)
    {
        if (depth > Amf0Writer.DeepestValue)
            throw new ArgumentException($"AMF values may be nested {Amf0Writer.DeepestValue} levels deep.", nameof(value));
        switch (value)
        {
            case null: Mark(output, Amf3Marker.Null); break;
            case AmfUndefined: Mark(output, Amf3Marker.Undefined); break;
            case bool flag: Mark(output, flag ? Amf3Marker.True : Amf3Marker.False); break;
            case string text:
                Mark(output, Amf3Marker.String);
                WriteText(output, text);
                break;
            case AmfObject { IsEcmaArray: true } map:
                Mark(output, Amf3Marker.Array);
                WriteU29(output, 1);
                WriteMembers(output, map, depth);
                break;
            case AmfObject map:
                Mark(output, Amf3Marker.Object);
                WriteU29(output, 0b1011); // inline object, inline traits, dynamic, no sealed members
                WriteText(output, map.ClassName ?? "");
                WriteMembers(output, map, depth);
                break;
            case AmfArray array: WriteArray(output, array, depth); break;
            case DateTimeOffset time: WriteDate(output, AmfDate.From(time)); break;
            case AmfDate date: WriteDate(output, date); break;
            case AmfXml xml:
                Mark(output, Amf3Marker.Xml);
                WriteText(output, xml.Text);
                break;
            case byte[] bytes:
                Mark(output, Amf3Marker.ByteArray);
                WriteHead(output, bytes.Length);
                output.Write(bytes);
                break;
            case AmfDictionary dictionary:
                Mark(output, Amf3Marker.Dictionary);
                WriteHead(output, dictionary.Entries.Count);
                Amf0Writer.WriteByte(output, 0);
                foreach (var (key, item) in dictionary.Entries)
                {
                    Write(output, key, depth + 1);
                    Write(output, item, depth + 1);
                }
                break;
            default: WriteNumber(output, Amf0Writer.ToNumber(value)); break;
        }
    }

    private static void WriteNumber(IBufferWriter<byte> output, double number)
    {
        var isWhole = number is >= SmallestInteger and <= LargestInteger && number == (int)number;
        if (isWhole && !(number == 0 && double.IsNegative(number)))
        {
            Mark(output, Amf3Marker.Integer);
            WriteU29(output, (int)number & 0x1FFFFFFF);
        }
        else
        {
            Mark(output, Amf3Marker.Double);
            Amf0Writer.WriteDouble(output, number);
        }
    }

    private static void WriteMembers(IBufferWriter<byte> output, AmfObject map, int depth)
    {
        foreach (var (name, value) in map)
        {
            if (name.Length == 0) throw new ArgumentException("AMF3 has no form for a property without a name.", nameof(map));
            WriteText(output, name);
            Write(output, value, depth + 1);
        }
        WriteU29(output, 1);
    }

    private static void WriteArray(IBufferWriter<byte> output, AmfArray array, int depth)
    {
        Mark(output, array.Vector switch
        {
            AmfVector.Int => Amf3Marker.VectorInt,
            AmfVector.UInt => Amf3Marker.VectorUInt,
            AmfVector.Double => Amf3Marker.VectorDouble,
            AmfVector.Object => Amf3Marker.VectorObject,
            _ => Amf3Marker.Array,
        });
        WriteHead(output, array.Count);
        if (array.Vector == AmfVector.None) WriteU29(output, 1); // no named members
        else Amf0Writer.WriteByte(output, 0);
        if (array.Vector == AmfVector.Object) WriteText(output, "*");
        foreach (var item in array)
        {
            switch (array.Vector)
            {
                case AmfVector.Int: Amf0Writer.WriteUInt32(output, (uint)(int)Amf0Writer.ToNumber(item!)); break;
                case AmfVector.UInt: Amf0Writer.WriteUInt32(output, (uint)Amf0Writer.ToNumber(item!)); break;
                case AmfVector.Double: Amf0Writer.WriteDouble(output, Amf0Writer.ToNumber(item!)); break;
                default: Write(output, item, depth + 1); break;
            }
        }
    }

    private static void WriteDate(IBufferWriter<byte> output, AmfDate date)
    {
        Mark(output, Amf3Marker.Date);
        WriteU29(output, 1);
        Amf0Writer.WriteDouble(output, date.Milliseconds);
    }

    private static void WriteText(IBufferWriter<byte> output, string text)
    {
        WriteHead(output, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, output);
    }

    private static void WriteHead(IBufferWriter<byte> output, int count)
    {
        if (count > LargestInteger) throw new ArgumentException($"AMF3 counts to {LargestInteger}; {count} is more.", nameof(count));
        WriteU29(output, count << 1 | 1);
    }

    private static void WriteU29(IBufferWriter<byte> output, int value)
    {
        var span = output.GetSpan(4);
        var at = 0;
        if (value >= 1 << 21)
        {
            span[0] = (byte)(value >> 22 | 0x80);
            span[1] = (byte)(value >> 15 | 0x80);
            span[2] = (byte)(value >> 8 | 0x80);
            span[3] = (byte)value;
            output.Advance(4);
            return;
        }
        if (value >= 1 << 14) span[at++] = (byte)(value >> 14 | 0x80);
        if (value >= 1 << 7) span[at++] = (byte)(value >> 7 | 0x80);
        span[at++] = (byte)(value & 0x7F);
        output.Advance(at);
    }

    private static void Mark(IBufferWriter<byte> output, Amf3Marker marker) => Amf0Writer.WriteByte(output, (byte)marker);
}
