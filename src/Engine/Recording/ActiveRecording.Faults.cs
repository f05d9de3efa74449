using System.Runtime.ExceptionServices;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// Disks fail; recordings outlast it. What could not be written stays in memory and is tried again, in the same file while that can be trusted,
/// otherwise in a new one from the next key frame on. What is missing in the end is measured in the time of the source and noted in the ledger.
/// </summary>
internal sealed partial class ActiveRecording
{
    private const int TrustedAttempts = 3;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StallAlarm = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    private readonly ITimer _watch;
    private readonly Lock _faultGate = new();
    private readonly List<(RecordingFile File, FollowedFile Place)> _broken = [];
    private readonly WrittenMark _mark;
    private DiscontinuityCause _lossCause = DiscontinuityCause.FramesLost;
    private bool _isStarted;
    private long _lookedAt;
    private long _endedAt;
    private bool _isBusy; // with the disk; fault gate
    private string? _fault; // what was said last; fault gate
    private long _faultSince; // fault gate
    private RecordingState _stateBefore; // fault gate

    /// <summary>Null: the file was given up, nothing of these frames is written.</summary>
    private async Task<int?> TryWriteAsync(ReadOnlyMemory<MediaFrame> frames, int count)
    {
        try
        {
            return await WriteAsync(frames, count);
        }
        catch (FileGivenUpException)
        {
            return null;
        }
    }

    /// <summary>False: the existing file cannot be gone on with on this disk, a new one must begin.</summary>
    private async Task<bool> TryOpenExistingAsync()
    {
        var file = _file!;
        return await TryAsync(file.OpenExistingAsync, file);
    }

    /// <summary>False: the file was given up without its index.</summary>
    private Task<bool> TryFinishAsync(RecordingFile file) => TryAsync(file.FinishAsync, file);

    /// <summary>Puts what was added to the file on the disk, however long that takes.</summary>
    /// <exception cref="FileGivenUpException">The disk is well again, but the file cannot be gone on with.</exception>
    private async Task PutAsync(ReadOnlyMemory<MediaFrame> frames, ReadOnlyMemory<MediaFrame> following)
    {
        var file = _file!;
        BeginWatch();
        try
        {
            await file.WriteFragmentAsync(Following(following), _environment.Room);
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            await OutlastAsync(e, file.RetryAsync, file);
        }
        finally
        {
            EndWatch();
        }

        EndFault();
        _mark.Written(frames.Span, file.Id, _clock.Elapsed);
        NoteProgress();
        if (_environment.Time.GetElapsedTime(_lookedAt) < LookInterval)
            return;
        _lookedAt = _environment.Time.GetTimestamp();
        try
        {
            await file.LookAsync();
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            await OutlastAsync(e, file.LookAsync, file);
        }
    }

    private async Task<bool> TryAsync(Func<Task> what, RecordingFile file)
    {
        BeginWatch();
        try
        {
            try
            {
                await what();
            }
            catch (Exception e) when (DiskFault.Is(e))
            {
                await OutlastAsync(e, file.RetryAsync, file);
            }
        }
        catch (FileGivenUpException)
        {
            return false;
        }
        finally
        {
            EndWatch();
        }

        EndFault();
        return true;
    }

    /// <summary>A name for a file, however long the disk takes to say which are free.</summary>
    private async Task<FileTarget> ClaimAsync(Func<FileTarget> claim)
    {
        FileTarget? target = null;
        Task Claim() => _volume.RunAsync(() => target = claim());
        BeginWatch();
        try
        {
            await Claim();
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            await OutlastAsync(e, Claim, file: null);
        }
        finally
        {
            EndWatch();
        }

        return target!;
    }

