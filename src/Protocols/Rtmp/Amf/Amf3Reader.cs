namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// Reads a run of AMF3 values that share their reference tables. Integers read as double, an array with named members
/// as <see cref="AmfObject"/> (its dense members are named by their index), both XML kinds as <see cref="AmfXml"/>.
/// Externalizable objects are refused: their length cannot be known without their class.
/// Every error is a <see cref="RtmpProtocolException"/>.
/// </summary>
public ref struct Amf3Reader
{
    private const int LongestName = 65_535;

    private readonly Amf3Tables _tables;
    private readonly AmfBudget _budget;
    private AmfCursor _in;

    public Amf3Reader(ReadOnlySpan<byte> data, RtmpLimits? limits = null)
        : this(data, new Amf3Tables(new AmfBudget(limits ?? RtmpLimits.Default)))
    {
    }

    internal Amf3Reader(ReadOnlySpan<byte> data, Amf3Tables tables)
    {
        _in = new AmfCursor(data);
        _tables = tables;
        _budget = tables.Budget;
    }

    public readonly bool AtEnd => _in.Left == 0;

    /// <summary>Bytes used so far.</summary>
    public readonly int Position => _in.Position;

    /// <summary>The next value; the kinds of <see cref="Amf0Reader.Read"/>, byte[] and <see cref="AmfDictionary"/>.</summary>
    public object? Read()
    {
        _budget.Charge(1);
        var marker = (Amf3Marker)_in.Byte();
        return marker switch
        {
            Amf3Marker.Undefined => AmfUndefined.Value,
            Amf3Marker.Null => null,
            Amf3Marker.False => false,
            Amf3Marker.True => true,
            Amf3Marker.Integer => (double)(_in.U29() << 3 >> 3),
            Amf3Marker.Double => _in.Double(),
            Amf3Marker.String => Text(),
            Amf3Marker.XmlDocument or Amf3Marker.Xml => Xml(),
            Amf3Marker.Date => Date(),
            Amf3Marker.Array => Array(),
            Amf3Marker.Object => Object(),
            Amf3Marker.ByteArray => ByteArray(),
            Amf3Marker.VectorInt => Vector(AmfVector.Int),
            Amf3Marker.VectorUInt => Vector(AmfVector.UInt),
            Amf3Marker.VectorDouble => Vector(AmfVector.Double),
            Amf3Marker.VectorObject => Vector(AmfVector.Object),
            Amf3Marker.Dictionary => Dictionary(),
            _ => throw new RtmpProtocolException($"AMF3 marker {(int)marker} at offset {_in.Position - 1} starts no value."),
        };
    }

    /// <summary>Reads a U29 whose lowest bit tells a length or count (true) from a reference (false).</summary>
    private bool IsInline(out int number)
    {
        var head = _in.U29();
        number = head >> 1;
        return (head & 1) != 0;
    }

    private string Text()
    {
        if (!IsInline(out var number)) return (string)_tables.Strings.Refer(number);
        var text = _in.Text(number);
        _budget.ChargeBytes(number);
        if (number > 0) _tables.Strings.Add(text, number / 1024);
        return text;
    }

    private string Name()
    {
        var name = Text();
        if (name.Length > LongestName)
            throw new RtmpProtocolException($"An AMF3 name has {name.Length} characters; the limit is {LongestName}.");
        if (name.Length > 0) _budget.Charge(1);
        return name;
    }

    private object Xml()
    {
        if (!IsInline(out var number)) return _tables.Objects.Refer(number);
        var xml = new AmfXml(_in.Text(number));
        _budget.ChargeBytes(number);
        _tables.Objects.Add(xml, number / 1024);
        return xml;
    }

    private object Date()
    {
        if (!IsInline(out var number)) return _tables.Objects.Refer(number);
        object date = new AmfDate(_in.Double());
        _tables.Objects.Add(date, 0);
        return date;
    }

    private object ByteArray()
    {
        if (!IsInline(out var number)) return _tables.Objects.Refer(number);
        var bytes = _in.Bytes(number).ToArray();
        _budget.ChargeBytes(number);
        _tables.Objects.Add(bytes, number / 1024);
        return bytes;
    }

    private object Array()
    {
        if (!IsInline(out var count)) return _tables.Objects.Refer(count);
        var array = new AmfArray();
        var index = _tables.Objects.Open(array);
        var name = Name();
        if (name.Length == 0)
        {
            for (var i = 0; i < count; i++) array.Add(Read());
            _tables.Objects.Close(index);
            return array;
        }
        var named = new AmfObject { IsEcmaArray = true };
        for (; name.Length > 0; name = Name()) named[name] = Read();
        for (var i = 0; i < count; i++) named[i.ToString(System.Globalization.CultureInfo.InvariantCulture)] = Read();
        _tables.Objects.Close(index, named);
        return named;
    }

    private object Object()
    {
        if (!IsInline(out var number)) return _tables.Objects.Refer(number);
        var traits = ReadTraits(number);
        var result = new AmfObject { ClassName = traits.ClassName.Length > 0 ? traits.ClassName : null };
        var index = _tables.Objects.Open(result);
        foreach (var name in traits.Sealed) result[name] = Read();
        if (traits.IsDynamic)
            for (var name = Name(); name.Length > 0; name = Name()) result[name] = Read();
        _tables.Objects.Close(index);
        return result;
    }

    /// <param name="head">U29O-traits without its lowest bit: 0 reference · 11 externalizable · 01 inline, then dynamic, then a count.</param>
    private Amf3Traits ReadTraits(int head)
    {
        if ((head & 1) == 0)
        {
            var known = _tables.Traits;
            var index = head >> 1;
            return index < known.Count
                ? known[index]
                : throw new RtmpProtocolException($"An AMF traits reference points to number {index}; only {known.Count} are known.");
        }
        var className = Name();
        if ((head & 2) != 0)
            throw new RtmpProtocolException($"AMF3 object of class '{className}' is externalizable; its form is not known.");
        var count = head >> 3;
        var names = new List<string>();
        for (var i = 0; i < count; i++) names.Add(Name());
        var traits = new Amf3Traits(className, (head & 4) != 0, names);
        _tables.Traits.Add(traits);
        return traits;
    }

    private object Vector(AmfVector kind)
    {
        if (!IsInline(out var count)) return _tables.Objects.Refer(count);
        _in.Byte(); // fixed length: of no use to us
        if (kind == AmfVector.Object) Name();
        var vector = new AmfArray { Vector = kind };
        var index = _tables.Objects.Open(vector);
        for (var i = 0; i < count; i++)
        {
            if (kind == AmfVector.Object)
            {
                vector.Add(Read());
                continue;
            }
            _budget.Charge(1);
            vector.Add(kind switch
            {
                AmfVector.Int => (double)(int)_in.UInt32(),
                AmfVector.UInt => (double)_in.UInt32(),
                _ => _in.Double(),
            });
        }
        _tables.Objects.Close(index);
        return vector;
    }

    private object Dictionary()
    {
        if (!IsInline(out var count)) return _tables.Objects.Refer(count);
        _in.Byte(); // weak keys: of no use to us
        var entries = new List<KeyValuePair<object?, object?>>();
        var dictionary = new AmfDictionary(entries);
        var index = _tables.Objects.Open(dictionary);
        for (var i = 0; i < count; i++)
        {
            var key = Read();
            entries.Add(new(key, Read()));
        }
        _tables.Objects.Close(index);
        return dictionary;
    }
}
