using Microsoft.Extensions.Logging;
using Tapedeck.Containers;
using Tapedeck.Engine.Catalog;
using Tapedeck.Media;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// A recording that runs: one reader of one stream, one task, one file at a time. The task sleeps until a fragment's worth of media lies in the
/// log, writes it in one go and advances; whatever the disk does, the publisher is never waited for.
/// </summary>
internal sealed partial class ActiveRecording : IRecording
{
    private const int MaximumFrames = 16 * 1024;
    private static readonly TimeSpan PauseLook = TimeSpan.FromMilliseconds(200);

    private readonly RecordingEnvironment _environment;
    private readonly ContainerFormat _format;
    private readonly Volume _volume;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<int, Track> _tracks = [];
    private readonly HashSet<int> _refusedTracks = [];
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _startedTimestamp;
    private readonly RecordingLedger _ledger;
    private readonly RecordingClock _clock;
    private readonly SplitPolicy _split;
    private readonly List<MediaFrame> _following = [];
    private readonly FileAnnouncer _announcer;
    private string _plannedPath = "";
    private int _sequence;

    private RecordedFile[] _files = [];
    private FileTarget _target;
    private RecordingFile? _file;
    private IStreamReader? _reader;
    private RecordingEndReason? _stopReason;
    private int _extraFiles;
    private long _closedBytes;
    private long _lostFrames;
    private volatile bool _pauseAsked;
    private volatile RecordingState _state = RecordingState.Waiting;

    public ActiveRecording(ILiveStream stream, RecordingOptions options, FileTarget target, ContainerFormat format, Volume volume, RecordingEnvironment environment)
    {
        Stream = stream;
        Options = options;
        _target = target;
        _format = format;
        _volume = volume;
        _environment = environment;
        _startedTimestamp = environment.Time.GetTimestamp();
        _ledger = new RecordingLedger(environment.Time);
        _clock = new RecordingClock(Note);
        _split = new SplitPolicy(options.Split, environment.Time);
        _announcer = new FileAnnouncer(this, environment);
        // Opened here, not in the task: nothing that arrives after the request is missed.
        _reader = stream.OpenReader(new ReaderOptions { Start = ReaderStart.Next, Lossless = true, MaxLagBytes = environment.Settings.MaxLagBytes });
    }

    public Guid Id { get; init; } = Guid.CreateVersion7();

    public ILiveStream Stream { get; }

    public RecordingOptions Options { get; }

    public RecordingState State => _state;

    public string Path => Volatile.Read(ref _target).Path;

    public IReadOnlyList<RecordedFile> Files => Volatile.Read(ref _files);

    public IReadOnlyList<Discontinuity> Ledger => _ledger.Entries;

    public RecordingEndReason? EndReason { get; private set; }

    public string? Error { get; private set; }

    public Task Completion => _completion.Task;

