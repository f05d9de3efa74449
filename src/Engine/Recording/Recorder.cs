using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapedeck.Connections;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Naming;
using Tapedeck.Engine.Steps;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Recording;

/// <summary>Who is asked before a recording starts and told what becomes of it. Calls come from recordings' tasks and must not block.</summary>
public interface IRecordingObserver
{
    /// <summary>A recording is about to start.</summary>
    ValueTask<Decision> StartingAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken);

    /// <summary>The first bytes are on disk.</summary>
    void Started(IRecording recording);

    /// <summary>A file is complete.</summary>
    void FileClosed(IRecording recording, RecordedFile file);

    /// <summary>Something is missing from the recording, which goes on.</summary>
    void Warning(IRecording recording, string message);

    /// <summary>The recording has ended.</summary>
    void Ended(IRecording recording);
}

/// <summary>What all recordings of an application instance share.</summary>
internal sealed record RecordingEnvironment(RecordingSettings Settings, TimeProvider Time, ILogger Logger, IRecordingObserver Observer, Action<ActiveRecording> Forget)
{
    /// <summary>Takes part in the bound of recordings that wait for their publisher's return.</summary>
    public ReturnPlaces Places { get; } = new(Settings.MaximumAwaitingReturn);

    /// <summary>Keeps the catalog in step.</summary>
    public RecordingJournal Journal { get; init; } = new(null, Logger);

    /// <summary>Looks at closed files before they are announced; null: nobody does.</summary>
    public FileInspector? Inspector { get; init; }

    /// <summary>Shared by all recorders of the process.</summary>
    public FileClaims Claims { get; init; } = new();
    /// <summary>How much may still be written; null: as much as the disk takes.</summary>
    public StorageRoom? Room { get; init; }

    /// <summary>The host stops: what has not been looked at yet is looked at after the next start.</summary>
    public CancellationToken Stopping { get; init; }

    public void Started(IRecording recording) => Tell(() => Observer.Started(recording));

    public void FileClosed(IRecording recording, RecordedFile file) => Tell(() => Observer.FileClosed(recording, file));

    public void Warn(IRecording recording, string message) => Tell(() => Observer.Warning(recording, message));

    public void Ended(ActiveRecording recording)
    {
        Forget(recording);
        Tell(() => Observer.Ended(recording));
    }

    /// <summary>What an observer does wrong is no reason to stop recording.</summary>
    private void Tell(Action what)
    {
        try
        {
            what();
        }
        catch (Exception e)
        {
            Logger.LogError(e, "An observer of recordings failed");
        }
    }
}

/// <summary>A recording cannot go on.</summary>
internal sealed class RecordingFailure(RecordingEndReason reason, string message) : Exception(message)
{
    public RecordingEndReason Reason { get; } = reason;
}

/// <summary>The recorder of one application instance.</summary>
public sealed partial class Recorder : IRecorder
{
    private static readonly TimeSpan DiskAnswer = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnnouncePatience = TimeSpan.FromSeconds(3);

    private readonly string _storageDirectory;
    private readonly StoragePolicy _policy;
    private readonly FileClaims _claims;
    private readonly VolumeSet _volumes;
    private readonly RecordingEnvironment _environment;
    private readonly ConcurrentDictionary<Guid, ActiveRecording> _active = new();
    private readonly ConcurrentDictionary<Guid, Task> _running = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly RecordingRequests _requests;
    private readonly RecordingCatalog? _catalog;

