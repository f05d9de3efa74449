using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Catalog;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Takes a closed file to its announcement: it is read as a player would, mended when something is wrong, and only then told. Files of one recording
/// go in order, beside the recording's task: a large file holds up no media.
/// </summary>
internal sealed partial class FileAnnouncer(ActiveRecording recording, RecordingEnvironment environment)
{
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(30);

    private Task _last = Task.CompletedTask;

    /// <summary>Completes when every file so far was announced or put aside.</summary>
    public Task Done => _last;

    /// <summary>A file is complete and synced.</summary>
    public void Add(Guid id, RecordedFile file, bool startsWithKeyFrame) => _last = AnnounceAsync(_last, id, environment.Claims.Follow(file.Path), file, startsWithKeyFrame);

    /// <summary>A file could not be finished: what is in it is saved as far as the disk lets us.</summary>
    public void AddBroken(RecordingFile broken, FollowedFile place, RecordedFile file) => _last = RecoverAsync(_last, broken, place, file);

    private async Task AnnounceAsync(Task before, Guid id, FollowedFile followed, RecordedFile file, bool startsWithKeyFrame)
    {
        await before;
        using var place = followed;
        try
        {
            await environment.Journal.CloseFileAsync(id, file);
            if (await IsGoodAsync(id, place, file, startsWithKeyFrame))
                await TellAsync(id, file with { Path = place.Path });
        }
        catch (OperationCanceledException)
        {
            // The host stops: the next start goes on here.
        }
        catch (Exception e)
        {
            LogFailed(environment.Logger, e, file.Path);
        }
    }

    private async Task RecoverAsync(Task before, RecordingFile broken, FollowedFile place, RecordedFile file)
    {
        await before;
        var id = broken.Id;
        try
        {
            if (await MendAsync(broken, place) is not { } mended)
            {
                place.Dispose();
                await environment.Journal.MoveFileAsync(id, CatalogState.Failed);
                return;
            }

            file = file with { Bytes = mended.Bytes, Duration = mended.Duration };
            _ = environment.Journal.MoveFileAsync(id, CatalogState.Recovered, new FileFinding { Bytes = file.Bytes, Duration = file.Duration });
            LogRecovered(environment.Logger, file.Path, file.Duration.TotalSeconds);
            await AnnounceAsync(Task.CompletedTask, id, place, file, startsWithKeyFrame: false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Its disk is there and it is not. What is called so later is another file.
            place.Dispose();
            LogGone(environment.Logger, file.Path);
            await environment.Journal.MoveFileAsync(id, CatalogState.Failed, new FileFinding { Validation = "it was removed while it was recorded" });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk is still not well. What is in the file plays meanwhile; those behind it need not wait.
            _ = TryLaterAsync(broken, place, file);
        }
        catch (OperationCanceledException)
        {
            place.Dispose(); // the host stops: the next start goes on here
        }
    }

    private async Task<(long Bytes, TimeSpan Duration)?> MendAsync(RecordingFile broken, FollowedFile place)
    {
        if (environment.Inspector is not { } inspector)
            return null;
        using var held = await place.HoldAsync(environment.Stopping);
        return await inspector.MendAsync(
            () =>
            {
                broken.EnsureMounted();
                return place.Path;
            },
            environment.Stopping);
    }

    private async Task TryLaterAsync(RecordingFile broken, FollowedFile place, RecordedFile file)
    {
        try
        {
            await Task.Delay(Later, environment.Time, environment.Stopping);
        }
        catch (OperationCanceledException)
        {
            place.Dispose();
            return;
        }

        await RecoverAsync(Task.CompletedTask, broken, place, file);
    }

    private async Task<bool> IsGoodAsync(Guid id, FollowedFile place, RecordedFile file, bool startsWithKeyFrame)
    {
        if (environment.Inspector is not { } inspector)
            return true;
        var isFinished = file.Format != RecordingFormat.FragmentedMp4;
        var problems = await inspector.CheckAsync(() => place.Path, startsWithKeyFrame, isFinished, environment.Stopping);
        if (problems.Count == 0)
            return true;

        // Perhaps a recording has gone on with it, or replaced it, while it was read: it is judged, and mended, when nobody writes it.
        using var held = await place.HoldAsync(environment.Stopping);
        problems = await inspector.CheckAsync(() => place.Path, startsWithKeyFrame, isFinished, environment.Stopping);
        if (problems.Count == 0)
            return true;

        var what = string.Join(" ", problems);
        LogQuarantined(environment.Logger, place.Path, what);
        await environment.Journal.MoveFileAsync(id, CatalogState.Quarantined, new FileFinding { Validation = what });
        if (await inspector.MendAsync(() => place.Path, environment.Stopping) is { } mended)
            problems = await inspector.CheckAsync(() => place.Path, startsWithKeyFrame, isFinished, environment.Stopping);
        if (problems.Count == 0)
        {
            await environment.Journal.MoveFileAsync(id, CatalogState.Closed);
            return true;
        }

        environment.Warn(recording, $"The recorded file has errors and is kept aside: {what}");
        return false;
    }

    private async Task TellAsync(Guid id, RecordedFile file)
    {
        await environment.Journal.MoveFileAsync(id, CatalogState.Validated, new FileFinding { Validation = "ok" });
        environment.FileClosed(recording, file);
        await environment.Journal.AnnounceFileAsync(recording, id, environment.Time.GetUtcNow());
    }

    [LoggerMessage(LogLevel.Error, "{Path} has errors and is not announced: {Problems}")]
    private static partial void LogQuarantined(ILogger logger, string path, string problems);

    [LoggerMessage(LogLevel.Warning, "{Path} was saved after its recording failed: {Seconds:0.000} s")]
    private static partial void LogRecovered(ILogger logger, string path, double seconds);

    [LoggerMessage(LogLevel.Error, "{Path} was removed while it was recorded; what was in it is lost")]
    private static partial void LogGone(ILogger logger, string path);

    [LoggerMessage(LogLevel.Error, "{Path} could not be announced")]
    private static partial void LogFailed(ILogger logger, Exception exception, string path);
}