    /// <summary>Opens an existing file (append), then records until stopped or the stream ends.</summary>
    public async Task RunAsync()
    {
        await Task.Yield();
        var reader = _reader!;
        try
        {
            await RecordAsync(reader);
            await CloseFileAsync();
            End(_stopReason ?? RecordingEndReason.StreamEnded, null);
        }
        catch (RecordingFailure failure)
        {
            await FailAsync(failure.Reason, failure.Message, diskIsWell: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ContainerFormatException)
        {
            await FailAsync(RecordingEndReason.WriteFailed, $"'{Path}' cannot be written: {e.Message}");
        }
        catch (Exception e)
        {
            LogUnexpected(_environment.Logger, e, Stream, Path);
            await FailAsync(RecordingEndReason.WriteFailed, $"Internal error: {e.Message}");
        }
        finally
        {
            if (reader.LostFrames > 0)
                LogLost(_environment.Logger, Stream, reader.LostFrames, _environment.Settings.MaxLagBytes);
            reader.Dispose();
            _file?.Dispose();
            _target.Dispose();
            await TellEndAsync();
        }
    }

    /// <summary>Whoever waits for the end need not wait until the files were looked at; whoever is told of it is told after them.</summary>
    private async Task TellEndAsync()
    {
        _environment.Forget(this);
        try
        {
            await _environment.Journal.EndAsync(this);
            _completion.SetResult();
            await _announcer.Done;
            await _environment.Journal.AnnounceAsync(this);
        }
        catch (CatalogException e)
        {
            LogJournal(_environment.Logger, Stream, e.Message);
        }
        finally
        {
            _completion.TrySetResult();
            _environment.Ended(this);
        }
    }

    /// <summary>Asks the task to stop with what has arrived; <see cref="Completion"/> tells when it did.</summary>
    public void Stop(RecordingEndReason reason)
    {
        lock (_gate)
        {
            if (_stopReason is not null || EndReason is not null)
                return;
            _stopReason = reason;
        }

        _stop.Cancel();
    }

    /// <summary>Goes on in a new file at the next opportunity.</summary>
    public void Split() => _split.Ask();

    /// <summary>Lets media pass by, from what has not been written yet on.</summary>
    public void Pause() => _pauseAsked = true;

    /// <summary>Ends a pause.</summary>
    public void Resume() => _pauseAsked = false;

    private void SayWaiting(TimeSpan passed)
    {
        LogWaiting(_environment.Logger, Stream, passed.TotalSeconds);
        _environment.Warn(this, $"No key frame for {passed.TotalSeconds:0} s: nothing is recorded yet. Shorten the key frame interval at the encoder, or set startOnKeyFrame to false.");
    }

    private async Task RecordAsync(IStreamReader reader)
    {
        if (!await new RecordingStart(reader, Options, _environment.Settings, SayWaiting).SeekAsync(_stop.Token))
            return;

        var interval = _format.FlushInterval(_environment.Settings);
        OpenFile(_target);
        await _file!.OpenExistingAsync();
        while (true)
        {
            var stopped = _stop.IsCancellationRequested;
            var more = await WaitAsync(reader, interval);
            NoteLost(reader);
            var pausing = _pauseAsked && !stopped;
            var final = !more || stopped || pausing || reader.HasEnded;
            var frames = reader.Frames;
            var count = final || !_format.NeedsLookahead ? frames.Length : FragmentCut.Choose(frames.Span, isFirst: !_file.IsOpen);
            var taken = await WriteAsync(frames, count);
            reader.Advance(taken);
            if (!more || (stopped && taken == frames.Length && frames.Length < MaximumFrames))
                return;
            if (HasReachedLimit())
            {
                Stop(RecordingEndReason.LimitReached);
                return;
            }

            if (pausing && taken == frames.Length && !await PassByAsync(reader))
                return;
        }
    }

    /// <summary>Paused: media passes by until somebody resumes, then until a frame to start at. False when the recording ends meanwhile.</summary>
    private async Task<bool> PassByAsync(IStreamReader reader)
    {
        var since = _environment.Time.GetTimestamp();
        var state = _state;
        _state = RecordingState.Paused;
        try
        {
            while (_pauseAsked)
            {
                if (!await reader.WaitAsync(PauseLook, MaximumFrames, _stop.Token))
                    return false;
                reader.Advance(reader.Frames.Length);
            }

            if (!await new RecordingStart(reader, Options, _environment.Settings, SayWaiting).SeekAsync(_stop.Token))
                return false;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            _state = state;
        }

        _clock.Continue();
        Note(DiscontinuityCause.Paused, _environment.Time.GetElapsedTime(since), "paused");
        return true;
    }

    private bool HasReachedLimit() =>
        (Options.MaxDuration is { } duration && _clock.Elapsed >= duration)
        || (Options.MaxBytes is { } bytes && _closedBytes + (_file?.Length ?? 0) >= bytes);

    private void NoteLost(IStreamReader reader)
    {
        var lost = reader.LostFrames - _lostFrames;
        if (lost == 0)
            return;
        _lostFrames = reader.LostFrames;
        Note(DiscontinuityCause.FramesLost, TimeSpan.Zero, $"{lost} frames were lost: the disk was slower than the stream for longer than recording.maxLagBytes bridges");
    }

    private void Note(DiscontinuityCause cause, TimeSpan length, string detail)
    {
        var entry = _ledger.Add(cause, _clock.Elapsed, length, detail);
        _environment.Journal.Note(this, _file?.Id, entry);
        LogDiscontinuity(_environment.Logger, Stream, entry.MediaTime.TotalSeconds, detail);
    }

    /// <summary>False when nothing more will come: the stream ended, or the recording was stopped and what had arrived is in <c>Frames</c>.</summary>
    private async ValueTask<bool> WaitAsync(IStreamReader reader, TimeSpan interval)
    {
        if (!_stop.IsCancellationRequested)
        {
            try
            {
                return await reader.WaitAsync(interval, MaximumFrames, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
        }

        // Stopped: what lies in the log now is still part of the recording.
        return reader.TryRead(MaximumFrames);
    }

    /// <summary>
    /// Writes the first <paramref name="count"/> frames. A frame that needs a new file ends the write before it: the new file gathers its first
    /// fragment afresh, so that its header knows all tracks.
    /// </summary>
    /// <returns>Frames that were taken.</returns>
    private async Task<int> WriteAsync(ReadOnlyMemory<MediaFrame> frames, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!IsWanted(frames.Span[i].Track.Kind))
                continue;
            var verdict = Admit(frames.Span[i]);
            if (verdict == TrackVerdict.Unsupported)
                continue; // said once in Admit
            if (HasReachedLimit())
            {
                await _file!.WriteFragmentAsync(Following(frames[i..]));
                NoteProgress();
                return i;
            }

            var frame = _clock.Place(frames.Span[i]);
            if (verdict == TrackVerdict.NeedsNewFile)
            {
                RefuseFlood();
                Note(DiscontinuityCause.TrackChanged, TimeSpan.Zero, $"track {frame.Track.Id} ({frame.Track.Codec}) changed");
            }
            else if (!_split.IsDue(frame, _file!.MustEnd))
            {
                _file.Add(frame);
                continue;
            }

            // Placed once more as the first of the new file: that changes nothing.
            await StartNextFileAsync(frames[i..]);
            return i;
        }

        if (count == 0)
            return 0;
        await _file!.WriteFragmentAsync(Following(frames[count..]));
        NoteProgress();
        return count;
    }

    /// <summary>The next frame of each track on the recording's time line, for the duration of the last ones.</summary>
    private ReadOnlyMemory<MediaFrame> Following(ReadOnlyMemory<MediaFrame> frames)
    {
        _following.Clear();
        if (!_format.NeedsLookahead)
            return default;
        foreach (ref readonly var frame in frames.Span)
        {
            if (frame.Kind == FrameKind.Sample && !IsFollowed(frame.Track.Id) && _clock.TryPreview(frame, out var placed))
                _following.Add(placed);
            if (_following.Count == _tracks.Count)
                break;
        }

        return _following.ToArray();
    }

    private bool IsFollowed(int track)
    {
        foreach (var frame in _following)
        {
            if (frame.Track.Id == track)
                return true;
        }

        return false;
    }

    private bool IsWanted(TrackKind kind) => Options.Tracks switch
    {
        TrackSelection.Video => kind != TrackKind.Audio,
        TrackSelection.Audio => kind != TrackKind.Video,
        _ => true,
    };

    private TrackVerdict Admit(in MediaFrame frame)
    {
        var track = frame.Track;
        if (frame.Kind != FrameKind.Sample || (_tracks.TryGetValue(track.Id, out var known) && ReferenceEquals(known, track)))
            return _refusedTracks.Contains(track.Id) ? TrackVerdict.Unsupported : TrackVerdict.Accepted;

        var verdict = _file!.Judge(track);
        if (verdict == TrackVerdict.NeedsNewFile)
            return verdict;
        _tracks[track.Id] = track;
        if (verdict == TrackVerdict.Accepted)
        {
            _refusedTracks.Remove(track.Id);
            return verdict;
        }

        if (_refusedTracks.Add(track.Id))
            RefuseTrack(track);
        return verdict;
    }

    private void RefuseTrack(Track track)
    {
        var fit = ContainerFormat.ThatFit(Stream.Tracks);
        var remedy = fit.Count > 0 ? $"record as {string.Join(" or ", fit)}" : "no format carries all tracks of this stream";
        var nothingLeft = Stream.Tracks.All(t => _file!.Judge(t) == TrackVerdict.Unsupported);
        var message = $"{RecordingFormatNames.NameOf(_format.Format)} cannot carry {track.Kind.ToString().ToLowerInvariant()} of codec {track.Codec}; {remedy}, or set another codec at the encoder.";
        if (nothingLeft)
            throw new RecordingFailure(RecordingEndReason.UnsupportedMedia, message);
        LogTrackRefused(_environment.Logger, Stream, track.Id, message);
        _environment.Warn(this, message + " The other tracks are recorded.");
    }

    /// <summary>A publisher that changes its codec all the time must not fill the disk with files.</summary>
    private void RefuseFlood()
    {
        if (++_extraFiles > 10 + _environment.Time.GetElapsedTime(_startedTimestamp).TotalSeconds)
            throw new RecordingFailure(RecordingEndReason.UnsupportedMedia, "The encoder changes its codec settings more than once a second.");
    }

    private async Task StartNextFileAsync(ReadOnlyMemory<MediaFrame> following)
    {
        await _file!.WriteFragmentAsync(Following(following));
        NoteProgress();
        await CloseFileAsync();
        var next = await _volume.RunAsync(_target.ClaimNext);
        _target.Dispose();
        Volatile.Write(ref _target, next);
        OpenFile(next);
    }

    private void OpenFile(FileTarget target)
    {
        _tracks.Clear();
        _refusedTracks.Clear();
        _split.Restart();
        var context = new ContainerContext(_environment.Time.GetUtcNow(), Stream.Metadata, Options.RecordData);
        _file = new RecordingFile(target, _format, context, _volume, _environment.Settings.Durability, AnnounceFileAsync);
    }

    /// <summary>The catalog knows of a file before its first byte.</summary>
    private Task AnnounceFileAsync(RecordingFile file)
    {
        _plannedPath = file.Path;
        return _environment.Journal.OpenFileAsync(this, file.Id, _sequence++, file.Path, file.StartedAt);
    }

    private void NoteProgress()
    {
        if (!_file!.IsOpen)
            return;
        if (_file.Path != _plannedPath)
            _ = _environment.Journal.RenameFileAsync(_file.Id, _plannedPath = _file.Path);
        _environment.Journal.Progress(_file.Id, _file.Length, _file.Duration);
        if (_state != RecordingState.Waiting)
            return;
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
        await file.FinishAsync();
        _state = state;
        _file = null;
        _closedBytes += file.Length;
        Announce(file);
    }

    private void Announce(RecordingFile file)
    {
        var recorded = Describe(file);
        Volatile.Write(ref _files, [.. _files, recorded]);
        LogClosed(_environment.Logger, Stream, recorded.Path, recorded.Duration.TotalSeconds, recorded.Bytes);
        _announcer.Add(file.Id, recorded, Options.StartOnKeyFrame && !file.Continues && Options.Split is null or { OnKeyFrame: true });
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
            _announcer.AddBroken(open.Id, Describe(open));
        }

        End(reason, error);
    }

