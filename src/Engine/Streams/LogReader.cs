using System.Threading.Tasks.Sources;
using Tapedeck.Media;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Streams;

/// <summary>
/// A position in a <see cref="FrameLog"/>. Owned by one task; the log's writer looks only at the volatile fields (position, hold, waiting)
/// and completes a wait that is due. Waiting allocates nothing.
/// </summary>
internal sealed class LogReader : IStreamReader, IValueTaskSource<bool>
{
    private const long NoHold = long.MaxValue;
    private static readonly TimeSpan StillClock = TimeSpan.FromSeconds(1);

    private readonly FrameLog _log;
    private readonly bool _lossless;
    private MediaFrame[] _frames = [];
    private int _count;
    private bool _disposed;
    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _token;
    private int _maximumFrames;
    private bool _seeksKey; // nothing is delivered before the next key frame
    private bool _hasRead;

    private long _position;
    private long _holdStart = NoHold;
    private long _holdEnd = NoHold;
    private int _waiting;
    private long _wakeElapsed;
    private long _wakeBytes;
    private long _wakeAt; // wall clock, for media whose own clock stands still

    public LogReader(FrameLog log, ILiveStream stream, ReaderOptions options)
    {
        _log = log;
        Stream = stream;
        MaxLagBytes = options.MaxLagBytes;
        _lossless = options.Lossless;
        _position = log.Head;
        log.Attach(this);
        if (options.Back > TimeSpan.Zero && SeekBack(options.Back))
            return;
        if (options.Start == ReaderStart.Next)
            return;
        var key = log.LastKey;
        if (key >= 0)
            Volatile.Write(ref _position, key);
        else
            _seeksKey = _position > 0;
    }

    public ILiveStream Stream { get; }

    public long MaxLagBytes { get; private set; }

    public long LostFrames { get; private set; }

    public bool HasEnded => _log.HasEnded;

    public ReadOnlyMemory<MediaFrame> Frames => _frames.AsMemory(0, _count);

    internal bool IsLossless => _lossless;

    internal long Position => Volatile.Read(ref _position);

    internal long HoldStart => Volatile.Read(ref _holdStart);

    /// <summary>Oldest ring slot that may be copied from now: a hold with an end is over copies already.</summary>
    internal long CopyStart => HoldEnd == NoHold ? HoldStart : NoHold;

    internal long HoldEnd => Volatile.Read(ref _holdEnd);

    public ValueTask<bool> WaitAsync(TimeSpan atLeast, int maximumFrames, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumFrames);
        cancellationToken.ThrowIfCancellationRequested();
        Release();
        if (_seeksKey)
            SeekKey();
        var ended = _log.HasEnded; // before the look at the head: nothing comes after the end
        if (IsDue(atLeast) || ended)
            return new(Fill(maximumFrames));

        _maximumFrames = maximumFrames;
        _wait.Reset();
        var marks = Position < _log.Head ? MarksAtPosition() : (Bytes: _log.HeadBytes, Elapsed: _log.HeadElapsed);
        _wakeElapsed = marks.Elapsed + (long)atLeast.TotalMicroseconds;
        _wakeBytes = marks.Bytes + (atLeast == TimeSpan.Zero ? 0 : MaxLagBytes / 4);
        if (atLeast == TimeSpan.Zero)
            _wakeElapsed = long.MinValue;
        _wakeAt = _log.Time.GetTimestamp() + (long)(((2 * atLeast) + StillClock).TotalSeconds * _log.Time.TimestampFrequency);
        if (cancellationToken.CanBeCanceled)
        {
            _token = cancellationToken;
            _cancellation = cancellationToken.UnsafeRegister(static r => ((LogReader)r!).Cancelled(), this);
        }

