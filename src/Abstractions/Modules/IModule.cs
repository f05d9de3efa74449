using Tapedeck.Connections;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Modules;

/// <summary>
/// A class that an application lists among its modules. One instance per application instance, made by its constructor from what it
/// asks for (<see cref="Applications.IApplicationInstance"/>, <see cref="IRecorder"/>, <see cref="TimeProvider"/>, <see cref="ModuleFolders"/>, a logger, an
/// options class marked <see cref="ModuleOptionsAttribute"/>). It implements any of the small interfaces below, or has methods marked
/// <see cref="CommandAttribute"/>. Disposed (IAsyncDisposable or IDisposable) when the instance stops.
/// </summary>
public interface IModule;

/// <summary>Told when its application instance starts and stops.</summary>
public interface IModuleOnApp : IModule
{
    /// <summary>The instance starts; no client has connected yet. An exception stops the start of this module only.</summary>
    ValueTask OnAppStartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The instance stops; every connection and recording has ended.</summary>
    ValueTask OnAppStopAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Asked before, and told after, a client connects.</summary>
public interface IModuleOnConnect : IModule
{
    /// <summary>A client wants to connect. A refusal, a timeout or an exception refuses it.</summary>
    ValueTask<Decision> OnConnectingAsync(IClientConnection client, CancellationToken cancellationToken) => new(Decision.Allow);

    /// <summary>A client has connected.</summary>
    ValueTask OnConnectedAsync(IClientConnection client, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A client is gone.</summary>
    ValueTask OnDisconnectedAsync(IClientConnection client, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Asked before, and told after, a stream is published or played.</summary>
public interface IModuleOnStream : IModule
{
    /// <summary>A client wants to publish. A refusal, a timeout or an exception refuses it.</summary>
    ValueTask<Decision> OnPublishingAsync(PublishRequest request, CancellationToken cancellationToken) => new(Decision.Allow);

    /// <summary>A client wants to play. A refusal, a timeout or an exception refuses it.</summary>
    ValueTask<Decision> OnPlayingAsync(PlayRequest request, CancellationToken cancellationToken) => new(Decision.Allow);

    /// <summary>A stream is live; its tracks may not be known yet.</summary>
    ValueTask OnStreamStartedAsync(ILiveStream stream, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A stream has ended.</summary>
    ValueTask OnStreamEndedAsync(ILiveStream stream, StreamEndReason reason, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Asked before a recording starts, told what becomes of it.</summary>
public interface IModuleOnRecording : IModule
{
    /// <summary>A recording is about to start. A refusal, a timeout or an exception refuses it.</summary>
    ValueTask<Decision> OnRecordingStartingAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken) => new(Decision.Allow);

    /// <summary>The first bytes are on disk.</summary>
    ValueTask OnRecordingStartedAsync(IRecording recording, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A file is complete and will not change any more.</summary>
    ValueTask OnFileClosedAsync(IRecording recording, RecordedFile file, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The recording has ended, for the reason that <see cref="IRecording.EndReason"/> tells.</summary>
    ValueTask OnRecordingEndedAsync(IRecording recording, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Answers commands that no module defines by <see cref="CommandAttribute"/>.</summary>
public interface IModuleOnCall : IModule
{
    /// <summary>Answers, or passes on with <see cref="CommandCall.PassUpAsync"/>.</summary>
    ValueTask<CommandResult> OnCallAsync(CommandCall call, CancellationToken cancellationToken);
}
