using Microsoft.Extensions.Logging;

namespace Tapedeck.Engine.Catalog;

/// <summary>
/// What was recorded, is being recorded and shall be recorded, in an SQLite file. Safe for use by any thread.
/// </summary>
/// <remarks>
/// Changes are taken in the order of the calls and never block. Each returns a task: <see cref="CatalogOutcome.Durable"/> when the row is on
/// the medium; <see cref="CatalogOutcome.Unavailable"/> at once when the file cannot be written (the change is kept and written later:
/// recording goes on); <see cref="CatalogOutcome.Lost"/> when there was no room to keep it. A change that contradicts the catalog faults
/// the task with a <see cref="CatalogException"/>. Queries see what was durable when they began.
/// </remarks>
public sealed partial class RecordingCatalog : IAsyncDisposable
{
    private readonly CatalogWriter _writer;
    private readonly CatalogReader _reader;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    private RecordingCatalog(string path, CatalogSettings settings, TimeProvider time, ILogger logger, Func<string, CatalogSession>? open)
    {
        _time = time;
        _logger = logger;
        _reader = new CatalogReader(path, settings);
        _writer = new CatalogWriter(path, settings, time, logger, OnAvailability, open);
    }

    /// <summary>Raised when the file becomes unavailable or available again, on an arbitrary thread that must not be held up.</summary>
    public event Action<CatalogAvailability>? AvailabilityChanged;

    /// <summary>Whether changes reach the medium now.</summary>
    public CatalogAvailability Availability => _writer.Availability;

    /// <summary>The SQLite that runs: <c>3.40.1 (system)</c>.</summary>
    public static string SqliteVersion => NativeSqlite.Version;

    /// <summary>Opens a catalog; it is made when missing, and brought to the present schema. A disk that fails is no error: it is tried again.</summary>
    /// <exception cref="CatalogException">The file is newer than this host, or no catalog.</exception>
    public static Task<RecordingCatalog> OpenAsync(string path, CatalogSettings settings, TimeProvider time, ILogger logger) =>
        OpenAsync(path, settings, time, logger, open: null);

    internal static async Task<RecordingCatalog> OpenAsync(string path, CatalogSettings settings, TimeProvider time, ILogger logger, Func<string, CatalogSession>? open)
    {
        var catalog = new RecordingCatalog(Path.GetFullPath(path), settings, time, logger, open);
        try
        {
            await catalog._writer.Opened;
            return catalog;
        }
        catch
        {
            await catalog.DisposeAsync();
            throw;
        }
    }

    /// <summary>A recording begins. Await it before the first byte.</summary>
    public Task<CatalogOutcome> CreateRecordingAsync(NewRecording recording)
    {
        if (!CatalogStates.MayBegin(recording.State))
            throw new ArgumentException($"A recording does not begin as {recording.State}.", nameof(recording));
        return Change($"recording {recording.Id} of {recording.Address.Stream} begins", s => CatalogStatements.CreateRecording(s, recording));
    }

    /// <summary>A recording goes to another state.</summary>
    /// <param name="recording">Which.</param>
    /// <param name="to">A state that may follow.</param>
    /// <param name="ending">Why it ended, with the first state that is an end.</param>
    public Task<CatalogOutcome> MoveRecordingAsync(Guid recording, CatalogState to, RecordingEnding? ending = null)
    {
        var now = Now();
        return Change($"recording {recording} becomes {to}", s => CatalogStatements.MoveRecording(s, recording, to, ending, now));
    }

    /// <summary>Removes a recording that is garbage and has no files left, with its ledger and labels.</summary>
    public Task<CatalogOutcome> RemoveRecordingAsync(Guid recording) =>
        Change($"recording {recording} is removed", s => CatalogStatements.RemoveRecording(s, recording));

    /// <summary>A file is about to be made, in state writing. Await it before its first byte.</summary>
    /// <param name="file">Which.</param>
    /// <param name="steps">What is to be done because of it.</param>
    public Task<CatalogOutcome> OpenFileAsync(NewFile file, IReadOnlyList<NewStep>? steps = null)
    {
        var now = Now();
        return ChangeSteps($"file '{file.Path}' begins", steps, s => CatalogStatements.OpenFile(s, file, steps ?? [], now));
    }

    /// <summary>Notes how far an open file has grown. Written with the next change or at an interval, and not synced for its own sake.</summary>
    public void Progress(Guid file, long bytes, TimeSpan duration) => _writer.Progress(file, bytes, duration);

    /// <summary>A file is complete and was synced: it becomes closed.</summary>
    public Task<CatalogOutcome> CloseFileAsync(FileClosing closing)
    {
        var now = Now();
        _writer.ForgetProgress(closing.File);
        return Change($"file {closing.File} is closed", s => CatalogStatements.CloseFile(s, closing, now));
    }

    /// <summary>A file goes to another state.</summary>
    public Task<CatalogOutcome> MoveFileAsync(Guid file, CatalogState to, FileFinding? finding = null)
    {
        var now = Now();
        return Change($"file {file} becomes {to}", s => CatalogStatements.MoveFile(s, file, to, finding, now));
    }

    /// <summary>A file has another path now.</summary>
    public Task<CatalogOutcome> RenameFileAsync(Guid file, string path)
    {
        var now = Now();
        return Change($"file {file} is called '{path}'", s => CatalogStatements.RenameFile(s, file, path, now));
    }

