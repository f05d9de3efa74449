using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Tapedeck.Steps;

namespace Tapedeck.S3Upload;

/// <summary>Template of an object's name, such as <c>{application}/{startTime:yyyy/MM/dd}/{file}</c>.</summary>
internal sealed partial class KeyTemplate
{
    private const string Known = "{path}, {file}, {name}, {extension}, {format}, {sequence}, {application}, {instance}, {stream}, {recordingId}, {fileId}, {startTime:FORMAT}, {recordingTime:FORMAT}, {label:KEY}";

    private readonly List<(string Text, string? Variable, string? Detail)> _pieces = [];

    private KeyTemplate()
    {
    }

    /// <param name="text">The template; Wowza's <c>${com.wowza.wms.context.…}</c> count too.</param>
    /// <param name="property">Where it stands, for problems.</param>
    /// <param name="problems">Gets what is wrong with it.</param>
    public static KeyTemplate Parse(string text, string property, ICollection<string> problems)
    {
        var template = new KeyTemplate();
        text = WowzaVariable().Replace(text, match => match.Groups[1].Value switch
        {
            "Application" => "{application}",
            "ApplicationInstance" => "{instance}",
            "StreamName" => "{stream}",
            "VHost" => "_defaultVHost_",
            _ => match.Value,
        });
        var position = 0;
        while (position < text.Length)
        {
            var open = text.IndexOf('{', position);
            var close = open < 0 ? -1 : text.IndexOf('}', open);
            if (open >= 0 && close < 0)
            {
                problems.Add($"{property}: '{text}' has a '{{' without a '}}'");
                break;
            }

            template._pieces.Add((open < 0 ? text[position..] : text[position..open], null, null));
            if (open < 0)
                break;
            template.Add(text[(open + 1)..close], property, problems);
            position = close + 1;
        }

        return template;
    }

    /// <summary>The name for a file, cleaned.</summary>
    public string Expand(StepRecording recording, StepFile file)
    {
        var result = new StringBuilder();
        foreach (var (text, variable, detail) in _pieces)
            result.Append(text).Append(variable is null ? "" : Value(variable, detail, recording, file));
        return ObjectName.Clean(result.ToString());
    }

    private static string Value(string variable, string? detail, StepRecording recording, StepFile file) => variable switch
    {
        "path" => file.Name,
        "file" => FileName(file),
        "name" => FileName(file)[..^ObjectName.ExtensionOf(FileName(file)).Length],
        "extension" => ObjectName.ExtensionOf(FileName(file)).TrimStart('.'),
        "format" => file.Format,
        "sequence" => file.Sequence.ToString(detail ?? "0", CultureInfo.InvariantCulture),
        "application" => ObjectName.Escape(recording.Application, false),
        "instance" => ObjectName.Escape(recording.Instance, false),
        "stream" => ObjectName.Escape(recording.Stream, true),
        "recordingid" => recording.Id.ToString("N"),
        "fileid" => file.Id.ToString("N"),
        "starttime" => Time(file.StartedAt, detail),
        "recordingtime" => Time(recording.StartedAt ?? recording.RequestedAt, detail),
        _ => ObjectName.Escape(recording.Labels.GetValueOrDefault(detail ?? "", ""), false),
    };

    private static string FileName(StepFile file) => file.Name[(file.Name.LastIndexOf('/') + 1)..];

    private static string Time(DateTimeOffset time, string? format) => time.UtcDateTime.ToString(format ?? "yyyy-MM-dd-HH.mm.ss.fff", CultureInfo.InvariantCulture);

    private void Add(string inside, string property, ICollection<string> problems)
    {
        var colon = inside.IndexOf(':', StringComparison.Ordinal);
        var variable = (colon < 0 ? inside : inside[..colon]).Trim().ToLowerInvariant();
        var detail = colon < 0 ? null : inside[(colon + 1)..];
        var isKnown = variable is "path" or "file" or "name" or "extension" or "format" or "sequence" or "application" or "instance" or "stream" or "recordingid" or "fileid"
            or "starttime" or "recordingtime" || (variable == "label" && detail is { Length: > 0 });
        if (!isKnown)
        {
            problems.Add($"{property} knows no {{{inside}}}; it knows {Known}");
            return;
        }

        if (variable is "starttime" or "recordingtime" && detail is not null && !IsFormat(detail))
            problems.Add($"{property}: '{detail}' is no format of a time; write one such as yyyy/MM/dd");
        _pieces.Add(("", variable, detail));
    }

    private static bool IsFormat(string format)
    {
        try
        {
            return DateTime.UnixEpoch.ToString(format, CultureInfo.InvariantCulture).Length > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\$\{com\.wowza\.wms\.context\.(\w+)\}")]
    private static partial Regex WowzaVariable();
}
