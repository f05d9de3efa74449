using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Steps;
using Tapedeck.Recordings;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Keeps the catalog in step with recordings: a row before the first byte, the state after the deed. A catalog that cannot be written holds up nobody:
/// it takes the changes later. One that contradicts is told of in the log: media is worth more than its row. Without a catalog (tests of the recorder
/// alone) nothing happens here.
/// </summary>
internal sealed partial class RecordingJournal(RecordingCatalog? catalog, ILogger logger)
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() }, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>What the application wants done after events; set once, before the first recording.</summary>
    public StepPlan Steps { get; set; } = StepPlan.Empty;

    /// <summary>Options as the catalog keeps them; null when they cannot be read.</summary>
    public static RecordingOptions? ReadOptions(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<RecordingOptions>(json, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A request shall outlive a restart.</summary>
    public Task KeepRequestAsync(StreamAddress address, IRecordingRequest request) => GuardAsync(catalog?.SaveRequestAsync(
        new RecordingRequest(request.Id, address, JsonSerializer.Serialize(request.Options, Json), request.Terms.KeepAlive, request.CreatedAt) { Owner = request.Terms.Owner }));

    /// <summary>A request is done with.</summary>
    public Task RemoveRequestAsync(Guid request) => GuardAsync(catalog?.RemoveRequestAsync(request));

    /// <summary>A recording was accepted, perhaps because of a request.</summary>
    public Task BeginAsync(IRecording recording, DateTimeOffset now, Guid? request = null) => catalog is null
        ? Task.CompletedTask
        : GuardAsync(catalog.CreateRecordingAsync(new NewRecording(recording.Id, AddressOf(recording), JsonSerializer.Serialize(recording.Options, Json), now)
        {
            Publisher = recording.Stream.Publisher.ToString(),
            Request = request,
            State = CatalogState.Waiting,
            Labels = recording.Labels,
        }));

    /// <summary>A label was set, or taken away.</summary>
    public Task SetLabelAsync(Guid recording, string key, string? value) => GuardAsync(catalog?.SetLabelAsync(recording, key, value));

    /// <summary>A file is about to get its first byte, or to be gone on with.</summary>
    public async Task OpenFileAsync(IRecording recording, Guid file, int sequence, string path, DateTimeOffset startedAt)
    {
        if (catalog is null)
            return;
        IReadOnlyList<NewStep> steps = Steps.For(StepEvent.FileOpened, recording.Id, file, startedAt);
        if (sequence == 0)
            steps = [.. Steps.For(StepEvent.RecordingStarted, recording.Id, null, startedAt), .. steps];
        if (sequence == 0)
            _ = GuardAsync(catalog.MoveRecordingAsync(recording.Id, CatalogState.Writing));
        await GuardAsync(catalog.OpenFileAsync(new NewFile(file, recording.Id, sequence, path, RecordingFormatNames.NameOf(recording.Options.Format!.Value), startedAt), steps));
    }

    /// <summary>The publisher left, or is back. Only for recordings that have a file.</summary>
    public void Wait(IRecording recording, bool isAway) =>
        _ = GuardAsync(catalog?.MoveRecordingAsync(recording.Id, isAway ? CatalogState.Waiting : CatalogState.Writing));

    /// <summary>The file came into being under another name than planned.</summary>
    public Task RenameFileAsync(Guid file, string path) => GuardAsync(catalog?.RenameFileAsync(file, path));

    /// <summary>Closed files of this path have another one now. Returns when the catalog has it on the medium, or cannot be written.</summary>
    public Task MoveFilesAsync(string from, string to) => GuardAsync(catalog?.MoveFilesAsync(from, to));

    /// <summary>How far it has grown.</summary>
    public void Progress(Guid file, long bytes, TimeSpan duration) => catalog?.Progress(file, bytes, duration);

    /// <summary>It is complete and synced.</summary>
    public Task CloseFileAsync(Guid file, RecordedFile recorded) =>
        GuardAsync(catalog?.CloseFileAsync(new FileClosing(file, recorded.Bytes, recorded.Duration, recorded.StartedAt + recorded.Duration)));

    /// <summary>It goes to another state.</summary>
    public Task MoveFileAsync(Guid file, CatalogState to, FileFinding? finding = null) => GuardAsync(catalog?.MoveFileAsync(file, to, finding));

    /// <summary>The recording has ended; its files, if there are any, are closed.</summary>
    public async Task EndAsync(IRecording recording)
    {
        if (catalog is null)
            return;
        var ending = new RecordingEnding(recording.EndReason!.Value, recording.Error);
        if (recording.State == RecordingState.Failed)
        {
            await GuardAsync(catalog.MoveRecordingAsync(recording.Id, CatalogState.Failed, ending));
        }
        else if (recording.Files.Count == 0)
        {
            await GuardAsync(catalog.MoveRecordingAsync(recording.Id, CatalogState.Done, ending));
        }
        else
        {
            _ = GuardAsync(catalog.MoveRecordingAsync(recording.Id, CatalogState.Closing));
            await GuardAsync(catalog.MoveRecordingAsync(recording.Id, CatalogState.Closed, ending));
        }
    }

    /// <summary>Its disk takes nothing (true), or takes it again.</summary>
    public void Suspend(IRecording recording, bool isSuspended) =>
        _ = GuardAsync(catalog?.MoveRecordingAsync(recording.Id, isSuspended ? CatalogState.Waiting : CatalogState.Writing));

    /// <summary>A file was found good: it is announced, with what is to be done with it.</summary>
    public async Task AnnounceFileAsync(IRecording recording, Guid file, DateTimeOffset now) =>
        await GuardAsync(catalog?.AnnounceFileAsync(file, Steps.For(StepEvent.FileClosed, recording.Id, file, now)));

    /// <summary>All its files were announced.</summary>
    public async Task AnnounceAsync(IRecording recording, DateTimeOffset now)
    {
        if (catalog is null || (recording.State != RecordingState.Failed && recording.Files.Count == 0))
            return;
        var steps = Steps.For(StepEvent.RecordingEnded, recording.Id, null, now);
        if (recording.State == RecordingState.Failed)
        {
            await GuardAsync(catalog.AddStepsAsync(steps)); // who waits for its end must hear of a failure too
            return;
        }

        _ = GuardAsync(catalog.MoveRecordingAsync(recording.Id, CatalogState.Validated));
        await GuardAsync(catalog.AnnounceRecordingAsync(recording.Id, steps));
    }

    /// <summary>An entry of the ledger.</summary>
    public void Note(IRecording recording, Guid? file, Discontinuity entry)
    {
        if (catalog is null)
            return;
        _ = GuardAsync(catalog.AddLedgerAsync(new LedgerEntry(Guid.CreateVersion7(), recording.Id, CauseOf(entry.Cause), entry.WallTime)
        {
            File = file,
            MediaTime = entry.MediaTime,
            Length = entry.Length,
            Detail = entry.Detail,
        }));
    }

    private async Task GuardAsync(Task? change)
    {
        if (change is null)
            return;
        try
        {
            await change;
        }
        catch (CatalogException e)
        {
            LogRefused(logger, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Error, "The catalog did not take a change; 'tapedeck check' will find its traces: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);

    private static StreamAddress AddressOf(IRecording recording) =>
        new(recording.Stream.Application, recording.Stream.Instance, recording.Stream.Name);

    private static LedgerCause CauseOf(DiscontinuityCause cause) => cause switch
    {
        DiscontinuityCause.JumpForward => LedgerCause.Jump,
        DiscontinuityCause.JumpBack => LedgerCause.Backwards,
        DiscontinuityCause.Disorder => LedgerCause.Backwards,
        DiscontinuityCause.Wrap => LedgerCause.Wrap,
        DiscontinuityCause.Burst => LedgerCause.Burst,
        DiscontinuityCause.Drift => LedgerCause.Drift,
        DiscontinuityCause.SizeChanged => LedgerCause.SizeChange,
        DiscontinuityCause.Paused => LedgerCause.Pause,
        DiscontinuityCause.FramesLost => LedgerCause.SlowVolume,
        DiscontinuityCause.TrackChanged => LedgerCause.CodecChange,
        DiscontinuityCause.VolumeFault => LedgerCause.VolumeFault,
        DiscontinuityCause.Reconnected => LedgerCause.Reconnect,
        _ => LedgerCause.Gap,
    };
}
