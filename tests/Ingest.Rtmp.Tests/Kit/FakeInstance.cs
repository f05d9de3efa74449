using System.Collections.Concurrent;
using Tapedeck.Applications;
using Tapedeck.Connections;
using Tapedeck.Engine.Streams;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>An application instance with real streams, whose decisions a test makes.</summary>
internal sealed class FakeInstance(string application, SlabPool pool, TimeProvider time) : IApplicationInstance, IDisposable
{
    private readonly StreamRegistry _registry = new(application, "_definst_", pool, new StreamOptions(), time);
    private readonly ConcurrentQueue<FrameTap> _taps = new();
    private int _connected;
    private int _disconnected;

    public string Application => application;

    public string Name => "_definst_";

    public IApplicationProperties Properties => throw new NotSupportedException();

    public IReadOnlyCollection<ILiveStream> Streams => _registry.Streams;

    public IRecorder Recorder => throw new NotSupportedException();

    public Func<IClientConnection, ValueTask<Decision>> OnConnect { get; set; } = _ => new(Decision.Allow);

    /// <summary>Asked after the checks of the name; null lets it through.</summary>
    public Func<PublishRequest, ValueTask<PublishResult?>> OnPublish { get; set; } = _ => new((PublishResult?)null);

    public Func<CommandCall, CancellationToken, ValueTask<CommandResult>> OnCall { get; set; } = (_, _) => new(CommandResult.NotHandled);

    /// <summary>The recording that goes with a stream.</summary>
    public Func<ILiveStream, IRecording?> Record { get; set; } = _ => null;

    /// <summary>False when a test reads the log by itself.</summary>
    public bool HasTaps { get; set; } = true;

    public ConcurrentQueue<PublishRequest> Published { get; } = new();

    public ConcurrentQueue<PlayRequest> Played { get; } = new();

    public ConcurrentQueue<CheckedPublisher> Publishers { get; } = new();

    public ConcurrentQueue<IClientConnection> Clients { get; } = new();

    /// <summary>What was done that the contract of a publisher forbids.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    public int Connected => Volatile.Read(ref _connected);

    public int Disconnected => Volatile.Read(ref _disconnected);

    public ILiveStream? FindStream(string name) => _registry.Find(name);

    /// <summary>The reader of the newest stream of this name.</summary>
    public FrameTap Tap(string name) => _taps.Last(t => t.Stream.Name == name);

    public async ValueTask<Decision> ConnectAsync(IClientConnection client, CancellationToken cancellationToken)
    {
        var decision = await OnConnect(client);
        if (!decision.IsAllowed)
            return decision;
        Interlocked.Increment(ref _connected);
        Clients.Enqueue(client);
        return decision;
    }

    public void Disconnect(IClientConnection client) => Interlocked.Increment(ref _disconnected);

    public async ValueTask<PublishResult> PublishAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        Published.Enqueue(request);
        if (request.StreamName.Length == 0)
            return PublishResult.Refused(RefusalKind.BadName, "The stream has no name.");
        if (await OnPublish(request) is { } other)
            return other;
        if (_registry.TryPublish(request.StreamName, request.Client) is not { } publisher)
            return PublishResult.Refused(RefusalKind.NameInUse, $"'{request.StreamName}' is being published already.");
        if (HasTaps)
            _taps.Enqueue(new FrameTap(publisher.Stream));
        var judged = new CheckedPublisher(publisher, Violations);
        Publishers.Enqueue(judged);
        return PublishResult.Accepted(judged, Record(publisher.Stream));
    }

    public ValueTask<PlayResult> PlayAsync(PlayRequest request, CancellationToken cancellationToken)
    {
        Played.Enqueue(request);
        return new(FindStream(request.StreamName) is { } stream
            ? PlayResult.Accepted(stream)
            : PlayResult.Refused(RefusalKind.NotFound, $"There is no stream '{request.StreamName}'."));
    }

    /// <summary>Frames of a stream that is about to be published.</summary>
    public async Task<List<TapFrame>> TakeAsync(string name, int count)
    {
        await TestServer.WaitForAsync(() => _taps.Any(t => t.Stream.Name == name));
        return await Tap(name).TakeAsync(count);
    }

    public ValueTask<CommandResult> CallAsync(CommandCall call, CancellationToken cancellationToken) => OnCall(call, cancellationToken);

    public void Dispose()
    {
        foreach (var tap in _taps)
            tap.Dispose();
    }
}
