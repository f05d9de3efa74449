using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapedeck.Applications;
using Tapedeck.Connections;
using Tapedeck.Engine.Recording;
using Tapedeck.Engine.Streams;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Steps;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Host.Instances;

/// <summary>A running application instance: its streams, its recorder and its modules. Safe for use by any thread.</summary>
internal sealed partial class ApplicationInstance : IApplicationInstance, IRecordingObserver
{
    private static readonly TimeSpan TakeoverPatience = TimeSpan.FromSeconds(5);

    private readonly ApplicationModel _model;
    private readonly StreamRegistry _streams;
    private readonly Recorder _recorder;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ModuleHost _modules;
    private readonly BuiltInSteps _builtInSteps;
    private InstanceSteps? _steps;
    private readonly ConcurrentDictionary<string, IRecording> _own = new(StringComparer.Ordinal); // what the application records on its own account, by stream
    private int _stopping;

    public ApplicationInstance(ApplicationModel model, string name, HostParts parts)
    {
        _model = model;
        Name = name;
        _time = parts.Time;
        _builtInSteps = parts.BuiltInSteps;
        _logger = parts.Loggers.CreateLogger<ApplicationInstance>();
        StorageDirectory = model.Storage.Resolve(name);
        _streams = new StreamRegistry(model.Name, name, parts.Slabs, parts.StreamOptions, parts.Time, model.Preroll);
        _streams.Ended += (stream, reason) => _modules!.NotifyStreamEnded(stream, reason);
        _recorder = new Recorder(
            StorageDirectory, model.RecordingFormat, parts.RecordingSettings, parts.Claims, parts.Volumes, this,
            parts.Loggers.CreateLogger<Recorder>(), parts.Time, parts.Catalog, parts.Inspector, model.StoragePolicy, model.Recording)
        {
            Owner = (model.Name, name),
            FindStream = _streams.Find,
            Grace = model.Recording.Grace ?? TimeSpan.Zero,
        };
        _modules = new ModuleHost(
            new ModuleFactory(parts.Plugins, parts.Time, parts.Loggers).Create(model, this),
            $"{model.Name}/{name}", parts.ModulesOptions, parts.Time, parts.Loggers.CreateLogger<ModuleHost>());
    }

    public string Application => _model.Name;

    public string Name { get; }

    public IApplicationProperties Properties => _model.Properties;

    public IReadOnlyCollection<ILiveStream> Streams => _streams.Streams;

    public IRecorder Recorder => _recorder;

    /// <summary>Absolute folder of this instance's recordings.</summary>
    public string StorageDirectory { get; }

    /// <summary>So many bytes of recordings the storage directory holds.</summary>
    public void CountStorage(long bytes) => _recorder.CountStorage(bytes);

    /// <summary>What is done after its recordings, and by whom. Known once it has started.</summary>
    public InstanceSteps Steps => _steps ?? throw new InvalidOperationException("The instance has not started.");

