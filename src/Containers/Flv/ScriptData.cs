using System.Buffers.Binary;
using System.Text;

namespace Tapedeck.Containers.Flv;

/// <summary>
/// The body of a script tag: an AMF0 name, then values. Total: reads what can be read of any bytes. At most 32 levels and 4,096 values,
/// where an array of numbers is one value; memory stays within a small multiple of the body.
/// </summary>
public sealed class ScriptData
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MaxDepth = 32;

    /// <summary>Most values that are read.</summary>
    public const int MaxItems = 4096;

    private ScriptData(string name, IReadOnlyList<ScriptValue> values, bool isWhole)
    {
        Name = name;
        Values = values;
        IsWhole = isWhole;
    }

    /// <summary>onMetaData, onCuePoint, …; empty when the body does not begin with a name.</summary>
    public string Name { get; }

    /// <summary>What follows the name.</summary>
    public IReadOnlyList<ScriptValue> Values { get; }

    /// <summary>False when something was cut off, unknown, or beyond a limit; what came before is there.</summary>
    public bool IsWhole { get; }

    /// <summary>The first object among the values: the properties of onMetaData.</summary>
    public ScriptValue? Object => Values.FirstOrDefault(value => value.Kind == ScriptKind.Object);

    /// <summary>Reads a body.</summary>
    public static ScriptData Read(ReadOnlySpan<byte> body)
    {
        var reader = new Reader(body);
        var values = new List<ScriptValue>();
        if (reader.Value(0) is not { Kind: ScriptKind.Text } name)
            return new ScriptData("", values, false);
        while (!reader.Failed && reader.HasMore)
        {
            if (reader.Value(0) is { } value)
                values.Add(value);
        }

        return new ScriptData(name.Text, values, !reader.Failed);
    }

    private ref struct Reader(ReadOnlySpan<byte> body)
    {
        private readonly ReadOnlySpan<byte> _body = body;
        private int _at;
        private int _items;

        public bool Failed { get; private set; }

        public readonly bool HasMore => _at < _body.Length;

        private readonly int Left => _body.Length - _at;

        /// <summary>Null when nothing could be read; a value that was begun is returned as far as it got.</summary>
        public ScriptValue? Value(int depth)
        {
            if (depth > MaxDepth || ++_items > MaxItems || Left < 1)
                return Fail();
            var start = _at;
            var value = _body[_at++] switch
            {
                0 when Left >= 8 => new ScriptValue(ScriptKind.Number, start, Double()),
                1 when Left >= 1 => new ScriptValue(ScriptKind.Boolean, start, _body[_at++]),
                2 => Text(start, 2),
                3 => Object(start, depth),
                5 or 6 or 13 => new ScriptValue(ScriptKind.Nothing, start),
                7 when Left >= 2 => Skip(start, 2),
                8 when Left >= 4 => Skip(start, 4) is null ? null : Object(start, depth),
                10 when Left >= 4 => List(start, depth),
                11 when Left >= 10 => Date(start),
                12 or 15 => Text(start, 4),
                16 => Text(start, 2) is null ? null : Object(start, depth),
                _ => Fail(),
            };
            if (value is not null)
                value.Length = _at - start;
            return value;
        }

        private ScriptValue? Fail()
        {
            Failed = true;
            return null;
        }

        private ScriptValue Skip(int start, int count)
        {
            _at += count;
            return new ScriptValue(ScriptKind.Nothing, start);
        }

        private double Double()
        {
            _at += 8;
            return BinaryPrimitives.ReadDoubleBigEndian(_body[(_at - 8)..]);
        }

        private ScriptValue Date(int start)
        {
            var milliseconds = Double();
            _at += 2;
            return new ScriptValue(ScriptKind.Date, start, milliseconds);
        }

        private ScriptValue? Text(int start, int prefix)
        {
            if (Left < prefix)
                return Fail();
            var length = prefix == 2 ? BinaryPrimitives.ReadUInt16BigEndian(_body[_at..]) : BinaryPrimitives.ReadUInt32BigEndian(_body[_at..]);
            _at += prefix;
            if (length > Left)
                return Fail();
            _at += (int)length;
            return new ScriptValue(ScriptKind.Text, start) { Text = Encoding.UTF8.GetString(_body.Slice(_at - (int)length, (int)length)) };
        }

        /// <summary>The count of an ECMA array is often wrong: only the end marker counts, or the end of the body, which some files rely on.</summary>
        private ScriptValue Object(int start, int depth)
        {
            var properties = new Dictionary<string, ScriptValue>(StringComparer.Ordinal);
            var isClosed = false;
            while (Left > 0)
            {
                if (Text(_at, 2) is not { } name)
                    break;
                if (name.Text.Length == 0 && Left >= 1 && _body[_at] == 9)
                {
                    _at++;
                    isClosed = true;
                    break;
                }

                if (Value(depth + 1) is { } value)
                    properties[name.Text] = value;
                if (Failed)
                    break;
            }

            return new ScriptValue(ScriptKind.Object, start) { Properties = properties, IsClosed = isClosed };
        }

        private ScriptValue List(int start, int depth)
        {
            var count = BinaryPrimitives.ReadUInt32BigEndian(_body[_at..]);
            _at += 4;
            if (count > 0 && count <= Left / 9 && IsNumbers((int)count))
            {
                var numbers = new double[count];
                for (var i = 0; i < numbers.Length; i++)
                {
                    _at++;
                    numbers[i] = Double();
                }

                return new ScriptValue(ScriptKind.Numbers, start) { Numbers = numbers };
            }

            var items = new List<ScriptValue>();
            for (uint i = 0; i < count && !Failed; i++)
            {
                if (Value(depth + 1) is { } value)
                    items.Add(value);
            }

            return new ScriptValue(ScriptKind.List, start) { Items = items };
        }

        private readonly bool IsNumbers(int count)
        {
            for (var i = 0; i < count; i++)
            {
                if (_body[_at + i * 9] != 0)
                    return false;
            }

            return true;
        }
    }
}
