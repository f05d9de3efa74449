using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Catalog;
using Tapedeck.Engine.Steps;
using Tapedeck.Steps;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// After a start, in the background: finishes what the process before left unfinished, newest last, and announces what it had not announced.
/// </summary>
/// <param name="catalog">What was recorded.</param>
/// <param name="claims">A file that a new recording goes on with is left to it.</param>
/// <param name="inspector">Mends and checks.</param>
/// <param name="plan">What an application instance wants done with what is announced; null when there is no such application now: its files wait for it.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets a line for each file.</param>
public sealed partial class RecordingRecovery(
    RecordingCatalog catalog,
    FileClaims claims,
    FileInspector inspector,
    Func<StreamAddress, CancellationToken, ValueTask<StepPlan?>> plan,
    TimeProvider time,
    ILogger logger)
{
    private static readonly CatalogState[] Unannounced = [CatalogState.Closed, CatalogState.Validated];

    /// <summary>Goes through all of them. Never throws but for cancellation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await catalog.CompleteAnnouncedAsync();
        // Looked up before anything is done: what this process closes meanwhile is none of its business.
        var interrupted = await catalog.UnfinishedAsync(cancellationToken);
        var files = await AllAsync(catalog.FindFilesAsync, cancellationToken);
        var recordings = await AllAsync(catalog.FindRecordingsAsync, cancellationToken);
        foreach (var unfinished in interrupted)
        {
            var saved = 0;
            foreach (var file in unfinished.Files)
            {
                if (await TryAsync(file, RecoverAsync, cancellationToken))
                    saved++;
            }

            await EndAsync(unfinished.Recording, saved, cancellationToken);
        }

        foreach (var file in files)
            await TryAsync(file, AnnounceAsync, cancellationToken);
        foreach (var recording in recordings)
            await FinishAsync(recording, cancellationToken);
    }

    private static async Task<List<TRow>> AllAsync<TRow>(Func<CatalogQuery, CancellationToken, Task<CatalogPage<TRow>>> find, CancellationToken cancellationToken)
    {
        var all = new List<TRow>();
        foreach (var state in Unannounced)
        {
            for (var query = new CatalogQuery { State = state, OldestFirst = true, Limit = CatalogQuery.MaximumPage }; ;)
            {
                var page = await find(query, cancellationToken);
                all.AddRange(page.Rows);
                if (page.Next is null)
                    break;
                query = query with { After = page.Next };
            }
        }

        return all;
    }

    /// <summary>A recording that ended, but whose files were not announced in time, is done when they are.</summary>
    private async Task FinishAsync(RecordingRow recording, CancellationToken cancellationToken)
    {
        try
        {
            if (!(await catalog.FilesOfAsync(recording.Id, cancellationToken)).Any(f => f.State < CatalogState.Announced)) // kept aside, say, or written by another recording
                await AnnounceAsync(recording, cancellationToken);
        }
        catch (CatalogException e)
        {
            LogFailed(logger, recording.Address.Stream, e.Message);
        }
    }

    private async Task<bool> TryAsync(FileRow file, Func<FileRow, CancellationToken, Task<bool>> work, CancellationToken cancellationToken)
    {
        if (!claims.TryTake(file.Path))
            return false;
        var present = file;
        try
        {
            // A new recording may have renamed it since it was listed; while its name is held, none can.
            present = await catalog.FileAsync(file.Id, cancellationToken) ?? file;
            if (present.Path == file.Path)
                return await work(file, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CatalogException)
        {
            LogFailed(logger, file.Path, e.Message);
            return false;
        }
        finally
        {
            claims.Release(file.Path);
        }

        return await TryAsync(present, work, cancellationToken);
    }

    private async Task<bool> RecoverAsync(FileRow file, CancellationToken cancellationToken)
    {
        if (!File.Exists(file.Path) || new FileInfo(file.Path).Length == 0)
        {
            LogEmpty(logger, file.Path);
            await catalog.MoveFileAsync(file.Id, CatalogState.Failed, new FileFinding { Validation = "nothing had been written" });
            return false;
        }

        if (await inspector.MendAsync(file.Path, cancellationToken) is not { } mended)
        {
            LogUnreadable(logger, file.Path);
            await catalog.MoveFileAsync(file.Id, CatalogState.Failed, new FileFinding { Validation = "cannot be read" });
            return false;
        }

        await catalog.MoveFileAsync(file.Id, CatalogState.Recovered, new FileFinding { Bytes = mended.Bytes, Duration = mended.Duration });
        await catalog.AddLedgerAsync(new LedgerEntry(Guid.CreateVersion7(), file.Recording, LedgerCause.Crash, time.GetUtcNow())
        {
            File = file.Id,
            Detail = "the host ended without closing the file",
        });
        await catalog.CloseFileAsync(new FileClosing(file.Id, mended.Bytes, mended.Duration, file.StartedAt + mended.Duration));
        LogRecovered(logger, file.Path, mended.Duration.TotalSeconds);
        return await AnnounceAsync(file, cancellationToken);
    }

    private async Task<bool> AnnounceAsync(FileRow file, CancellationToken cancellationToken)
    {
        var problems = await inspector.CheckAsync(file.Path, startsWithKeyFrame: false, isFinished: false, cancellationToken);
        if (problems.Count > 0)
        {
            LogQuarantined(logger, file.Path, string.Join(" ", problems));
            await catalog.MoveFileAsync(file.Id, CatalogState.Quarantined, new FileFinding { Validation = string.Join(" ", problems) });
            return false;
        }

        await catalog.MoveFileAsync(file.Id, CatalogState.Validated, new FileFinding { Validation = "ok" });
        if (await PlanAsync(file.Address, file.Path, cancellationToken) is { } steps)
            await catalog.AnnounceFileAsync(file.Id, steps.For(StepEvent.FileClosed, file.Recording, file.Id, time.GetUtcNow()));
        return true;
    }

    private async Task EndAsync(RecordingRow recording, int saved, CancellationToken cancellationToken)
    {
        if (!CatalogStates.IsUnfinished(recording.State))
            return;
        var ending = new RecordingEnding(Recordings.RecordingEndReason.Shutdown, "the host ended without closing the recording");
        try
        {
            // It may have ended between two files: those before are good.
            if (saved == 0 && !(await catalog.FilesOfAsync(recording.Id, cancellationToken)).Any(f => f.State is >= CatalogState.Closed and <= CatalogState.Done))
            {
                await catalog.MoveRecordingAsync(recording.Id, CatalogState.Failed, ending);
                if (await PlanAsync(recording.Address, recording.Address.Stream, cancellationToken) is { } steps)
                    await catalog.AddStepsAsync(steps.For(StepEvent.RecordingEnded, recording.Id, null, time.GetUtcNow()));
                return;
            }

            if (recording.State == CatalogState.Requested)
                await catalog.MoveRecordingAsync(recording.Id, CatalogState.Waiting);
            foreach (var state in (CatalogState[])[CatalogState.Recovered, CatalogState.Closed])
                await catalog.MoveRecordingAsync(recording.Id, state, state == CatalogState.Closed ? ending : null);
            await AnnounceAsync(recording, cancellationToken);
        }
        catch (CatalogException e)
        {
            LogFailed(logger, recording.Address.Stream, e.Message);
        }
    }

    private async Task AnnounceAsync(RecordingRow recording, CancellationToken cancellationToken)
    {
        try
        {
            if (await PlanAsync(recording.Address, recording.Address.Stream, cancellationToken) is not { } steps)
                return;
            if (recording.State != CatalogState.Validated)
                await catalog.MoveRecordingAsync(recording.Id, CatalogState.Validated);
            await catalog.AnnounceRecordingAsync(recording.Id, steps.For(StepEvent.RecordingEnded, recording.Id, null, time.GetUtcNow()));
        }
        catch (CatalogException e)
        {
            LogFailed(logger, recording.Address.Stream, e.Message);
        }
    }

    private async Task<StepPlan?> PlanAsync(StreamAddress address, string what, CancellationToken cancellationToken)
    {
        var found = await plan(address, cancellationToken);
        if (found is null)
            LogNoApplication(logger, what, address.Application);
        return found;
    }

    [LoggerMessage(LogLevel.Error, "{What} is not announced: there is no application {Application} now, so nobody knows its steps. It is announced at a start with that application")]
    private static partial void LogNoApplication(ILogger logger, string what, string application);

    [LoggerMessage(LogLevel.Warning, "Recovered {Path}: {Seconds:0.000} s")]
    private static partial void LogRecovered(ILogger logger, string path, double seconds);

    [LoggerMessage(LogLevel.Warning, "Nothing had been written to {Path} when the host ended")]
    private static partial void LogEmpty(ILogger logger, string path);

    [LoggerMessage(LogLevel.Error, "{Path} was left unfinished and cannot be read")]
    private static partial void LogUnreadable(ILogger logger, string path);

    [LoggerMessage(LogLevel.Error, "{Path} has errors and is not announced: {Problems}")]
    private static partial void LogQuarantined(ILogger logger, string path, string problems);

    [LoggerMessage(LogLevel.Error, "{Path} could not be recovered now: {Reason}")]
    private static partial void LogFailed(ILogger logger, string path, string reason);
}