        Volatile.Write(ref _waiting, 1);
        Interlocked.MemoryBarrier(); // the flag before the head, as the log writes the head before it reads the flag
        WakeIfDue();
        if (cancellationToken.IsCancellationRequested)
            Cancelled(); // the callback may have run before the flag was set
        return new(this, _wait.Version);
    }

    public bool TryRead(int maximumFrames)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumFrames);
        Release();
        Fill(maximumFrames);
        return _count > 0;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _count);
        Volatile.Write(ref _position, _position + count);
        Release();
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Release();
        _log.Detach(this);
    }

    /// <summary>Media time in µs that may pass until this reader wants to be woken; what one does that is busy now is not known.</summary>
    internal long Slack
    {
        get
        {
            if (!_lossless)
                return 0;
            if (IsBusy)
                return long.MaxValue;
            var (wake, head) = (Volatile.Read(ref _wakeElapsed), _log.HeadElapsed);
            return wake <= head ? 0 : wake - head;
        }
    }

    /// <summary>Reads or writes what it was given, and does not wait for more.</summary>
    internal bool IsBusy => Volatile.Read(ref _waiting) == 0;

    /// <summary>Called by the log's writer after each commit, and by the reader itself when it begins to wait.</summary>
    internal void WakeIfDue()
    {
        if (Volatile.Read(ref _waiting) == 0)
            return;
        var due = _log.HasEnded
            || (_log.Head > Position && (_log.HeadElapsed >= Volatile.Read(ref _wakeElapsed) || _log.HeadBytes >= Volatile.Read(ref _wakeBytes)
                || _log.CommittedAt >= Volatile.Read(ref _wakeAt)));
        if (due && Interlocked.Exchange(ref _waiting, 0) == 1)
            _wait.SetResult(true);
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _cancellation.Dispose();
        _cancellation = default;
        _wait.GetResult(token);
        return Fill(_maximumFrames);
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private void Cancelled()
    {
        if (Interlocked.Exchange(ref _waiting, 0) == 1)
            _wait.SetException(new OperationCanceledException(_token));
    }

    private bool IsDue(TimeSpan atLeast)
    {
        if (_log.Head <= Position)
            return false;
        if (atLeast == TimeSpan.Zero)
            return true;
        var (bytes, elapsed) = MarksAtPosition();
        return _log.HeadElapsed - elapsed >= atLeast.TotalMicroseconds || _log.HeadBytes - bytes >= MaxLagBytes / 4;
    }

    /// <summary>Marks of the first frame to read; steps forward first when the log has left this reader behind.</summary>
    private (long Bytes, long Elapsed) MarksAtPosition()
    {
        Hold();
        var marks = Position < _log.Head ? _log.Marks(Position) : (_log.HeadBytes, _log.HeadElapsed);
        Release();
        return marks;
    }

    /// <summary>Takes what can be read now. False when there is nothing and nothing will come.</summary>
    private bool Fill(int maximumFrames)
    {
        Hold();
        if (_seeksKey)
            SeekKey();
        var count = (int)Math.Min(_log.Head - _position, maximumFrames);
        if (count <= 0) // below 0: the key frame stepped to is about to become visible
        {
            Release();
            return !_log.HasEnded || _log.Head > Position;
        }

        if (_frames.Length < count)
            _frames = new MediaFrame[Math.Max(count, Math.Min(maximumFrames, _frames.Length * 2))];
        _log.Read(_position, _frames.AsSpan(0, count));
        _count = count;
        _hasRead = true;
        Volatile.Write(ref _holdEnd, _position + count);
        return true;
    }

    /// <summary>Announces everything from the position on as held; afterwards the position is one that the log still has.</summary>
    private void Hold()
    {
        while (true)
        {
            Volatile.Write(ref _holdEnd, NoHold);
            Volatile.Write(ref _holdStart, _position);
            Interlocked.MemoryBarrier(); // hold before floor: see the remarks of FrameLog
            var floor = _log.Floor;
            if (_position >= floor)
                return;

            // Left behind. The newest key frame is where a decoder can go on; without one a viewer waits for the next,
            // a recorder takes whatever the log still has.
            Volatile.Write(ref _holdStart, NoHold);
            var key = _log.LastKey;
            var next = Math.Max(floor, key);
            _seeksKey = !_lossless && key < next;
            LostFrames += next - _position;
            Volatile.Write(ref _position, next);
        }
    }

    /// <summary>Steps into the past, which is then read as if this reader lagged: its allowance grows by as much. False when no key frame is held.</summary>
    private bool SeekBack(TimeSpan back)
    {
        var allowance = MaxLagBytes;
        while (true)
        {
            var floor = _log.Floor;
            Volatile.Write(ref _holdEnd, NoHold);
            Volatile.Write(ref _holdStart, floor);
            Interlocked.MemoryBarrier(); // hold before floor: see the remarks of FrameLog
            if (_log.Floor > floor)
                continue;
            var key = _log.FindKey(floor, back);
            if (key >= 0)
            {
                MaxLagBytes = allowance + _log.HeadBytes - _log.Marks(key).Bytes;
                Volatile.Write(ref _position, key);
                Interlocked.MemoryBarrier(); // position before the floor: from here on the writer sees it
                _log.AwaitReclaim();
                if (_log.Floor > key)
                    continue;
            }

            Release();
            return key >= 0;
        }
    }

    /// <summary>Steps to the newest key frame; while there is none, to the head.</summary>
    private void SeekKey()
    {
        var head = _log.Head; // before the key: a key frame below this head is seen now
        var key = _log.LastKey;
        _seeksKey = key < _position;
        var next = _seeksKey ? Math.Max(head, _position) : key;
        if (_hasRead)
            LostFrames += next - _position;
        Volatile.Write(ref _position, next);
    }

    private void Release()
    {
        _count = 0;
        Volatile.Write(ref _holdStart, NoHold);
        Volatile.Write(ref _holdEnd, NoHold);
    }
}
