using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>Settings of recordings (section <c>recording</c>).</summary>
public sealed record RecordingSettings
{
    /// <summary>Media time that an MP4 fragment covers: what a crash can cost.</summary>
    [Description("Media time of one MP4 fragment: the most that a crash can cost")]
    public TimeSpan FragmentDuration { get; init; } = TimeSpan.FromMilliseconds(850);

    /// <summary>The same for FLV, which has no fragments: time between two writes.</summary>
    [Description("Media time between two writes of an FLV or MPEG-TS file; a crash inside a write costs that write and what came after it")]
    public TimeSpan FlvFlushDuration { get; init; } = TimeSpan.FromMilliseconds(175);

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

    /// <summary>How long a recording that was stopped, or whose stream ended, tries to write what is left to a disk that takes nothing.</summary>
    [Description("How long a recording that was stopped, or whose stream ended, goes on trying to write its rest to a disk that takes nothing")]
    public TimeSpan DiskPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Room on each volume that recordings leave free, at most a hundredth of the volume.</summary>
    [Description("Room that recordings leave free on each volume, at most 1 % of it; below, they pause. 0: they fill it. storageFreeSpace of an application overrides both")]
    [Range(0, long.MaxValue)]
    public long FreeSpaceBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>True: what cannot be written now is refused. False: it is recorded as soon as the disk is well.</summary>
    [Description("Refuse to publish (or record) when the storage directory cannot be written, instead of waiting for the disk with an alarm")]
    public bool RefuseWithoutDisk { get; init; }

    /// <summary>From which length on a silence of the encoder is entered in the ledger.</summary>
    [Description("A silence of the encoder from this length on is entered in the recording's ledger; its time stays in the recording")]
    public TimeSpan NotedGap { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest step forward of the encoder's clock that is taken for a silence.</summary>
    [Description("A longer step forward of the encoder's clock is a leap: it is taken out of the recording")]
    public TimeSpan LongestGap { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From which length on media that comes faster than time passes is entered in the ledger.</summary>
    [Description("Media that is this much ahead of the time it took to come is entered in the recording's ledger as a burst")]
    public TimeSpan NotedBurst { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How far the encoder's clock may move away from the wall clock until it is entered in the ledger.</summary>
    [Description("How far the encoder's clock may drift from the wall clock until it is entered in the recording's ledger; 0 never")]
    public TimeSpan DriftThreshold { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Disk jobs that may wait for one disk.</summary>
    [Description("Writes that may wait for one disk; further recordings wait in their streams' logs")]
    [Range(1, 1_000_000)]
    public int VolumeQueue { get; init; } = 4096;

    /// <summary>Labels that a recording may have.</summary>
    [Description("Labels that one recording may have")]
    [Range(0, 10_000)]
    public int MaxLabels { get; init; } = 32;

    /// <summary>Characters that a label's key or value may have.</summary>
    [Description("Characters that the key or the value of a label may have")]
    [Range(1, 65_536)]
    public int MaxLabelLength { get; init; } = 1024;
}