    /// <summary>How the modules fare.</summary>
    public IReadOnlyList<ModuleStatus> Modules => _modules.Modules;

    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        await _recorder.LoadRequestsAsync(cancellationToken);
        await _modules.StartAsync(cancellationToken);
        _steps = new InstanceSteps(_model, _modules, _builtInSteps, [StorageDirectory, .. _model.StepDirectories], _recorder.SetLabelAsync, _logger);
        _recorder.Steps = _steps.Plan;
    }

    /// <summary>Ends what still runs and closes all files. Call when no connection is left.</summary>
    public async ValueTask StopAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _stopping, 1);
        await _recorder.StopAllAsync();
        await _modules.StopAsync(cancellationToken);
    }

    public ILiveStream? FindStream(string name) => _streams.Find(name);

    public async ValueTask<Decision> ConnectAsync(IClientConnection client, CancellationToken cancellationToken)
    {
        var decision = await _modules.DecideConnectAsync(client, cancellationToken);
        if (decision.IsAllowed)
            _modules.NotifyConnected(client);
        return decision;
    }

    public void Disconnect(IClientConnection client) => _modules.NotifyDisconnected(client);

    public async ValueTask<PublishResult> PublishAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _stopping) != 0)
            return PublishResult.Refused(RefusalKind.Unavailable, "The server is stopping.");
        if (StorageName.Refusal(request.StreamName) is { } badName)
            return PublishResult.Refused(RefusalKind.BadName, badName);
        if (request.Type != PublishType.Live && !_model.StreamType.Records)
        {
            return PublishResult.Refused(
                RefusalKind.RecordingNotAllowed,
                $"Application {_model.Name} (StreamType {_model.StreamType.Name}) does not record what is published as '{(request.Type == PublishType.Record ? "record" : "append")}'; publish as 'live', or set its StreamType to live-record.");
        }

        var decision = await _modules.DecidePublishAsync(request, cancellationToken);
        if (!decision.IsAllowed)
            return PublishResult.Refused(RefusalKind.ByModule, decision.Reason!);

        var publisher = await TakeNameAsync(request);
        if (publisher is null)
            return PublishResult.Refused(RefusalKind.NameInUse, $"'{request.StreamName}' is being published already in {_model.Name}/{Name}; choose another name.");

        // Before anybody else hears of the stream: it may be the return of one that is recorded.
        var continued = _recorder.StreamStarted(publisher.Stream);
        _modules.NotifyStreamStarted(publisher.Stream);
        IRecording? recording = null;
        if (_model.StreamType.Records && !(_own.TryGetValue(request.StreamName, out recording) && continued.Contains(recording)))
        {
            try
            {
                recording = await _recorder.StartAsync(publisher.Stream, OptionsFor(request), cancellationToken);
                NoteOwn(recording);
            }
            catch (RecordingException e)
            {
                publisher.End(StreamEndReason.Unpublished);
                return PublishResult.Refused(RefusalKind.CannotRecord, e.Message);
            }
        }

        return PublishResult.Accepted(publisher, recording);
    }

    public async ValueTask<PlayResult> PlayAsync(PlayRequest request, CancellationToken cancellationToken)
    {
        if (!_model.StreamType.IsLive)
            return PlayResult.Refused(RefusalKind.NotFound, $"Application {_model.Name} (StreamType {_model.StreamType.Name}) only records; its streams are not played live.");
        var decision = await _modules.DecidePlayAsync(request, cancellationToken);
        if (!decision.IsAllowed)
            return PlayResult.Refused(RefusalKind.ByModule, decision.Reason!);
        return _streams.Find(request.StreamName) is { } stream
            ? PlayResult.Accepted(stream)
            : PlayResult.Refused(RefusalKind.NotFound, $"'{request.StreamName}' is not being published in {_model.Name}/{Name}.");
    }

    public ValueTask<CommandResult> CallAsync(CommandCall call, CancellationToken cancellationToken) => _modules.CallAsync(call, cancellationToken);

    ValueTask<Decision> IRecordingObserver.StartingAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken) =>
        _modules.DecideRecordingAsync(stream, options, cancellationToken);

    void IRecordingObserver.Started(IRecording recording) => _modules.NotifyRecordingStarted(recording);

    void IRecordingObserver.FileClosed(IRecording recording, RecordedFile file) => _modules.NotifyFileClosed(recording, file);

    void IRecordingObserver.Warning(IRecording recording, string message) =>
        recording.Stream.Publisher.SendStatus(new StatusMessage("warning", "NetStream.Record.Failed", message, recording.Stream.Name), recording.Stream);

    void IRecordingObserver.Ended(IRecording recording)
    {
        _own.TryRemove(KeyValuePair.Create(recording.Stream.Name, recording));
        _modules.NotifyRecordingEnded(recording);
    }

    private void NoteOwn(IRecording recording)
    {
        _own[recording.Stream.Name] = recording;
        if (recording.EndReason is not null) // its end may have been told before
            _own.TryRemove(KeyValuePair.Create(recording.Stream.Name, recording));
    }

    private RecordingOptions OptionsFor(PublishRequest request) => _model.Recording with
    {
        Format = request.Format,
        ExistingFile = request.Type switch
        {
            PublishType.Record => ExistingFile.Overwrite,
            PublishType.Append => ExistingFile.Append,
            _ => _model.Recording.ExistingFile,
        },
    };

    /// <summary>The name, or null when somebody else keeps it.</summary>
    private async ValueTask<IStreamPublisher?> TakeNameAsync(PublishRequest request)
    {
        if (_streams.TryPublish(request.StreamName, request.Client) is { } publisher)
            return publisher;
        if (_model.DuplicatePublish != DuplicatePublish.Takeover || _streams.Find(request.StreamName) is not { } present || present.Publisher == request.Client)
            return null;

        LogTakeover(_logger, request.StreamName, present.Publisher, request.Client);
        present.Publisher.Close($"'{request.StreamName}' was taken over by {request.Client.RemoteEndPoint} (duplicatePublish: takeover)");
        try
        {
            await present.Ended.WaitAsync(TakeoverPatience, _time);
        }
        catch (TimeoutException)
        {
            return null;
        }

        return _streams.TryPublish(request.StreamName, request.Client);
    }

    [LoggerMessage(LogLevel.Warning, "{Name} is taken over from {Old} by {New} (duplicatePublish: takeover)")]
    private static partial void LogTakeover(ILogger logger, string name, IClientConnection old, IClientConnection @new);
}
