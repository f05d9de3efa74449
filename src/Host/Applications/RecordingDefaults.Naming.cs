using System.Text;
using System.Text.RegularExpressions;
using Tapedeck.Engine.Naming;
using Tapedeck.Host.Settings;
using Tapedeck.Recordings;

namespace Tapedeck.Host.Applications;

/// <summary>What files are called, and how versions are told apart.</summary>
internal sealed partial class RecordingDefaults
{
    private const string WowzaDelegate = "streamRecorderFileVersionDelegate";
    private const string WowzaTemplate = "streamRecorderFileVersionTemplate";

    /// <summary>Wowza's tags and ours.</summary>
    private static readonly Dictionary<string, string> Tags = new(StringComparer.Ordinal)
    {
        ["SourceStreamName"] = "{stream}",
        ["BaseFileName"] = "{baseName}",
        ["SegmentNumber"] = "{sequence}",
        ["RecordingStartTime"] = "{startTime}",
        ["SegmentTime"] = "{segmentTime}",
    };

    private NamingOptions Naming(string? zone) => new()
    {
        Template = Text("recordingName", static text => NameTemplate.Parse(text)),
        StampTemplate = Text("recordingStampName", static text => NameTemplate.Parse(text)) ?? WowzaStamp(),
        TimeZone = zone,
        Encoding = Value<NameEncoding>("recordingNameEncoding") ?? NameEncoding.None,
        Remove = properties.GetString("recordingNameRemove", "")!,
    };

    /// <summary>Who gives a template for stamped names wants them.</summary>
    private FileVersioning Versioning(NamingOptions naming) =>
        Value<FileVersioning>("recordingVersioning") ?? Delegate() ?? (naming.StampTemplate is null ? FileVersioning.Number : FileVersioning.Stamp);

    private FileVersioning? Delegate()
    {
        if (properties.Find(WowzaDelegate) is not { Value.Length: > 0 } property)
            return null;
        if (DelegateClass().Match(property.Value) is { Success: true } known)
            return known.Groups["simple"].Success ? FileVersioning.RenameOld : FileVersioning.Stamp;
        error(
            property.Location,
            $"{WowzaDelegate}: {ValueText.Quoted(property.Value)} cannot be run here; write StreamRecorderSimpleFileVersionDelegate or StreamRecorderFileVersionDelegate, or set recordingVersioning instead");
        return null;
    }

    /// <summary>The classes that Wowza has come with, with or without their package.</summary>
    [GeneratedRegex(@"(^|\.)(Live)?StreamRecord(er)?(?<simple>Simple)?FileVersionDelegate$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DelegateClass();

    private string? WowzaStamp()
    {
        if (properties.Find(WowzaTemplate) is not { Value.Length: > 0 } property)
            return null;
        var text = property.Value;
        var template = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            var end = text.AsSpan(i).StartsWith("${") ? text.IndexOf('}', i) : -1;
            if (end < 0)
            {
                template.Append(text[i] is '{' or '}' ? new string(text[i], 2) : text[i].ToString());
                i++;
            }
            else if (Tags.TryGetValue(text[(i + 2)..end], out var tag))
            {
                template.Append(tag);
                i = end + 1;
            }
            else
            {
                error(property.Location, $"{WowzaTemplate}: there is no ${{{text[(i + 2)..end]}}}{Nearest.HintOrAll(text[(i + 2)..end], Tags.Keys)}");
                return null;
            }
        }

        return template.ToString();
    }
}