    /// <summary>Makes it; nothing is touched on disk.</summary>
    /// <param name="storageDirectory">Absolute folder of the recordings.</param>
    /// <param name="defaultFormat">Container when a request names none.</param>
    /// <param name="settings">Section <c>recording</c>.</param>
    /// <param name="claims">Shared by all recorders of the process.</param>
    /// <param name="volumes">Shared by all recorders of the process.</param>
    /// <param name="observer">Asked and told.</param>
    /// <param name="logger">Gets a line for each start, end and failure.</param>
    /// <param name="time">The clock.</param>
    /// <param name="catalog">Keeps what was recorded; null: nobody does.</param>
    /// <param name="inspector">Looks at files before they are announced; null: nobody does.</param>
    /// <param name="policy">How the storage directory may be filled; null: the settings alone say.</param>
    /// <param name="defaults">How the application records where nobody asks otherwise.</param>
    public Recorder(
        string storageDirectory,
        RecordingFormat defaultFormat,
        RecordingSettings settings,
        FileClaims claims,
        VolumeSet volumes,
        IRecordingObserver observer,
        ILogger logger,
        TimeProvider time,
        RecordingCatalog? catalog = null,
        FileInspector? inspector = null,
        StoragePolicy? policy = null,
        RecordingOptions? defaults = null)
    {
        _policy = policy ?? new StoragePolicy();
        _catalog = catalog;
        _storageDirectory = storageDirectory;
        Defaults = (defaults ?? new RecordingOptions()) with { Format = defaultFormat };
        _claims = claims;
        _volumes = volumes;
        _environment = new RecordingEnvironment(settings, time, logger, observer, Forget)
        {
            Journal = new RecordingJournal(catalog, logger),
            Inspector = inspector,
            Claims = claims,
            Stopping = _stopping.Token,
            Room = new StorageRoom(storageDirectory, _policy, settings, time),
        };
        _requests = new RecordingRequests(async (reader, options, request) => await StartAsync(reader, options, request, CancellationToken.None), _environment, catalog);
    }

    /// <summary>The application instance whose streams it records; requests that outlive a restart are found again by it.</summary>
    public (string Application, string Instance) Owner { get; init; } = ("", "");

    /// <summary>What is to be done after events of its recordings; set once, before the first.</summary>
    public StepPlan Steps
    {
        get => _environment.Journal.Steps;
        set => _environment.Journal.Steps = value;
    }

    /// <summary>Finds a stream that is live now.</summary>
    public Func<string, ILiveStream?> FindStream { get; init; } = _ => null;

    /// <summary>How long a recording waits for its publisher's return where nobody says otherwise.</summary>
    public TimeSpan Grace { get; init; }

    /// <inheritdoc />
    public IReadOnlyCollection<IRecording> Active => [.. _active.Values];

    /// <inheritdoc />
    public RecordingOptions Defaults { get; }