    private void End(RecordingEndReason reason, string? error)
    {
        lock (_gate)
        {
            Error = error;
            EndReason = reason;
            _state = error is null ? RecordingState.Closed : RecordingState.Failed;
        }
    }

    [LoggerMessage(LogLevel.Error, "The catalog did not take the end of the recording of {Stream}: {Reason}")]
    private static partial void LogJournal(ILogger logger, ILiveStream stream, string reason);

    [LoggerMessage(LogLevel.Information, "Recording {Stream} to {Path}")]
    private static partial void LogStarted(ILogger logger, ILiveStream stream, string path);

    [LoggerMessage(LogLevel.Warning, "Recording {Stream} waits for a key frame: {Seconds:0} s of media have passed, nothing is recorded yet")]
    private static partial void LogWaiting(ILogger logger, ILiveStream stream, double seconds);

    [LoggerMessage(LogLevel.Information, "Recorded {Stream}: {Path}, {Seconds:0.000} s, {Bytes} bytes")]
    private static partial void LogClosed(ILogger logger, ILiveStream stream, string path, double seconds, long bytes);

    [LoggerMessage(LogLevel.Information, "Recording {Stream} at {Seconds:0.000} s: {Detail}")]
    private static partial void LogDiscontinuity(ILogger logger, ILiveStream stream, double seconds, string detail);

    [LoggerMessage(LogLevel.Warning, "Recording {Stream} without track {Track}: {Reason}")]
    private static partial void LogTrackRefused(ILogger logger, ILiveStream stream, int track, string reason);

    [LoggerMessage(LogLevel.Error, "Recording of {Stream} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, ILiveStream stream, string reason);

    [LoggerMessage(LogLevel.Error, "Recording of {Stream} lost {Frames} frames: the disk was slower than the stream for more than recording.maxLagBytes ({Bytes} bytes)")]
    private static partial void LogLost(ILogger logger, ILiveStream stream, long frames, long bytes);

    [LoggerMessage(LogLevel.Error, "Recording of {Stream} to {Path} ended by an internal error")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, ILiveStream stream, string path);
}
