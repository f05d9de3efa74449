using System.Globalization;
using System.Text;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Naming;

/// <summary>The variables of templates, and one place for one of them in a template.</summary>
internal sealed class NameVariable
{
    private static readonly Dictionary<string, Func<NameValues, string>> Texts = new(StringComparer.Ordinal)
    {
        ["stream"] = v => v.Stream,
        ["application"] = v => v.Application,
        ["instance"] = v => v.Instance,
        ["baseName"] = v => v.BaseName,
        ["recordingId"] = v => v.RecordingId.ToString("D"),
        ["sessionId"] = v => v.SessionId,
        ["videoCodec"] = v => v.VideoCodec,
        ["audioCodec"] = v => v.AudioCodec,
        ["login"] = v => v.Login,
        ["format"] = v => v.Format,
    };

    private static readonly Dictionary<string, Func<NameValues, DateTimeOffset?>> Times = new(StringComparer.Ordinal)
    {
        ["startTime"] = v => v.StartTime,
        ["segmentTime"] = v => v.SegmentTime ?? v.StartTime,
        ["endTime"] = v => v.EndTime,
    };

    /// <summary>All names, for whoever has to choose one.</summary>
    public static readonly string[] Names = [.. Texts.Keys, .. Times.Keys, "duration", "sequence", "label"];

    private Action<StringBuilder, NameValues> _append = (_, _) => { };
    private int _maximum = int.MaxValue;
    private NameEncoding _encoding;

    private NameVariable(string name) => Name = name;

    public string Name { get; }

    /// <summary>Reads what stands between braces: <c>name@zone:format,maximum|encoding</c>.</summary>
    /// <param name="text">Without the braces.</param>
    /// <param name="position">Of its first character within the template, from 1.</param>
    /// <param name="zone">Of times that name none.</param>
    public static NameVariable Parse(string text, int position, TimeZoneInfo zone)
    {
        var rest = text;
        var encoding = NameEncoding.None;
        var bar = rest.LastIndexOf('|');
        if (bar >= 0)
        {
            encoding = rest[(bar + 1)..].ToUpperInvariant() switch
            {
                "HEX" => NameEncoding.Hex,
                "BASE64" => NameEncoding.Base64,
                var other => throw new NameTemplateException(position + bar + 1, $"'{other}' is no encoding; use hex or base64."),
            };
            rest = rest[..bar];
        }

        var maximum = int.MaxValue;
        var comma = rest.LastIndexOf(',');
        if (comma >= 0)
        {
            if (!int.TryParse(rest.AsSpan(comma + 1), NumberStyles.None, CultureInfo.InvariantCulture, out maximum) || maximum is < 1 or > 4096)
                throw new NameTemplateException(position + comma + 1, $"'{rest[(comma + 1)..]}' is no length; use a number from 1 to 4096.");
            rest = rest[..comma];
        }

        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        var format = colon < 0 ? null : rest[(colon + 1)..];
        rest = colon < 0 ? rest : rest[..colon];
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(rest[(at + 1)..], out var named))
                throw new NameTemplateException(position + at + 1, $"There is no time zone '{rest[(at + 1)..]}'; use a name of the IANA list, such as Europe/Berlin.");
            zone = named;
            rest = rest[..at];
            if (!Times.ContainsKey(rest) && Array.IndexOf(Names, rest) >= 0)
                throw new NameTemplateException(position + at, $"'{rest}' is no time and has no zone.");
        }

        return new NameVariable(rest) { _append = Reader(rest, format, position, position + colon + 1, text, zone), _maximum = maximum, _encoding = encoding };
    }

    public void Append(StringBuilder to, NameValues values)
    {
        var start = to.Length;
        _append(to, values);
        if (_encoding != NameEncoding.None)
        {
            var plain = to.ToString(start, to.Length - start);
            to.Length = start;
            to.Append(NameTemplate.Encode(plain, _encoding));
        }

        if (to.Length - start <= _maximum)
            return;
        to.Length = start + _maximum;
        if (char.IsHighSurrogate(to[^1]))
            to.Length--; // never half a character
    }

    private static Action<StringBuilder, NameValues> Reader(string name, string? format, int position, int formatPosition, string written, TimeZoneInfo zone)
    {
        if (Times.TryGetValue(name, out var time))
        {
            var as_ = new TimeFormat(format ?? TimeFormat.Default, formatPosition, zone);
            return (to, values) =>
            {
                if (time(values) is { } instant)
                    as_.Append(to, instant);
                else
                    to.Append('{').Append(written).Append('}');
            };
        }

        switch (name)
        {
            case "label" when string.IsNullOrEmpty(format):
                throw new NameTemplateException(position, "A label needs its key: {label:KEY}.");
            case "label":
                return (to, values) => AppendFlat(to, values.Labels.GetValueOrDefault(format) ?? "");
            case "sequence":
                if (format is not null && (format.Length is 0 or > 18 || format.Trim('0').Length > 0))
                    throw new NameTemplateException(formatPosition, $"'{format}' is no number of digits; use zeros, such as {{sequence:000}}.");
                var digits = format?.Length ?? 1;
                return (to, values) => to.Append(values.Sequence.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0'));
        }

        if (format is not null && Array.IndexOf(Names, name) >= 0)
            throw new NameTemplateException(formatPosition, $"'{name}' has no format.");
        if (name == "duration")
        {
            return (to, values) =>
            {
                if (values.Duration is { } duration)
                    to.Append((long)duration.TotalMilliseconds);
                else
                    to.Append('{').Append(written).Append('}');
            };
        }

        if (!Texts.TryGetValue(name, out var text))
            throw new NameTemplateException(position, $"There is no variable '{name}'; {Nearest(name)}.");
        return name is "stream" or "baseName" ? (to, values) => to.Append(text(values)) : (to, values) => AppendFlat(to, text(values));
    }

    /// <summary>Only the stream's name and a name that was asked for make folders: a login must not.</summary>
    private static void AppendFlat(StringBuilder to, string value) => to.Append(value.Replace('/', '_'));

    private static string Nearest(string name)
    {
        var (best, distance) = Names.Select(n => (Name: n, Distance: Distance(n.ToUpperInvariant(), name.ToUpperInvariant()))).MinBy(n => n.Distance);
        return distance <= Math.Max(2, name.Length / 2) ? $"did you mean '{best}'?" : $"there are {string.Join(", ", Names)}";
    }

    private static int Distance(string a, string b)
    {
        // Levenshtein, one row at a time; names are short, and what was written may not be.
        b = b.Length > 64 ? b[..64] : b;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