    /// <inheritdoc />
    public async ValueTask<IRecording> StartAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken)
    {
        // Opened before anybody is asked: nothing that arrives after the request is missed.
        var reader = stream.OpenReader(ActiveRecording.ReaderOptionsFor(_environment.Settings, options.Preroll));
        try
        {
            return await StartAsync(reader, options, null, cancellationToken);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A stream has begun, and nothing of it was received yet: recordings that wait for its return go on with it, and those that were requested start.
    /// Never waits.
    /// </summary>
    /// <returns>Those that go on.</returns>
    public IReadOnlyCollection<IRecording> StreamStarted(ILiveStream stream)
    {
        List<IRecording>? continued = null;
        foreach (var (_, recording) in _active)
        {
            if (recording.TryReturn(stream))
                (continued ??= []).Add(recording);
        }

        _requests.StreamStarted(stream, continued ?? (IReadOnlyCollection<IRecording>)[]);
        return continued ?? (IReadOnlyCollection<IRecording>)[];
    }

    /// <summary>Before the first stream: takes up the requests that were kept.</summary>
    public Task LoadRequestsAsync(CancellationToken cancellationToken) => _requests.LoadAsync(Owner.Application, Owner.Instance, cancellationToken);

    /// <inheritdoc />
    public IReadOnlyCollection<IRecordingRequest> Requests => _requests.All;

    /// <inheritdoc />
    public async ValueTask<IRecordingRequest> RequestAsync(string streamName, RecordingOptions options, RequestTerms terms, CancellationToken cancellationToken) =>
        await _requests.AddAsync(new StreamAddress(Owner.Application, Owner.Instance, streamName), options, terms, FindStream).WaitAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask CancelAsync(IRecordingRequest request, CancellationToken cancellationToken) => await _requests.CancelAsync(request).WaitAsync(cancellationToken);

    private void Forget(ActiveRecording recording)
    {
        if (_active.TryRemove(recording.Id, out _))
            _requests.Ended(recording);
    }

    private async Task<ActiveRecording> StartAsync(IStreamReader reader, RecordingOptions options, Guid? request, CancellationToken cancellationToken)
    {
        var stream = reader.Stream;
        options = options with { Format = options.Format ?? Defaults.Format, Grace = Shorter(options.Grace ?? Grace, RecordingOptions.MaximumGrace) };
        var decision = await _environment.Observer.StartingAsync(stream, options, cancellationToken);
        if (!decision.IsAllowed)
            throw new RecordingException(RecordingRefusal.ByModule, decision.Reason!);
        if (reader.HasEnded && !reader.TryRead(1))
            throw new RecordingException(RecordingRefusal.NoSuchStream, $"The stream '{stream.Name}' has ended.");

        _ = new LabelSet(options.Labels, _environment.Settings); // within bounds, or refused
        if (options.Mp4.WinQtCompat && options.Format == RecordingFormat.FragmentedMp4)
            throw new RecordingException(RecordingRefusal.BadOptions, "winQtCompat is for finished MP4 files without fragments; record as mp4, or without winQtCompat.");
        var format = ContainerFormat.Of(options.Format!.Value);
        var volume = _volumes.For(_storageDirectory, _policy.Mount);
        var id = Guid.CreateVersion7();
        var names = NamesOf(reader, options, format, id);
        var target = await ClaimAsync(volume, names, options, format, cancellationToken);
        if (!names.IsLiteral && !names.DependsOnTracks)
            LogRenamed(_environment.Logger, stream, Path.GetRelativePath(_storageDirectory, target.Path));
        var recording = new ActiveRecording(reader, options, target, format, volume, _environment) { Id = id };
        _active[recording.Id] = recording;
        await _environment.Journal.BeginAsync(recording, _environment.Time.GetUtcNow(), request);
        _running[recording.Id] = RunAsync(recording); // never faults: its own end is in Completion
        return recording;
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private FileNames NamesOf(IStreamReader reader, RecordingOptions options, ContainerFormat format, Guid id) =>
        new(_storageDirectory, format.Extension, options, new NameValues
        {
            Stream = reader.Stream.Name,
            Application = reader.Stream.Application,
            Instance = reader.Stream.Instance,
            BaseName = options.FileName ?? reader.Stream.Name,
            RecordingId = id,
            SessionId = reader.Stream.Publisher.Id,
            // What begins in the past is called after the past.
            StartTime = options.Preroll > TimeSpan.Zero && reader.TryRead(1) ? reader.Frames.Span[0].ArrivedAt : _environment.Time.GetUtcNow(),
            Login = LoginOf(reader.Stream.Publisher),
            Labels = options.Labels,
            Format = RecordingFormatNames.NameOf(format.Format),
        }.WithTracks(reader.Stream.Tracks));

    /// <summary>What the publisher's address calls him; whether it is true, a module has to say.</summary>
    private static string LoginOf(IClientConnection publisher) =>
        publisher.Query.GetValueOrDefault("user") ?? publisher.Query.GetValueOrDefault("login") ?? "";

    private async Task RunAsync(ActiveRecording recording)
    {
        await recording.RunAsync();
        _running.TryRemove(recording.Id, out _);
    }

    /// <summary>Told from time to time how many bytes the recordings in the storage directory have: the quota is held against that.</summary>
    public void CountStorage(long bytes) => _environment.Room?.Count(bytes);

    /// <inheritdoc />
    public void Split(IRecording recording) => _active.GetValueOrDefault(recording.Id)?.Split();

    /// <inheritdoc />
    public void Pause(IRecording recording) => _active.GetValueOrDefault(recording.Id)?.Pause();

    /// <inheritdoc />
    public void Resume(IRecording recording) => _active.GetValueOrDefault(recording.Id)?.Resume();

    /// <inheritdoc />
    public void SetLabel(IRecording recording, string key, string? value) => (recording as ActiveRecording)?.SetLabel(key, value);

    /// <summary>Sets a label of a recording that may have ended long ago; null takes it away.</summary>
    /// <exception cref="RecordingException">The key or the value is too long or not printable, or there are too many labels.</exception>
    public async ValueTask SetLabelAsync(Guid recording, string key, string? value, CancellationToken cancellationToken)
    {
        if (_active.TryGetValue(recording, out var active))
        {
            active.SetLabel(key, value);
            return;
        }

        if (_catalog is null)
            return;
        new LabelSet(await _catalog.LabelsOfAsync(recording, cancellationToken), _environment.Settings).Set(key, value);
        await _catalog.SetLabelAsync(recording, key, value).WaitAsync(cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask StopAsync(IRecording recording, CancellationToken cancellationToken)
    {
        if (_active.TryGetValue(recording.Id, out var active))
            active.Stop(RecordingEndReason.Stopped);
        await recording.Completion.WaitAsync(cancellationToken);
    }

    /// <summary>Stops every recording, because the instance or the host stops, and returns when all files are closed.</summary>
    public async Task StopAllAsync()
    {
        var active = _active.Values.ToArray();
        foreach (var recording in active)
            recording.Stop(RecordingEndReason.Shutdown);
        // A disk that never answers must not hold up the end of the process: the next start finds what is left.
        var ended = Task.WhenAll(active.Select(r => r.Completion));
        await Task.WhenAny(ended, Task.Delay(StopPatience, _environment.Time, CancellationToken.None));

        // What was not announced in time is announced after the next start.
        var announced = Task.WhenAll(_running.Values);
        await Task.WhenAny(announced, Task.Delay(AnnouncePatience, _environment.Time, CancellationToken.None));
        await _stopping.CancelAsync();
        if (ended.IsCompleted)
            await announced;
    }

    /// <summary>The file to record to. A disk that fails is no reason not to record: the file is made as soon as it is well.</summary>
    private async Task<FileTarget> ClaimAsync(Volume volume, FileNames names, RecordingOptions options, ContainerFormat format, CancellationToken cancellationToken)
    {
        var mount = _policy.GuardsMount ? volume.Name : null;
        var claim = volume.RunAsync(() => ContinuedFile.Checked(FileTarget.Claim(_claims, names, options.ExistingFile, volume.Disk, mount), format, options, volume.Disk));
        try
        {
            return await claim.WaitAsync(DiskAnswer, _environment.Time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            GiveBack(claim);
            throw;
        }
        catch (Exception e) when (e is TimeoutException || DiskFault.Is(e))
        {
            GiveBack(claim);
            var reason = e is TimeoutException ? $"The disk of '{_storageDirectory}' did not answer within {DiskAnswer.TotalSeconds:0} s." : e.Message;
            if (_environment.Settings.RefuseWithoutDisk)
                throw e as RecordingException ?? new RecordingException(RecordingRefusal.NoAccess, reason, e);
            var target = FileTarget.Plan(_claims, names, options.ExistingFile, volume.Disk, mount);
            LogNoDisk(_environment.Logger, target.Path, reason);
            return target;
        }
    }

    /// <summary>Whenever the disk answers after all, the name is free again.</summary>
    private static void GiveBack(Task<FileTarget> claim) =>
        _ = claim.ContinueWith(static c => c.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);

    [LoggerMessage(LogLevel.Error, "Recording to '{Path}' begins when its disk is well: {Reason}")]
    private static partial void LogNoDisk(ILogger logger, string path, string reason);

    [LoggerMessage(LogLevel.Warning, "The name of {Stream} cannot be a file name as it is: the recording is called {Path}")]
    private static partial void LogRenamed(ILogger logger, ILiveStream stream, string path);
}
