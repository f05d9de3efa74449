using System.Collections.Concurrent;
using Tapedeck.Connections;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Settings;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Host.Tests.Modules;

/// <summary>A module whose every answer a test chooses, and that writes down what it was asked and told.</summary>
internal sealed class SpyModule(string name, ConcurrentQueue<string> calls) : IModuleOnApp, IModuleOnConnect, IModuleOnStream, IModuleOnRecording, IAsyncDisposable
{
    public Func<CancellationToken, ValueTask<Decision>> Decide { get; init; } = _ => new(Decision.Allow);

    public Func<string, CancellationToken, ValueTask> Told { get; init; } = (_, _) => default;

    public ValueTask OnAppStartAsync(CancellationToken cancellationToken) => Tell("start", cancellationToken);

    public ValueTask OnAppStopAsync(CancellationToken cancellationToken) => Tell("stop", cancellationToken);

    public ValueTask DisposeAsync() => Tell("dispose", default);

    public ValueTask<Decision> OnConnectingAsync(IClientConnection client, CancellationToken cancellationToken) => Ask("connecting", cancellationToken);

    public ValueTask OnConnectedAsync(IClientConnection client, CancellationToken cancellationToken) => Tell("connected " + client.Id, cancellationToken);

    public ValueTask OnDisconnectedAsync(IClientConnection client, CancellationToken cancellationToken) => Tell("disconnected " + client.Id, cancellationToken);

    public ValueTask<Decision> OnPublishingAsync(PublishRequest request, CancellationToken cancellationToken) => Ask("publishing " + request.StreamName, cancellationToken);

    public ValueTask<Decision> OnPlayingAsync(PlayRequest request, CancellationToken cancellationToken) => Ask("playing " + request.StreamName, cancellationToken);

    public ValueTask OnStreamStartedAsync(ILiveStream stream, CancellationToken cancellationToken) => Tell("stream started", cancellationToken);

    public ValueTask OnStreamEndedAsync(ILiveStream stream, StreamEndReason reason, CancellationToken cancellationToken) => Tell("stream ended " + reason, cancellationToken);

    public ValueTask<Decision> OnRecordingStartingAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken) => Ask("recording " + options.FileName, cancellationToken);

    public ValueTask OnRecordingStartedAsync(IRecording recording, CancellationToken cancellationToken) => Tell("recording started", cancellationToken);

    public ValueTask OnFileClosedAsync(IRecording recording, RecordedFile file, CancellationToken cancellationToken) => Tell("file closed " + file.Path, cancellationToken);

    public ValueTask OnRecordingEndedAsync(IRecording recording, CancellationToken cancellationToken) => Tell("recording ended", cancellationToken);

    private ValueTask<Decision> Ask(string what, CancellationToken cancellationToken)
    {
        calls.Enqueue($"{name} {what}");
        return Decide(cancellationToken);
    }

    private ValueTask Tell(string what, CancellationToken cancellationToken)
    {
        calls.Enqueue($"{name} {what}");
        return Told(what, cancellationToken);
    }
}

/// <summary>Cares for one notice and leaves all else to the defaults.</summary>
internal sealed class QuietModule : IModuleOnConnect, IModuleOnStream;

internal sealed class CommandModule(string name, Func<CommandCall, CancellationToken, ValueTask<CommandResult>> answer) : IModule
{
    public string Name { get; } = name;

    [Command("ask")]
    [Command("other")]
    private ValueTask<CommandResult> Answer(CommandCall call, CancellationToken cancellationToken) => answer(call, cancellationToken);
}

internal sealed class AnyCommandModule(Func<CommandCall, CancellationToken, ValueTask<CommandResult>> answer) : IModuleOnCall
{
    public ValueTask<CommandResult> OnCallAsync(CommandCall call, CancellationToken cancellationToken) => answer(call, cancellationToken);
}

internal sealed class WronglyMarkedModule : IModule
{
    [Command("ask")]
    public string Answer(CommandCall call) => call.Name;
}

internal sealed class TwiceMarkedModule : IModule
{
    [Command("ask")]
    public ValueTask<CommandResult> First(CommandCall call, CancellationToken cancellationToken) => new(CommandResult.Ok());

    [Command("ask")]
    public ValueTask<CommandResult> Second(CommandCall call, CancellationToken cancellationToken) => new(CommandResult.Ok());
}

internal static class TestModule
{
    public static LoadedModule As(this IModule module, string name) => new(new ModuleEntry(name, "", module.GetType().FullName!, new SourceLocation("app.yaml", 1, 1)), module, null, null);
}
