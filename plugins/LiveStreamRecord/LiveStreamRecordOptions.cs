using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord;

/// <summary>
/// What <c>startRecording</c> does where the command leaves an option out. Set by the application's properties
/// <c>liveStreamRecordFormat</c>, <c>liveStreamRecordStartOnKeyFrame</c>, …; what is not set is as the application records by itself.
/// </summary>
[ModuleOptions("liveStreamRecord")]
public sealed class LiveStreamRecordOptions
{
    /// <summary>Container when neither the command nor a name in it says one; null: the application's default.</summary>
    public RecordingFormat? Format { get; set; }

    /// <summary>Begin with a video key frame.</summary>
    public bool? StartOnKeyFrame { get; set; }

    /// <summary>Record script data too.</summary>
    public bool? RecordData { get; set; }

    /// <summary>True: an existing file stays and the new one gets the next free name. False: an existing file is replaced.</summary>
    public bool? VersionFile { get; set; }

    /// <summary>How far in the past a recording starts at most, as far as the application's property <c>preroll</c> keeps it; null: it starts with the command.</summary>
    public TimeSpan? Preroll { get; set; }

    /// <summary>
    /// Whether <c>startRecording</c> may name streams that are not live yet, or are published by others (<c>waitForStream</c>, <c>keepAlive</c>, <c>persist</c>). Whoever may
    /// connect may then have any stream of the application recorded.
    /// </summary>
    public bool Requests { get; set; }

    /// <summary>Go on at the end of an existing file; goes before <see cref="VersionFile"/>.</summary>
    public bool? Append { get; set; }
}
