using Tapedeck.Connections;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Host.Modules;

/// <summary>Something that happened and that a module is told of.</summary>
/// <param name="Kind">Which one; names the method.</param>
/// <param name="Subject">Client, stream or recording.</param>
/// <param name="File">The file that was closed.</param>
/// <param name="Reason">Why the stream ended.</param>
internal readonly record struct Notice(ModuleAbilities Kind, object Subject, RecordedFile? File = null, StreamEndReason Reason = default)
{
    public ValueTask TellAsync(IModule module, CancellationToken cancellationToken) => Kind switch
    {
        ModuleAbilities.Connected => ((IModuleOnConnect)module).OnConnectedAsync((IClientConnection)Subject, cancellationToken),
        ModuleAbilities.Disconnected => ((IModuleOnConnect)module).OnDisconnectedAsync((IClientConnection)Subject, cancellationToken),
        ModuleAbilities.StreamStarted => ((IModuleOnStream)module).OnStreamStartedAsync((ILiveStream)Subject, cancellationToken),
        ModuleAbilities.StreamEnded => ((IModuleOnStream)module).OnStreamEndedAsync((ILiveStream)Subject, Reason, cancellationToken),
        ModuleAbilities.RecordingStarted => ((IModuleOnRecording)module).OnRecordingStartedAsync((IRecording)Subject, cancellationToken),
        ModuleAbilities.FileClosed => ((IModuleOnRecording)module).OnFileClosedAsync((IRecording)Subject, File!, cancellationToken),
        ModuleAbilities.RecordingEnded => ((IModuleOnRecording)module).OnRecordingEndedAsync((IRecording)Subject, cancellationToken),
        _ => throw new InvalidOperationException($"{Kind} is no notice"),
    };
}