    /// <summary>Whatever had one path has another now: a file that was renamed to make room for a new one.</summary>
    public Task<CatalogOutcome> MoveFilesAsync(string from, string to)
    {
        var now = Now();
        return Change($"files '{from}' are called '{to}'", s => CatalogStatements.MoveFiles(s, from, to, now));
    }

    /// <summary>Removes the row of a file that is garbage and gone from disk.</summary>
    public Task<CatalogOutcome> RemoveFileAsync(Guid file) => Change($"file {file} is removed", s => CatalogStatements.RemoveFile(s, file));

    /// <summary>Adds a line to a recording's ledger.</summary>
    public Task<CatalogOutcome> AddLedgerAsync(LedgerEntry entry) =>
        Change($"ledger of {entry.Recording}: {entry.Cause}", s => CatalogStatements.AddLedger(s, entry));

    /// <summary>Sets a label of a recording; null takes it away.</summary>
    public Task<CatalogOutcome> SetLabelAsync(Guid recording, string key, string? value) =>
        Change($"label '{key}' of {recording}", s => CatalogStatements.SetLabel(s, recording, key, value));

    /// <summary>Keeps a request, or its new options.</summary>
    public Task<CatalogOutcome> SaveRequestAsync(RecordingRequest request) =>
        Change($"request {request.Id} for {request.Address.Stream}", s => CatalogStatements.SaveRequest(s, request));

    /// <summary>A request is done with.</summary>
    public Task<CatalogOutcome> RemoveRequestAsync(Guid request) => Change($"request {request} is removed", s => CatalogStatements.RemoveRequest(s, request));

    /// <summary>A page of recordings, by the time they were asked for.</summary>
    public Task<CatalogPage<RecordingRow>> FindRecordingsAsync(CatalogQuery query, CancellationToken cancellationToken = default) =>
        _reader.FindRecordingsAsync(query, cancellationToken);

    /// <summary>A page of files, by the time of their first frame.</summary>
    public Task<CatalogPage<FileRow>> FindFilesAsync(CatalogQuery query, CancellationToken cancellationToken = default) =>
        _reader.FindFilesAsync(query, cancellationToken);

    /// <summary>One recording; null when there is none.</summary>
    public Task<RecordingRow?> RecordingAsync(Guid id, CancellationToken cancellationToken = default) => _reader.RecordingAsync(id, cancellationToken);

    /// <summary>One file; null when there is none.</summary>
    public Task<FileRow?> FileAsync(Guid id, CancellationToken cancellationToken = default) => _reader.FileAsync(id, cancellationToken);

    /// <summary>The files of a recording in their order.</summary>
    public Task<IReadOnlyList<FileRow>> FilesOfAsync(Guid recording, CancellationToken cancellationToken = default) => _reader.FilesOfAsync(recording, cancellationToken);

    /// <summary>All rows with this absolute path, newest first: a file that was appended to or overwritten has several.</summary>
    public Task<IReadOnlyList<FileRow>> FindByPathAsync(string path, CancellationToken cancellationToken = default) => _reader.FilesAtAsync(path, cancellationToken);

    /// <summary>Bytes that the files of an application have together, as far as they are on disk.</summary>
    public Task<long> BytesOfAsync(string application, CancellationToken cancellationToken = default) => _reader.BytesOfAsync(application, cancellationToken);

    /// <summary>The ledger of a recording by wall clock.</summary>
    public Task<IReadOnlyList<LedgerEntry>> LedgerOfAsync(Guid recording, CancellationToken cancellationToken = default) => _reader.LedgerOfAsync(recording, cancellationToken);

    /// <summary>The labels of a recording.</summary>
    public Task<IReadOnlyDictionary<string, string>> LabelsOfAsync(Guid recording, CancellationToken cancellationToken = default) => _reader.LabelsOfAsync(recording, cancellationToken);

    /// <summary>All persisted requests, oldest first.</summary>
    public Task<IReadOnlyList<RecordingRequest>> RequestsAsync(CancellationToken cancellationToken = default) => _reader.RequestsAsync(cancellationToken);

    /// <summary>At a start: what the last process did not finish, newest last.</summary>
    public Task<IReadOnlyList<UnfinishedRecording>> UnfinishedAsync(CancellationToken cancellationToken = default) => _reader.UnfinishedAsync(cancellationToken);

    /// <summary>Has SQLite check the whole file; empty when all is well. Takes seconds for a million files.</summary>
    public Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken = default) => _reader.CheckAsync(cancellationToken);

    /// <summary>Writes what is queued, if the file can be written, and closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await _writer.DisposeAsync();
    }

    /// <summary>Any change; tests reach the writer by it.</summary>
    internal Task<CatalogOutcome> ChangeAsync(string what, Action<CatalogSession> apply) => Change(what, apply);

    private Task<CatalogOutcome> Change(string what, Action<CatalogSession> apply) => _writer.Enqueue(new CatalogChange(what, apply));

    private long Now() => CatalogStatements.Ms(_time.GetUtcNow());

    private void OnAvailability(CatalogAvailability availability)
    {
        try
        {
            AvailabilityChanged?.Invoke(availability);
        }
        catch (Exception e)
        {
            _logger.LogError(e, "An observer of the catalog failed");
        }
    }
}
