using Tapedeck.Modules;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>AMF values as modules see them, and back. See <see cref="CommandArguments"/> for the kinds.</summary>
internal static class AmfValues
{
    public static CommandArguments ToArguments(IReadOnlyList<object?> values)
    {
        var result = new object?[values.Count];
        for (var i = 0; i < result.Length; i++)
            result[i] = FromAmf(values[i]);
        return new CommandArguments(result);
    }

    public static object? FromAmf(object? value) => value switch
    {
        AmfObject map => FromAmf(map),
        AmfArray list => list.Select(FromAmf).ToArray(),
        AmfDate date => date.TryGetTime(out var time) ? time : null,
        AmfXml xml => xml.Text,
        AmfUndefined => null,
        AmfDictionary dictionary => dictionary.Entries.Select(e => (object?)new[] { FromAmf(e.Key), FromAmf(e.Value) }).ToArray(),
        int number => (double)number,
        _ => value,
    };

    /// <exception cref="ArgumentException">Nested deeper than clients could read, perhaps in itself.</exception>
    public static object? ToAmf(object? value) => ToAmf(value, 0);

    private static object? ToAmf(object? value, int depth)
    {
        if (depth > RtmpLimits.Default.AmfMaxDepth)
            throw new ArgumentException($"A value is nested more than {RtmpLimits.Default.AmfMaxDepth} levels deep.", nameof(value));
        switch (value)
        {
            case null or bool or double or string:
                return value;
            case IReadOnlyDictionary<string, object?> map:
                var result = new AmfObject();
                foreach (var (name, item) in map)
                    result[name] = ToAmf(item, depth + 1);
                return result;
            case IReadOnlyList<object?> list:
                return new AmfArray(list.Select(item => ToAmf(item, depth + 1)));
            case DateTimeOffset time:
                return AmfDate.From(time);
            case TimeSpan span:
                return span.TotalSeconds;
            case IConvertible number when number.GetTypeCode() is >= TypeCode.SByte and <= TypeCode.Decimal:
                return number.ToDouble(System.Globalization.CultureInfo.InvariantCulture);
            default:
                return value.ToString();
        }
    }

    public static IReadOnlyDictionary<string, string> ToQuery(RtmpQuery query)
    {
        var result = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in query)
            result.TryAdd(name, value);
        return result;
    }

    private static Dictionary<string, object?> FromAmf(AmfObject map)
    {
        var result = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in map)
            result[name] = FromAmf(value);
        return result;
    }
}