    /// <summary>Tries again until it succeeds, the recording has ended and patience with it, or the file must be given up.</summary>
    private async Task OutlastAsync(Exception error, Func<Task> again, RecordingFile? file)
    {
        for (var attempts = 1; ; attempts++)
        {
            Suspend(error);
            if (file is not null && await MustGiveUpAsync(file, error, attempts))
            {
                await GiveUpAsync(file, error);
                throw new FileGivenUpException();
            }

            await RestAsync(error);
            try
            {
                await again();
                return;
            }
            catch (Exception e) when (DiskFault.Is(e))
            {
                error = e;
            }
        }
    }

    /// <summary>Whether another file would fare better. One that never came into being tries other names by itself.</summary>
    private async Task<bool> MustGiveUpAsync(RecordingFile file, Exception error, int attempts)
    {
        if (!file.IsOpen && !file.Continues)
            return false;
        if (DiskFault.IsOfTheFile(error))
            return true;
        if (attempts <= TrustedAttempts || DiskFault.IsFull(error))
            return false;
        try
        {
            return await _volume.RunAsync(() =>
            {
                _target.Probe();
                return true;
            });
        }
        catch (Exception e) when (DiskFault.Is(e) || e is RecordingException)
        {
            return false;
        }
    }

    private async Task GiveUpAsync(RecordingFile file, Exception error)
    {
        LogGivenUp(_environment.Logger, Stream, file.Path, error.Message);
        if (error is FileVanishedException)
            _mark.Forget(file.Id);
        else
            _closedBytes += file.WrittenLength;
        if (error is SyncFailedException && file.HasContent)
            Note(DiscontinuityCause.VolumeFault, TimeSpan.Zero, $"a sync of '{file.Path}' failed: what was not on the medium before may not survive a loss of power");
        await file.AbandonAsync();
        file.Dispose();
        if (file.HasContent)
            _broken.Add((file, _environment.Claims.Follow(file.Path)));
        else
            _ = _environment.Journal.MoveFileAsync(file.Id, Catalog.CatalogState.Failed);
        _file = null;
    }

    /// <summary>
    /// What lies between two tries. When the recording has ended there are only so many: more where its publisher may return, but who stops it waits for no publisher.
    /// </summary>
    private async Task RestAsync(Exception error)
    {
        if (!_stop.IsCancellationRequested && (!Stream.Ended.IsCompleted || _returns.Any))
        {
            await Task.Delay(RetryInterval, _environment.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        if (_endedAt == 0)
            _endedAt = Math.Max(1, _environment.Time.GetTimestamp());
        var patience = _environment.Settings.DiskPatience + (_stop.IsCancellationRequested ? TimeSpan.Zero : Options.Grace ?? TimeSpan.Zero);
        if (_stopReason == RecordingEndReason.Shutdown || _environment.Time.GetElapsedTime(_endedAt) >= patience)
            ExceptionDispatchInfo.Throw(error);
        await Task.Delay(RetryInterval, _environment.Time, CancellationToken.None);
    }

    /// <summary>Frames are missing, the log had no room for more: the file ends where they begin.</summary>
    private async Task<bool> GoOnAfterLossAsync()
    {
        await CloseFileAsync();
        return await BeginAnewAsync();
    }

    /// <summary>A new file, as soon as one can be made, from the next frame that a file may start with. False when the recording ends before.</summary>
    private async Task<bool> BeginAnewAsync()
    {
        // A file that never was leaves its name.
        var target = _file is { IsOpen: false, Continues: false } ? _target : await TakeNextTargetAsync();
        _file?.Dispose();
        _file = null;
        var stream = Stream;
        if (await SeekStartAsync() is not { } startsAt || !_reader.TryRead(maximumFrames: 1))
        {
            NoteRest();
            return false;
        }

        _lostFrames = _reader.LostFrames;
        _clock.ContinueAt(_mark.Elapsed);
        // The clock of a publisher that came back tells nothing about the time since.
        NoteLoss(ReferenceEquals(stream, Stream) ? _mark.LengthUntil(_reader.Frames.Span[0]) : _mark.Age);
        OpenFile(target, startsAt);
        return true;
    }
}
