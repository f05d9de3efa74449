using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>The files of a recording, one after the other: opened, grown, closed, announced; or saved as far as the disk lets us.</summary>
internal sealed partial class ActiveRecording
{
    /// <summary>A publisher that changes its codec all the time must not fill the disk with files.</summary>
    private void RefuseFlood()
    {
        if (++_extraFiles > 10 + _environment.Time.GetElapsedTime(_startedTimestamp).TotalSeconds)
            throw new RecordingFailure(RecordingEndReason.UnsupportedMedia, "The encoder changes its codec settings more than once a second.");
    }

    private async Task StartNextFileAsync(ReadOnlyMemory<MediaFrame> frames, ReadOnlyMemory<MediaFrame> following)
    {
        await PutAsync(frames, following);
        await CloseFileAsync();
        OpenFile(await TakeNextTargetAsync(), following.Span[0].ArrivedAt);
    }

    /// <param name="target">What to write.</param>
    /// <param name="startedAt">When its first frame arrived.</param>
    private void OpenFile(FileTarget target, DateTimeOffset startedAt)
    {
        _tracks.Clear();
        _refusedTracks.Clear();
        _split.Restart();
        var context = new ContainerContext(startedAt, Stream.Metadata, Options.RecordData) { Options = Options };
        _file = new RecordingFile(target, _format, context, _volume, Options.Durability ?? _environment.Settings.Durability, AnnounceFileAsync);
    }

    /// <summary>The catalog knows of a file before its first byte.</summary>
    private async Task AnnounceFileAsync(RecordingFile file)
    {
        await MakeRoomAsync();
        _plannedPath = file.Path;
        await _environment.Journal.OpenFileAsync(this, file.Id, _sequence++, file.Path, file.StartedAt);
    }

    private void NoteProgress()
    {
        if (!_file!.IsOpen)
            return;
        if (_file.Path != _plannedPath)
            _ = _environment.Journal.RenameFileAsync(_file.Id, _plannedPath = _file.Path);
        _environment.Journal.Progress(_file.Id, _file.Length, _file.Duration);
        if (_isStarted)
            return;
        _isStarted = true;
        _state = RecordingState.Writing;
        LogStarted(_environment.Logger, Stream, Path);
        _environment.Started(this);
    }

    private async Task CloseFileAsync()
    {
        if (_file is not { IsOpen: true } file)
            return;
        var state = _state;
        _state = RecordingState.Closing;
        var isFinished = await TryFinishAsync(file);
        AfterFault(state);
        _file = null;
        if (!isFinished)
            return; // what is in it is saved when the disk is well
        _closedBytes += file.Length;
        Announce(file);
    }

    private void Announce(RecordingFile file)
    {
        var recorded = Describe(file);
        Volatile.Write(ref _files, [.. _files, recorded]);
        LogClosed(_environment.Logger, Stream, recorded.Path, recorded.Duration.TotalSeconds, recorded.Bytes);
        _announcer.Add(file.Id, recorded, Options.StartOnKeyFrame && !file.Continues && !file.BeginsAnywhere && Options.Split is null or { OnKeyFrame: true });
    }

    private RecordedFile Describe(RecordingFile file) => new(file.Path, _format.Format, file.Length, file.Duration, file.StartedAt);

    private async Task FailAsync(RecordingEndReason reason, string error, bool diskIsWell = false)
    {
        LogFailed(_environment.Logger, Stream, error);
        try
        {
            if (diskIsWell && _file is { HasMedia: true } file)
            {
                await file.WriteFragmentAsync(default);
                NoteProgress();
            }

            if (diskIsWell)
                await CloseFileAsync();
        }
        catch (Exception e)
        {
            error = $"{error} Then '{Path}' could not be closed: {e.Message}";
        }

        // What is on disk is playable as it is; players that insist on an index get it when the host repairs the file.
        if (_file is { IsOpen: true } open)
        {
            await open.AbandonAsync();
            if (open.HasContent)
                _announcer.AddBroken(open, _environment.Claims.Follow(open.Path), Describe(open));
            else
                _ = _environment.Journal.MoveFileAsync(open.Id, Catalog.CatalogState.Failed);
        }
        else if (_file is { IsKnown: true } planned)
        {
            // Never made: what lies at its path later is another's.
            _ = _environment.Journal.MoveFileAsync(planned.Id, Catalog.CatalogState.Failed);
        }

        End(reason, error);
    }
}
