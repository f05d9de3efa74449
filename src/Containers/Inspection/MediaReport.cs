using Tapedeck.Media;

namespace Tapedeck.Containers.Inspection;

/// <summary>What a media file holds, as a player would find it. Times are on the file's presentation time line.</summary>
public sealed record MediaReport
{
    /// <summary>The container, in words: "MP4, fragmented".</summary>
    public string Format { get; init; } = "";

    /// <summary>How long the file plays, as its index or last frame says.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The wall clock at the first frame; null when the file does not say.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>True when it has its complete index; false when it was cut off or is still growing.</summary>
    public bool IsFinished { get; init; }

    /// <summary>Its fragments or clusters; null when it has none.</summary>
    public FragmentSummary? Fragments { get; init; }

    /// <summary>In order of their ids.</summary>
    public IReadOnlyList<TrackReport> Tracks { get; init; } = [];

    /// <summary>What an operator should know, one sentence each; empty for a file that is as it should be. Gaps are no problem by themselves.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}

/// <summary>What one track holds.</summary>
public sealed record TrackReport
{
    /// <summary>The track as its last frame has it.</summary>
    public required Track Track { get; init; }

    /// <summary>Frames of it.</summary>
    public long Frames { get; init; }

    /// <summary>Frames that a decoder can start with.</summary>
    public long KeyFrames { get; init; }

    /// <summary>Of all frames, without what the container adds.</summary>
    public long Bytes { get; init; }

    /// <summary>When its first frame is presented.</summary>
    public TimeSpan Start { get; init; }

    /// <summary>When its last frame has been presented.</summary>
    public TimeSpan End { get; init; }

    /// <summary>Bits a second from start to end; 0 when that is no time.</summary>
    public long BitRate { get; init; }

    /// <summary>Frames a second, gaps left out; 0 when there are fewer than two.</summary>
    public double FrameRate { get; init; }

    /// <summary>From key frame to key frame; null for sound, and for fewer than two key frames.</summary>
    public KeyFrameIntervals? KeyFrameIntervals { get; init; }

    /// <summary>How often its configuration (codec, size, parameter sets) changed.</summary>
    public int Changes { get; init; }

    /// <summary>What it is in each part between two changes; the first of many. Empty when it never changes.</summary>
    public IReadOnlyList<TrackPart> Parts { get; init; } = [];

    /// <summary>The first of its gaps.</summary>
    public IReadOnlyList<MediaGap> Gaps { get; init; } = [];

    /// <summary>How many gaps there are.</summary>
    public long GapCount { get; init; }

    /// <summary>The sum of all gaps.</summary>
    public TimeSpan GapTotal { get; init; }
}

/// <summary>A time of which a track has nothing: the frame before it had ended, and the next one was not yet due.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">How long it lasts.</param>
public readonly record struct MediaGap(TimeSpan Start, TimeSpan Length);

/// <summary>A part of a track that is described alike: in MP4, a stretch with one sample description.</summary>
/// <param name="Start">When its first frame is presented.</param>
/// <param name="Track">The track as it is there.</param>
public readonly record struct TrackPart(TimeSpan Start, Track Track);

/// <summary>How far key frames are apart.</summary>
public readonly record struct KeyFrameIntervals(TimeSpan Shortest, TimeSpan Average, TimeSpan Longest);
