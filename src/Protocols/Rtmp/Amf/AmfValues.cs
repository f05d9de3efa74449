namespace Tapedeck.Protocols.Rtmp;

// The object model of AMF0 and AMF3 values: null · bool · double · string · AmfObject · AmfArray · AmfDictionary ·
// AmfDate · AmfXml · byte[] (AMF3 ByteArray) · AmfUndefined.Value

/// <summary>The value “undefined”, distinct from null.</summary>
public sealed class AmfUndefined
{
    public static AmfUndefined Value { get; } = new();

    private AmfUndefined()
    {
    }

    public override string ToString() => "undefined";
}

/// <summary>A date as sent: it may lie outside what <see cref="DateTimeOffset"/> can hold.</summary>
/// <param name="Milliseconds">Since 1970-01-01 UTC; any double, also NaN.</param>
/// <param name="TimeZone">AMF0 only: minutes, reserved, should be 0 and has no influence on the instant.</param>
public readonly record struct AmfDate(double Milliseconds, short TimeZone = 0)
{
    public static AmfDate From(DateTimeOffset time) => new((time - DateTimeOffset.UnixEpoch).TotalMilliseconds);

    /// <summary>False when the number is no date of the years 1 to 9999.</summary>
    public bool TryGetTime(out DateTimeOffset time)
    {
        const double First = -62_135_596_800_000d;
        const double Last = 253_402_300_799_999d;
        time = default;
        if (!(Milliseconds is >= First and <= Last)) return false;
        time = DateTimeOffset.FromUnixTimeMilliseconds((long)Milliseconds);
        return true;
    }
}

/// <summary>XML text, not parsed.</summary>
public sealed record AmfXml(string Text);

/// <summary>AMF3 dictionary: keys of any kind, in the order sent, duplicates kept.</summary>
public sealed record AmfDictionary(IReadOnlyList<KeyValuePair<object?, object?>> Entries);
