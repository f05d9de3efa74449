using System.Text.Json;
using System.Text.Json.Serialization;
using Tapedeck.Engine.Catalog;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Keeps the catalog in step with recordings: a row before the first byte, the state after the deed. A catalog that cannot be written holds up nobody;
/// it takes the changes later. Without a catalog (tests of the recorder alone) nothing happens here.
/// </summary>
internal sealed class RecordingJournal(RecordingCatalog? catalog)
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() }, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>A recording was accepted.</summary>
    public Task BeginAsync(IRecording recording, DateTimeOffset now) => catalog is null
        ? Task.CompletedTask
        : catalog.CreateRecordingAsync(new NewRecording(recording.Id, AddressOf(recording), JsonSerializer.Serialize(recording.Options, Json), now)
        {
            Publisher = recording.Stream.Publisher.ToString(),
            State = CatalogState.Waiting,
        });

    /// <summary>A file is about to get its first byte, or to be gone on with.</summary>
    public async Task OpenFileAsync(IRecording recording, Guid file, int sequence, string path, DateTimeOffset startedAt)
    {
        if (catalog is null)
            return;
        if (sequence == 0)
            _ = catalog.MoveRecordingAsync(recording.Id, CatalogState.Writing);
        await catalog.OpenFileAsync(new NewFile(file, recording.Id, sequence, path, RecordingFormatNames.NameOf(recording.Options.Format!.Value), startedAt));
    }

    /// <summary>The file came into being under another name than planned.</summary>
    public Task RenameFileAsync(Guid file, string path) => catalog?.RenameFileAsync(file, path) ?? Task.CompletedTask;

    /// <summary>How far it has grown.</summary>
    public void Progress(Guid file, long bytes, TimeSpan duration) => catalog?.Progress(file, bytes, duration);

    /// <summary>It is complete and synced.</summary>
    public Task CloseFileAsync(Guid file, RecordedFile recorded) =>
        catalog?.CloseFileAsync(new FileClosing(file, recorded.Bytes, recorded.Duration, recorded.StartedAt + recorded.Duration)) ?? Task.CompletedTask;

    /// <summary>It goes to another state.</summary>
    public Task MoveFileAsync(Guid file, CatalogState to, FileFinding? finding = null) => catalog?.MoveFileAsync(file, to, finding) ?? Task.CompletedTask;

    /// <summary>The recording has ended; its files, if there are any, are closed.</summary>
    public async Task EndAsync(IRecording recording)
    {
        if (catalog is null)
            return;
        var ending = new RecordingEnding(recording.EndReason!.Value, recording.Error);
        if (recording.State == RecordingState.Failed)
        {
            await catalog.MoveRecordingAsync(recording.Id, CatalogState.Failed, ending);
        }
        else if (recording.Files.Count == 0)
        {
            await catalog.MoveRecordingAsync(recording.Id, CatalogState.Done, ending);
        }
        else
        {
            _ = catalog.MoveRecordingAsync(recording.Id, CatalogState.Closing);
            await catalog.MoveRecordingAsync(recording.Id, CatalogState.Closed, ending);
        }
    }

    /// <summary>All its files were announced.</summary>
    public async Task AnnounceAsync(IRecording recording)
    {
        if (catalog is null || recording.State == RecordingState.Failed || recording.Files.Count == 0)
            return;
        _ = catalog.MoveRecordingAsync(recording.Id, CatalogState.Validated);
        _ = catalog.MoveRecordingAsync(recording.Id, CatalogState.Announced);
        await catalog.MoveRecordingAsync(recording.Id, CatalogState.Done);
    }

    /// <summary>An entry of the ledger.</summary>
    public void Note(IRecording recording, Guid? file, Discontinuity entry)
    {
        if (catalog is null)
            return;
        _ = catalog.AddLedgerAsync(new LedgerEntry(Guid.CreateVersion7(), recording.Id, CauseOf(entry.Cause), entry.WallTime)
        {
            File = file,
            MediaTime = entry.MediaTime,
            Length = entry.Length,
            Detail = entry.Detail,
        });
    }

    private static StreamAddress AddressOf(IRecording recording) =>
        new(recording.Stream.Application, recording.Stream.Instance, recording.Stream.Name);

    private static LedgerCause CauseOf(DiscontinuityCause cause) => cause switch
    {
        DiscontinuityCause.JumpForward => LedgerCause.Jump,
        DiscontinuityCause.JumpBack => LedgerCause.Backwards,
        DiscontinuityCause.Paused => LedgerCause.Pause,
        DiscontinuityCause.FramesLost => LedgerCause.SlowVolume,
        DiscontinuityCause.TrackChanged => LedgerCause.CodecChange,
        _ => LedgerCause.Gap,
    };
}
