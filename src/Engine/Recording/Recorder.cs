using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Naming;
using Tapedeck.Media;
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
    /// <summary>Keeps the catalog in step.</summary>
    public RecordingJournal Journal { get; init; } = new(null, Logger);

    /// <summary>Looks at closed files before they are announced; null: nobody does.</summary>
    public FileInspector? Inspector { get; init; }

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
    private readonly RecordingFormat _defaultFormat;
    private readonly StoragePolicy _policy;
    private readonly FileClaims _claims;
    private readonly VolumeSet _volumes;
    private readonly RecordingEnvironment _environment;
    private readonly ConcurrentDictionary<Guid, ActiveRecording> _active = new();
    private readonly ConcurrentDictionary<Guid, Task> _running = new();
    private readonly CancellationTokenSource _stopping = new();

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
        StoragePolicy? policy = null)
    {
        _policy = policy ?? new StoragePolicy();
        _storageDirectory = storageDirectory;
        _defaultFormat = defaultFormat;
        _claims = claims;
        _volumes = volumes;
        _environment = new RecordingEnvironment(settings, time, logger, observer, r => _active.TryRemove(r.Id, out _))
        {
            Journal = new RecordingJournal(catalog, logger),
            Inspector = inspector,
            Stopping = _stopping.Token,
            Room = new StorageRoom(storageDirectory, _policy, settings, time),
        };
    }

    /// <inheritdoc />
    public IReadOnlyCollection<IRecording> Active => [.. _active.Values];

    /// <inheritdoc />
    public async ValueTask<IRecording> StartAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken)
    {
        options = options with { Format = options.Format ?? _defaultFormat };
        var decision = await _environment.Observer.StartingAsync(stream, options, cancellationToken);
        if (!decision.IsAllowed)
            throw new RecordingException(RecordingRefusal.ByModule, decision.Reason!);
        if (stream.Ended.IsCompleted)
            throw new RecordingException(RecordingRefusal.NoSuchStream, $"The stream '{stream.Name}' has ended.");

        var format = ContainerFormat.Of(options.Format.Value);
        var volume = _volumes.For(_storageDirectory, _policy.Mount);
        var id = Guid.CreateVersion7();
        var name = options.FileName ?? FormatName(stream, options, format, id);
        var target = await ClaimAsync(volume, name, format.Extension, options.ExistingFile, cancellationToken);
        if (!StorageName.IsLiteral(name, format.Extension))
            LogRenamed(_environment.Logger, stream, Path.GetRelativePath(_storageDirectory, target.Path));
        var recording = new ActiveRecording(stream, options, target, format, volume, _environment) { Id = id };
        _active[recording.Id] = recording;
        await _environment.Journal.BeginAsync(recording, _environment.Time.GetUtcNow());
        _running[recording.Id] = RunAsync(recording); // never faults: its own end is in Completion
        return recording;
    }

    /// <exception cref="RecordingException">The template is wrong.</exception>
    private string FormatName(ILiveStream stream, RecordingOptions options, ContainerFormat format, Guid id)
    {
        if (options.NameTemplate is not { } template)
            return stream.Name;
        try
        {
            return NameTemplate.Parse(template).Format(new NameValues
            {
                Stream = stream.Name,
                Application = stream.Application,
                Instance = stream.Instance,
                BaseName = stream.Name,
                RecordingId = id,
                SessionId = stream.Publisher.Id,
                StartTime = _environment.Time.GetUtcNow(),
                VideoCodec = CodecOf(stream, TrackKind.Video),
                AudioCodec = CodecOf(stream, TrackKind.Audio),
                Format = RecordingFormatNames.NameOf(format.Format),
            });
        }
        catch (FormatException e)
        {
            throw new RecordingException(RecordingRefusal.BadName, $"The name template '{template}' cannot be used: {e.Message}", e);
        }
    }

    private static string CodecOf(ILiveStream stream, TrackKind kind) =>
        stream.Tracks.FirstOrDefault(t => t.Kind == kind)?.Codec.ToString() ?? "";

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
    private async Task<FileTarget> ClaimAsync(Volume volume, string name, string extension, ExistingFile existing, CancellationToken cancellationToken)
    {
        var mount = _policy.GuardsMount ? volume.Name : null;
        var claim = volume.RunAsync(() => FileTarget.Claim(_claims, _storageDirectory, name, extension, existing, volume.Disk, mount));
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
            LogNoDisk(_environment.Logger, name, reason);
            return FileTarget.Plan(_claims, _storageDirectory, name, extension, existing, volume.Disk, mount);
        }
    }

    /// <summary>Whenever the disk answers after all, the name is free again.</summary>
    private static void GiveBack(Task<FileTarget> claim) =>
        _ = claim.ContinueWith(static c => c.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);

    [LoggerMessage(LogLevel.Error, "Recording to '{Name}' begins when its disk is well: {Reason}")]
    private static partial void LogNoDisk(ILogger logger, string name, string reason);

    [LoggerMessage(LogLevel.Warning, "The name of {Stream} cannot be a file name as it is: the recording is called {Path}")]
    private static partial void LogRenamed(ILogger logger, ILiveStream stream, string path);
}
