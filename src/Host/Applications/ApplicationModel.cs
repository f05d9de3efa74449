using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Streams;
using Tapedeck.Host.Settings;
using Tapedeck.Recordings;
using Tapedeck.Steps;

namespace Tapedeck.Host.Applications;

/// <summary>What happens when a name is published that is already live.</summary>
internal enum DuplicatePublish
{
    /// <summary>The one who is live stays; the newcomer is refused.</summary>
    Refuse,

    /// <summary>The newcomer takes the name over; the one who was live is disconnected from it.</summary>
    Takeover,
}

/// <summary>A module that an application lists.</summary>
/// <param name="Name">Name for people; the class when the file gives none.</param>
/// <param name="Description">Free text.</param>
/// <param name="Class">.NET type name or alias.</param>
/// <param name="Location">Where it is listed.</param>
internal sealed record ModuleEntry(string Name, string Description, string Class, SourceLocation Location);

/// <summary>A step that an application lists.</summary>
/// <param name="Definition">What it is.</param>
/// <param name="Location">Where it is listed.</param>
internal sealed record StepEntry(StepDefinition Definition, SourceLocation Location);

/// <summary>One application as it is to be served. Immutable; made once per file, swapped whole.</summary>
internal sealed record ApplicationModel
{
    /// <summary>The folder's name.</summary>
    public required string Name { get; init; }

    public required string File { get; init; }

    /// <summary>Wowza's AppType; free text here.</summary>
    public string AppType { get; init; } = "Live";

    public string Description { get; init; } = "";

    public StreamType StreamType { get; init; } = StreamType.Live;

    /// <summary>Where recordings go, per instance.</summary>
    public required StorageDirectory Storage { get; init; }

    public ApplicationProperties Properties { get; init; } = ApplicationProperties.None;

    /// <summary>Modules in the order in which they are asked.</summary>
    public IReadOnlyList<ModuleEntry> Modules { get; init; } = [];

    /// <summary>What is done after events of its recordings, in order.</summary>
    public IReadOnlyList<StepEntry> Steps { get; init; } = [];

    /// <summary>Absolute folders beside the storage directory into which steps may move and copy files.</summary>
    public IReadOnlyList<string> StepDirectories { get; init; } = [];

    /// <summary>Container of recordings for which nobody asks for another.</summary>
    public RecordingFormat RecordingFormat { get; init; } = RecordingFormat.Mp4;

    /// <summary>How what is recorded for the application itself is recorded; the format apart.</summary>
    public RecordingOptions Recording { get; init; } = new();

    /// <summary>How full the storage directory may get.</summary>
    public StoragePolicy StoragePolicy { get; init; } = new();

    /// <summary>What is removed from it.</summary>
    public RetentionPolicy Retention { get; init; } = new();

    /// <summary>How much of the past its streams keep for recordings that begin there.</summary>
    public Preroll Preroll { get; init; } = Preroll.None;

    public DuplicatePublish DuplicatePublish { get; init; }
}
