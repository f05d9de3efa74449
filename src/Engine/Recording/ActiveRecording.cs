using Tapedeck.Containers;
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
    private const int MaximumNotes = 1000;
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
    private readonly ArrivalMeter _arrivals;
    private readonly TrackHistory _history = new();
    private readonly SplitPolicy _split;
    private readonly List<MediaFrame> _following = [];
    private readonly FileAnnouncer _announcer;
    private readonly LabelSet _labels;
    private string _plannedPath = "";
    private int _sequence;

    private RecordedFile[] _files = [];
    private FileTarget _target;
    private RecordingFile? _file;
    private IStreamReader _reader;
    private ILiveStream _stream;
    private RecordingEndReason? _stopReason;
    private int _extraFiles;
    private long _closedBytes;
    private long _lostFrames;
    private int _notes;
    private volatile bool _pauseAsked;
    private volatile RecordingState _state = RecordingState.Waiting;

    /// <param name="reader">Opened before: nothing that arrives after the request is missed.</param>
    /// <param name="options">With all defaults filled in.</param>
    /// <param name="target">The first file.</param>
    /// <param name="format">Container.</param>
    /// <param name="volume">The disk.</param>
    /// <param name="environment">What all recordings share.</param>
    public ActiveRecording(IStreamReader reader, RecordingOptions options, FileTarget target, ContainerFormat format, Volume volume, RecordingEnvironment environment)
    {
        _reader = reader;
        _stream = reader.Stream;
        Options = options;
        _target = target;
        _format = format;
        _volume = volume;
        _environment = environment;
        _startedTimestamp = environment.Time.GetTimestamp();
        _ledger = new RecordingLedger(environment.Time);
        _clock = new RecordingClock(Note, environment.Settings);
        _arrivals = new ArrivalMeter(environment.Settings, (cause, at, length, detail) => Note(cause, at, length, detail));
        _split = new SplitPolicy(options.Split, environment.Time);
        _announcer = new FileAnnouncer(this, environment);
        _labels = new LabelSet(options.Labels, environment.Settings);
        _mark = new WrittenMark(environment.Time);
        _watch = environment.Time.CreateTimer(static r => ((ActiveRecording)r!).OnStall(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public Guid Id { get; init; } = Guid.CreateVersion7();

    public ILiveStream Stream => Volatile.Read(ref _stream);

    public RecordingOptions Options { get; }

    public RecordingState State => _state;

    public string Path => Volatile.Read(ref _target).Path;

    public IReadOnlyList<RecordedFile> Files => Volatile.Read(ref _files);

    public IReadOnlyList<Discontinuity> Ledger => _ledger.Entries;

    public IReadOnlyDictionary<string, string> Labels => _labels.Labels;

    public RecordingEndReason? EndReason { get; private set; }

    public string? Error { get; private set; }

    public Task Completion => _completion.Task;

    /// <summary>Opens an existing file (append), then records until stopped or the stream ends.</summary>
    public async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            try
            {
                await RecordAsync();
            }
            finally
            {
                _returns.Close(); // whoever returns from here on is a new recording
            }

            _arrivals.End();
            await CloseFileAsync();
            End(_stopReason ?? RecordingEndReason.StreamEnded, null);
        }
        catch (RecordingFailure failure)
        {
            await FailAsync(failure.Reason, failure.Message, diskIsWell: true);
        }
        catch (Exception e) when (DiskFault.Is(e) || e is ContainerFormatException or RecordingException)
        {
            NoteRest();
            await FailAsync(RecordingEndReason.WriteFailed, $"'{Path}' cannot be written: {e.Message}");
        }
        catch (Exception e)
        {
            LogUnexpected(_environment.Logger, e, Stream, Path);
            await FailAsync(RecordingEndReason.WriteFailed, $"Internal error: {e.Message}");
        }
        finally
        {
            _reader.Dispose();
            await _watch.DisposeAsync();
            FlushBroken();
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
            await _environment.Journal.AnnounceAsync(this, _environment.Time.GetUtcNow());
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

    private async Task RecordAsync()
    {
        if (await SeekStartAsync() is not { } startsAt)
            return;

        var interval = _format.FlushInterval(_environment.Settings);
        _lostFrames = _reader.LostFrames;
        if (_reader.TryRead(maximumFrames: 1))
            _mark.Begin(_reader.Frames.Span[0]);
        await SettleNameAsync();
        OpenFile(_target, startsAt);
        if (!await TryOpenExistingAsync() && !await BeginAnewAsync())
            return;
        while (true)
        {
            var reader = _reader;
            var stopped = _stop.IsCancellationRequested;
            var more = await WaitAsync(reader, interval);
            if (reader.LostFrames > _lostFrames)
            {
                if (!await GoOnAfterLossAsync())
                    return;
                continue;
            }

            _lossCause = DiscontinuityCause.FramesLost; // a fault that is over has cost nothing
            var pausing = _pauseAsked && !stopped;
            var final = !more || stopped || pausing || reader.HasEnded;
            var frames = reader.Frames;
            var count = final || !_format.NeedsLookahead ? frames.Length : FragmentCut.Choose(frames.Span, isFirst: !_file!.IsOpen);
            if (await TryWriteAsync(frames, count) is not { } taken)
            {
                if (!await BeginAnewAsync())
                    return;
                continue;
            }

            NoteArrival(frames.Span);
            reader.Advance(taken);
            if (stopped && taken == frames.Length && frames.Length < MaximumFrames && !_returns.Any)
                return;
            if (HasReachedLimit())
            {
                Stop(RecordingEndReason.LimitReached);
                return;
            }

            if (pausing && taken == frames.Length)
            {
                if (!await PassByAsync(_environment.Time.GetTimestamp()))
                    return;
            }
            else if (!more && !await ContinueAsync())
            {
                return;
            }
        }
    }

    /// <summary>Paused: media passes by until somebody resumes, then until a frame to start at. False when the recording ends meanwhile.</summary>
    /// <param name="since">When the first of what is passed by would have come.</param>
    private async Task<bool> PassByAsync(long since)
    {
        var state = _state;
        _state = RecordingState.Paused;
        try
        {
            while (_pauseAsked)
            {
                if (await _reader.WaitAsync(PauseLook, MaximumFrames, _stop.Token))
                    _reader.Advance(_reader.Frames.Length);
                else if (!await AwaitReturnAsync())
                    return false;
            }

            if (await SeekStartAsync() is null)
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

        _lostFrames = _reader.LostFrames;
        _clock.Continue();
        Note(DiscontinuityCause.Paused, _environment.Time.GetElapsedTime(since), "paused");
        return true;
    }

    private bool HasReachedLimit() =>
        (Options.MaxDuration is { } duration && _clock.Elapsed >= duration)
        || (Options.MaxBytes is { } bytes && _closedBytes + (_file?.Length ?? 0) >= bytes);

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

    private void End(RecordingEndReason reason, string? error)
    {
        lock (_gate)
        {
            Error = error;
            EndReason = reason;
            _state = error is null ? RecordingState.Closed : RecordingState.Failed;
        }
    }
}
