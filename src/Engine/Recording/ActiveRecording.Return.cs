using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Recording;

/// <summary>
/// A publisher that leaves and comes back within the grace window: the recording goes on with the new stream, in the same file where the container can
/// take its tracks. The time it was away stays in the recording, so that media time and wall clock agree.
/// </summary>
internal sealed partial class ActiveRecording
{
    private readonly StreamReturns _returns = new();
    private bool _isAway; // the publisher, and the reader with it

    /// <summary>
    /// A stream of the same name has begun: this recording goes on with it, from its first frame. Never waits. False when the recording has ended, is
    /// about to, or does not wait for anybody.
    /// </summary>
    public bool TryReturn(ILiveStream stream)
    {
        // Two streams of one name do not live at a time: the one that is recorded has ended.
        if (Options.Grace is not { } grace || grace <= TimeSpan.Zero || stream.Name != Stream.Name || ReferenceEquals(stream, Stream))
            return false;
        lock (_gate)
        {
            if (_stopReason is not null || EndReason is not null)
                return false;
            return _returns.TryAdd(() => stream.OpenReader(ReaderOptionsFor(_environment.Settings)));
        }
    }

    /// <summary>How recordings read: nothing is passed over silently.</summary>
    public static ReaderOptions ReaderOptionsFor(RecordingSettings settings, TimeSpan? preroll = null) =>
        new() { Start = ReaderStart.Next, Back = preroll ?? TimeSpan.Zero, Lossless = true, MaxLagBytes = settings.MaxLagBytes };

    /// <summary>Advances to a frame to begin with, over streams that end before they have one. The instant of its arrival; null when the recording ends first.</summary>
    private async Task<DateTimeOffset?> SeekStartAsync()
    {
        while (true)
        {
            var start = new RecordingStart(_reader, Options, _environment.Settings, SayWaiting);
            if (await start.SeekAsync(_stop.Token))
                return start.StartsAt;
            if (!await AwaitReturnAsync())
                return null;
        }
    }

    /// <summary>The stream has ended: goes on with the next of its name. False when the recording ends.</summary>
    private async Task<bool> ContinueAsync()
    {
        var ended = Stream.Ended;
        var since = _environment.Time.GetTimestamp();
        if (!await AwaitReturnAsync())
            return false;
        if (_pauseAsked)
            return await PassByAsync(since);
        var why = ended.IsCompletedSuccessfully ? $" ({await ended})" : "";
        _clock.Return($"the publisher left{why}");
        return await SeekStartAsync() is not null;
    }

    /// <summary>Waits as long as the options say. The memory of the stream that ended is let go at once.</summary>
    private async Task<bool> AwaitReturnAsync()
    {
        var grace = Options.Grace ?? TimeSpan.Zero;
        if (grace <= TimeSpan.Zero)
            return false;
        var left = Options.MaxDuration is { } maximum ? maximum - _clock.Elapsed : TimeSpan.MaxValue;
        var limit = left < grace ? left : grace;
        if (limit <= TimeSpan.Zero)
            return false;
        if (!_environment.Places.TryTake())
        {
            LogNoPlace(_environment.Logger, Stream, _environment.Settings.MaximumAwaitingReturn);
            return false;
        }

        _reader.Dispose();
        _isAway = true;
        var state = _state;
        var next = await _returns.TakeAsync(limit, _environment.Time, () => SayAway(limit), _stop.Token);
        _environment.Places.Release();
        if (next is null)
        {
            if (left <= grace && !_stop.IsCancellationRequested)
                Stop(RecordingEndReason.LimitReached);
            return false;
        }

        _lostFrames = 0;
        _endedAt = 0;
        _reader = next;
        _isAway = false;
        Volatile.Write(ref _stream, next.Stream);
        if (_state == RecordingState.AwaitingReturn)
        {
            _state = state;
            if (_sequence > 0)
                _environment.Journal.Wait(this, isAway: false);
        }

        LogReturned(_environment.Logger, Stream, Path);
        return true;
    }

    private void SayAway(TimeSpan limit)
    {
        if (_sequence > 0)
            _environment.Journal.Wait(this, isAway: true);
        _state = RecordingState.AwaitingReturn;
        LogAway(_environment.Logger, Stream, limit.TotalSeconds, Path);
    }
}
