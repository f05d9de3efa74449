using System.Text;

namespace Tapedeck.Engine.Naming;

/// <summary>Templates of other systems, translated into ours.</summary>
public static class NameDialects
{
    private static readonly Dictionary<string, string> Wowza = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SourceStreamName"] = "{stream}",
        ["BaseFileName"] = "{baseName}",
        ["SegmentNumber"] = "{sequence}",
        ["RecordingStartTime"] = "{startTime:" + TimeFormat.Default + "}",
        ["SegmentTime"] = "{segmentTime:" + TimeFormat.Default + "}",
    };

    // The lengths are those that the product documents for each.
    private static readonly Dictionary<string, string> Flashphoner = new(StringComparer.Ordinal)
    {
        ["streamName"] = "{stream}",
        ["startTime"] = "{startTime:unixms,20}",
        ["startTimeMillis"] = "{startTime:unixms,20}",
        ["endTime"] = "{endTime:unixms,20}",
        ["endTimeMillis"] = "{endTime:unixms,20}",
        ["duration"] = "{duration}",
        ["sessionId"] = "{sessionId,60}",
        ["mediaSessionId"] = "{label:" + MediaSessionLabel + ",36}",
        ["login"] = "{login,32}",
        ["audioCodec"] = "{audioCodec,4}",
        ["videoCodec"] = "{videoCodec,4}",
    };

    /// <summary>The label that a front door sets to the identity of its media session.</summary>
    public const string MediaSessionLabel = "mediaSessionId";

    /// <summary>From <c>${SourceStreamName}_${RecordingStartTime}_${SegmentNumber}</c>.</summary>
    /// <exception cref="NameTemplateException">A tag is not known or not closed.</exception>
    public static string FromWowza(string template) => Translate(template, "${", Wowza);

    /// <summary>From <c>stream-{mediaSessionId}-{login}</c>.</summary>
    /// <exception cref="NameTemplateException">A placeholder is not known or not closed.</exception>
    public static string FromFlashphoner(string template) => Translate(template, "{", Flashphoner);

    private static string Translate(string template, string opening, Dictionary<string, string> names)
    {
        var ours = new StringBuilder();
        for (var i = 0; i < template.Length;)
        {
            if (string.CompareOrdinal(template, i, opening, 0, opening.Length) != 0)
            {
                var c = template[i++];
                ours.Append(c);
                if (c is '{' or '}')
                    ours.Append(c);
                continue;
            }

            var start = i + opening.Length;
            var end = template.IndexOf('}', start);
            if (end < 0)
                throw new NameTemplateException(i + 1, $"This '{opening}' is never closed.");
            var name = template[start..end];
            if (!names.TryGetValue(name, out var variable))
                throw new NameTemplateException(start + 1, $"There is no '{opening}{name}}}'; there are {string.Join(", ", names.Keys.Select(n => opening + n + "}"))}.");
            ours.Append(variable);
            i = end + 1;
        }

        return ours.ToString();
    }
}
