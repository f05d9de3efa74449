using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord;

/// <summary>A stream as a command names it: <c>[prefix:]name[?query]</c>, the way it was given to publish.</summary>
/// <param name="Name">Without prefix and query: as live streams are called.</param>
/// <param name="Format">What the prefix asks for; null without one, or when it names no container that is recorded here.</param>
internal sealed record StreamReference(string Name, RecordingFormat? Format)
{
    private static readonly (string Prefix, RecordingFormat? Format)[] Prefixes =
    [
        ("mp4:", RecordingFormat.Mp4), ("f4v:", RecordingFormat.Mp4), ("flv:", RecordingFormat.Flv),
        ("mp3:", null), ("id3:", null), ("raw:", null),
    ];

    public static StreamReference Parse(string text)
    {
        var mark = text.IndexOf('?', StringComparison.Ordinal);
        var name = mark < 0 ? text : text[..mark];
        foreach (var (prefix, format) in Prefixes)
        {
            if (name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return new StreamReference(name[prefix.Length..], format);
        }

        return new StreamReference(name, null);
    }
}
