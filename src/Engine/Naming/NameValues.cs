using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Naming;

/// <summary>What a name template may name. What is not known is left out of the name.</summary>
public sealed record NameValues
{
    /// <summary>Name of the stream; its slashes make folders.</summary>
    public string Stream { get; init; } = "";

    /// <summary>Name of the application.</summary>
    public string Application { get; init; } = "";

    /// <summary>Name of the instance.</summary>
    public string Instance { get; init; } = "";

    /// <summary>The file name that was asked for, without extension; its slashes make folders.</summary>
    public string BaseName { get; init; } = "";

    /// <summary>The recording.</summary>
    public Guid RecordingId { get; init; }

    /// <summary>The publisher's session.</summary>
    public string SessionId { get; init; } = "";

    /// <summary>Wall clock of the recording's first frame.</summary>
    public DateTimeOffset StartTime { get; init; }

    /// <summary>Wall clock of the file's first frame; null: that of the recording.</summary>
    public DateTimeOffset? SegmentTime { get; init; }

    /// <summary>Wall clock of the file's last frame; null while it is not known, then its place in the name stays as it is written.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>How long the file plays; null while it is not known.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Number of the file within its recording.</summary>
    public long Sequence { get; init; }

    /// <summary>Short name of the video codec.</summary>
    public string VideoCodec { get; init; } = "";

    /// <summary>Short name of the audio codec.</summary>
    public string AudioCodec { get; init; } = "";

    /// <summary>Who publishes.</summary>
    public string Login { get; init; } = "";

    /// <summary>Short name of the container.</summary>
    public string Format { get; init; } = "";

    /// <summary>Labels of the recording.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>With the codecs of these tracks.</summary>
    public NameValues WithTracks(IReadOnlyList<Track> tracks) => this with { VideoCodec = Codec(tracks, TrackKind.Video), AudioCodec = Codec(tracks, TrackKind.Audio) };

    private static string Codec(IReadOnlyList<Track> tracks, TrackKind kind)
    {
        foreach (var track in tracks)
        {
            if (track.Kind == kind)
                return track.Codec.ToString().ToLowerInvariant();
        }

        return "";
    }
}

/// <summary>What holds for a whole template.</summary>
public sealed record NameTemplateOptions
{
    /// <summary>Zone of the times that name none.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>How the whole name is written, folder by folder.</summary>
    public NameEncoding Encoding { get; init; }

    /// <summary>Characters that are taken out of the name, before it is encoded. Slashes of folders stay.</summary>
    public string Remove { get; init; } = "";
}

/// <summary>A template is wrong.</summary>
/// <param name="position">Of the first wrong character, from 1.</param>
/// <param name="message">What is wrong and what would be right.</param>
public sealed class NameTemplateException(int position, string message) : FormatException($"{message} (position {position})")
{
    /// <summary>Of the first wrong character, from 1.</summary>
    public int Position { get; } = position;
}
