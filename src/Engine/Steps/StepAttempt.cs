using Tapedeck.Engine.Catalog;
using Tapedeck.Recordings;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Steps;

/// <summary>One attempt, as its executor sees it.</summary>
internal sealed class StepAttempt : StepCall
{
    private readonly RecordingCatalog _catalog;
    private readonly StepFiles _files;
    private readonly StepExecutor _executor;
    private readonly StepRow _row;
    private readonly FileRow? _fileRow;
    private volatile StepFile? _file;
    private volatile bool _isOver;

    private StepAttempt(RecordingCatalog catalog, StepFiles files, StepExecutor executor, StepRow row, StepRecording recording, FileRow? file, StepCause? cause)
    {
        (_catalog, _files, _executor, _row, _fileRow, Recording, Cause) = (catalog, files, executor, row, file, recording, cause);
        _file = file is null ? null : new StepFile(file.Id, file.Sequence, file.Path, file.Format, file.StartedAt)
        {
            Bytes = file.Bytes,
            Duration = file.Duration,
            Sha256 = file.Sha256 is { } hash ? new ReadOnlyMemory<byte>(hash) : null,
            Name = NameOf(file.Path, executor.Directories is [var storage, ..] ? storage : null),
        };
    }

    public override Guid Id => _row.Id;

    public override StepDefinition Definition => _row.Definition;

    public override int Attempt => _row.Attempts + 1;

    public override DateTimeOffset At => _row.At;

    public override StepRecording Recording { get; }

    public override StepFile? File => _file;

    public override StepCause? Cause { get; }

    public override string? Progress => _row.Progress;

    /// <summary>Reads what the attempt is about.</summary>
    /// <exception cref="StepException">It is not there any more.</exception>
    public static async Task<StepAttempt> BeginAsync(RecordingCatalog catalog, StepFiles files, StepExecutor executor, StepRow row, CancellationToken cancellationToken)
    {
        var recording = await catalog.RecordingAsync(row.Recording, cancellationToken)
            ?? throw new StepException($"The catalog has no recording {row.Recording} any more; cancel the step.");
        var file = row.File is { } id ? await catalog.FileAsync(id, cancellationToken) : null;
        StepCause? cause = null;
        if (row.Cause is { } step && await catalog.FindStepsAsync(new StepQuery { Id = step, Limit = 1 }, cancellationToken) is [var before])
            cause = new StepCause(before.Id, before.Definition.Kind, before.Definition.Argument, before.Detail);
        var about = new StepRecording(recording.Id, recording.Address.Application, recording.Address.Instance, recording.Address.Stream, recording.CreatedAt)
        {
            StartedAt = recording.StartedAt,
            EndedAt = recording.EndedAt,
            EndReason = recording.EndReason,
            Error = recording.Error,
            Labels = await catalog.LabelsOfAsync(recording.Id, cancellationToken),
        };
        return new StepAttempt(catalog, files, executor, row, about, file, cause);
    }

    /// <summary>What was handed out is void.</summary>
    public void End() => _isOver = true;

    public override async ValueTask SaveProgressAsync(string progress, CancellationToken cancellationToken)
    {
        RequireOpen();
        Require(await _catalog.SaveStepProgressAsync(Id, progress).WaitAsync(cancellationToken));
    }

    public override async ValueTask<IReadOnlyList<Discontinuity>> GetLedgerAsync(CancellationToken cancellationToken) =>
        [.. (await _catalog.LedgerOfAsync(Recording.Id, cancellationToken)).Select(e => new Discontinuity(CauseOf(e.Cause), e.MediaTime ?? TimeSpan.Zero, e.At, e.Length ?? TimeSpan.Zero, e.Detail ?? ""))];

    public override async ValueTask MoveFileAsync(string path, CancellationToken cancellationToken)
    {
        var (row, file) = RequireFile();
        var moved = await _files.MoveAsync(row, file.Path, path, _executor.Directories, cancellationToken);
        _file = file with { Path = moved, Name = NameOf(moved, _executor.Directories is [var storage, ..] ? storage : null) };
    }

    public override async ValueTask<string> CopyFileAsync(string path, CancellationToken cancellationToken) =>
        await _files.CopyAsync(RequireFile().File.Path, path, _executor.Directories, cancellationToken);

    public override async ValueTask DeleteFileAsync(CancellationToken cancellationToken) =>
        await _files.DeleteAsync(RequireFile().Row.Id, Definition.ToString(), cancellationToken);

    public override async ValueTask SetSha256Async(ReadOnlyMemory<byte> hash, CancellationToken cancellationToken)
    {
        var (row, file) = RequireFile();
        Require(await _catalog.SetSha256Async(row.Id, hash.ToArray()).WaitAsync(cancellationToken));
        _file = file with { Sha256 = hash };
    }

    public override async ValueTask SetLabelAsync(string key, string? value, CancellationToken cancellationToken)
    {
        RequireOpen();
        try
        {
            await _executor.SetLabelAsync(Recording.Id, key, value, cancellationToken);
        }
        catch (RecordingException e)
        {
            throw new StepException(e.Message, e);
        }
    }

    private static string NameOf(string path, string? storage) =>
        storage is not null && path.StartsWith(System.IO.Path.TrimEndingDirectorySeparator(storage) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? System.IO.Path.GetRelativePath(storage, path).Replace(System.IO.Path.DirectorySeparatorChar, '/')
            : System.IO.Path.GetFileName(path);

    private (FileRow Row, StepFile File) RequireFile()
    {
        RequireOpen();
        return _fileRow is { } row && _file is { } file ? (row, file) : throw new StepException($"The event {Definition.On} has no file; list the step for FileClosed.");
    }

    private void RequireOpen()
    {
        if (_isOver)
            throw new StepException("The attempt is over; what it asked for is void.");
    }

    private static void Require(CatalogOutcome outcome)
    {
        if (outcome != CatalogOutcome.Durable)
            throw new StepException("The catalog cannot be written now; the log says why.");
    }

    private static DiscontinuityCause CauseOf(LedgerCause cause) => cause switch
    {
        LedgerCause.Burst => DiscontinuityCause.Burst,
        LedgerCause.Jump => DiscontinuityCause.JumpForward,
        LedgerCause.Backwards => DiscontinuityCause.JumpBack,
        LedgerCause.Wrap => DiscontinuityCause.Wrap,
        LedgerCause.Drift => DiscontinuityCause.Drift,
        LedgerCause.CodecChange => DiscontinuityCause.TrackChanged,
        LedgerCause.SizeChange => DiscontinuityCause.SizeChanged,
        LedgerCause.Reconnect => DiscontinuityCause.Reconnected,
        LedgerCause.SlowVolume => DiscontinuityCause.FramesLost,
        LedgerCause.VolumeFault => DiscontinuityCause.VolumeFault,
        LedgerCause.Pause => DiscontinuityCause.Paused,
        LedgerCause.Crash => DiscontinuityCause.Crashed,
        _ => DiscontinuityCause.Gap,
    };
}
