using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Tapedeck.Engine.Recording;

/// <summary>How much of a recording a loss of power may take.</summary>
public enum Durability
{
    /// <summary>The system writes back when it likes; a file is synced when it is finished.</summary>
    None,

    /// <summary>Each fragment is on the medium before it becomes visible.</summary>
    Fragment,

    /// <summary>As fragment, and the write that makes it visible is synced too.</summary>
    Strict,
}

/// <summary>Settings of recordings (section <c>recording</c>).</summary>
public sealed record RecordingSettings
{
    /// <summary>Media time that an MP4 fragment covers: what a crash can cost.</summary>
    [Description("Media time of one MP4 fragment: the most that a crash can cost")]
    public TimeSpan FragmentDuration { get; init; } = TimeSpan.FromMilliseconds(900);

    /// <summary>The same for FLV, which has no fragments: time between two writes.</summary>
    [Description("Media time between two writes of an FLV file: the most that a crash can cost")]
    public TimeSpan FlvFlushDuration { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the header waits for a track that the metadata announces.</summary>
    [Description("How long a new file waits for a track that the encoder's metadata announces; a track that comes later starts a new file")]
    public TimeSpan TrackWait { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Memory in which a recording may lag behind its stream while the disk is slow.</summary>
    [Description("Memory per recording that bridges a slow disk; what does not fit is lost and said")]
    [Range(1L << 20, 1L << 32)]
    public long MaxLagBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Recordings of one application instance that may wait for their publishers' return at a time.</summary>
    [Description("Recordings of one application instance that may wait at a time for their publishers' return (recordingGrace); one more ends with its stream")]
    [Range(0, 1_000_000)]
    public int MaximumAwaitingReturn { get; init; } = 1000;

    /// <summary>Requests to record streams that need not exist, of one application instance.</summary>
    [Description("Requests of one application instance to record streams that are not live yet; one more is refused")]
    [Range(0, 1_000_000)]
    public int MaximumRequests { get; init; } = 1000;

    /// <summary>What a loss of power may take.</summary>
    [Description("What a loss of power may take: none, fragment or strict")]
    public Durability Durability { get; init; } = Durability.None;

    /// <summary>Disk jobs that may wait for one disk.</summary>
    [Description("Writes that may wait for one disk; further recordings wait in their streams' logs")]
    [Range(1, 1_000_000)]
    public int VolumeQueue { get; init; } = 4096;
}
