namespace Tapedeck.Protocols.Rtmp;

/// <summary>
/// Reads a run of AMF0 values (one message body). References are resolved within the run. Declared counts are not
/// believed: an ECMA array ends at its end mark, and objects may end with the data where an encoder left the mark out.
/// “Unsupported” reads as undefined. Every error is a <see cref="RtmpProtocolException"/>.
/// </summary>
public ref struct Amf0Reader
{
    private readonly AmfBudget _budget;
    private readonly AmfTable _objects;
    private AmfCursor _in;
    private Amf3Tables? _amf3;

    public Amf0Reader(ReadOnlySpan<byte> data, RtmpLimits? limits = null)
    {
        _in = new AmfCursor(data);
        _budget = new AmfBudget(limits ?? RtmpLimits.Default);
        _objects = new AmfTable(_budget, "object");
    }

    public readonly bool AtEnd => _in.Left == 0;

    /// <summary>Bytes used so far.</summary>
    public readonly int Position => _in.Position;

    /// <summary>The next value: null, bool, double, string, <see cref="AmfObject"/>, <see cref="AmfArray"/>,
    /// <see cref="AmfDate"/>, <see cref="AmfXml"/>, <see cref="AmfUndefined"/>, or what AMF3 adds to these.</summary>
    public object? Read()
    {
        _budget.Charge(1);
        var marker = (Amf0Marker)_in.Byte();
        return marker switch
        {
            Amf0Marker.Number => _in.Double(),
            Amf0Marker.Boolean => _in.Byte() != 0,
            Amf0Marker.String => Text(_in.UInt16()),
            Amf0Marker.LongString => Text(LongLength()),
            Amf0Marker.Null => null,
            Amf0Marker.Undefined or Amf0Marker.Unsupported => AmfUndefined.Value,
            Amf0Marker.Object => Properties(new AmfObject()),
            Amf0Marker.EcmaArray => EcmaArray(),
            Amf0Marker.TypedObject => Properties(new AmfObject { ClassName = Text(_in.UInt16()) }),
            Amf0Marker.StrictArray => StrictArray(),
            Amf0Marker.Reference => _objects.Refer(_in.UInt16()),
            Amf0Marker.Date => new AmfDate(_in.Double(), (short)_in.UInt16()),
            Amf0Marker.XmlDocument => new AmfXml(Text(LongLength())),
            Amf0Marker.Amf3 => Amf3Value(),
            _ => throw new RtmpProtocolException($"AMF0 marker {(int)marker} at offset {_in.Position - 1} starts no value."),
        };
    }

    private int LongLength() => (int)Math.Min(_in.UInt32(), int.MaxValue);

    private string Text(int length)
    {
        var text = _in.Text(length);
        _budget.ChargeBytes(length);
        return text;
    }

    private AmfObject EcmaArray()
    {
        _in.UInt32();
        return Properties(new AmfObject { IsEcmaArray = true });
    }

    private AmfObject Properties(AmfObject result)
    {
        var index = _objects.Open(result);
        while (_in.Left > 0)
        {
            var length = _in.UInt16();
            if (length == 0 && _in.Left > 0 && _in.Rest[0] == (byte)Amf0Marker.ObjectEnd)
            {
                _in.Byte();
                break;
            }
            var name = Text(length);
            result[name] = Read();
        }
        _objects.Close(index);
        return result;
    }

    private AmfArray StrictArray()
    {
        var count = _in.UInt32();
        var result = new AmfArray();
        var index = _objects.Open(result);
        for (var i = 0u; i < count; i++) result.Add(Read());
        _objects.Close(index);
        return result;
    }

    private object? Amf3Value()
    {
        _amf3 ??= new Amf3Tables(_budget);
        var reader = new Amf3Reader(_in.Rest, _amf3);
        var value = reader.Read();
        _in.Bytes(reader.Position);
        return value;
    }
}
