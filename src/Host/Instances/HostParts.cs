using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Streams;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Plugins;
using Tapedeck.Host.Steps;

namespace Tapedeck.Host.Instances;

/// <summary>What all application instances of a host share.</summary>
internal sealed record HostParts(
    StreamOptions StreamOptions,
    RecordingSettings RecordingSettings,
    ModulesOptions ModulesOptions,
    PluginCatalog Plugins,
    SlabPool Slabs,
    FileClaims Claims,
    VolumeSet Volumes,
    RecordingCatalog? Catalog,
    FileInspector Inspector,
    BuiltInSteps BuiltInSteps,
    TimeProvider Time,
    ILoggerFactory Loggers);
