namespace Tapedeck.Recordings;

/// <summary>What people call the formats: in configuration, commands and the catalog.</summary>
public static class RecordingFormatNames
{
    private static readonly (string Name, RecordingFormat Format)[] All =
    [
        ("mp4", RecordingFormat.Mp4),
        ("flv", RecordingFormat.Flv),
        ("fmp4", RecordingFormat.FragmentedMp4),
        ("ts", RecordingFormat.MpegTs),
        ("webm", RecordingFormat.WebM),
        ("mkv", RecordingFormat.Matroska),
    ];

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(f => f.Name)];

    /// <summary>The format of a name, in any case; null when there is none.</summary>
    public static RecordingFormat? Find(string name)
    {
        foreach (var (known, format) in All)
        {
            if (known.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))
                return format;
        }

        return null;
    }

    /// <summary>The name of a format.</summary>
    public static string NameOf(RecordingFormat format) => Array.Find(All, f => f.Format == format).Name ?? format.ToString();
}
