using Tapedeck.Recordings;

namespace Tapedeck.Engine.Recording;

/// <summary>Says that a recording does not grow although it should, why, and when it does again; and what is missing.</summary>
internal sealed partial class ActiveRecording
{
    /// <summary>Called on a timer's thread: the disk has not answered for so long.</summary>
    private void OnStall()
    {
        lock (_faultGate)
        {
            if (!_isBusy || _fault is not null)
                return;
            Suspend($"the disk has not answered for {StallAlarm.TotalSeconds:0} s. Check it and its connection");
        }
    }

    private void BeginWatch()
    {
        lock (_faultGate)
            _isBusy = true;
        _watch.Change(StallAlarm, Timeout.InfiniteTimeSpan);
    }

    private void EndWatch()
    {
        _watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_faultGate)
            _isBusy = false;
    }

    private void Suspend(Exception error)
    {
        _lossCause = DiscontinuityCause.VolumeFault;
        var reason = error.Message.TrimEnd('.');
        lock (_faultGate)
            Suspend($"{reason}. {DiskFault.Remedy(error).TrimEnd('.')}");
    }

    private void Suspend(string reason)
    {
        if (_fault == reason)
            return;
        if (_fault is null)
        {
            _faultSince = _environment.Time.GetTimestamp();
            _stateBefore = _state;
            _state = RecordingState.Suspended;
            _environment.Journal.Suspend(this, isSuspended: true);
        }

        _fault = reason;
        var message = $"nothing can be written to '{Path}' on volume {_volume.Name}: {reason}. It goes on by itself when the disk is well.";
        LogSuspended(_environment.Logger, Stream, message);
        _environment.Warn(this, char.ToUpperInvariant(message[0]) + message[1..]);
    }

    /// <summary>Something was written: whatever it was, it is over.</summary>
    private void EndFault()
    {
        TimeSpan length;
        lock (_faultGate)
        {
            if (_fault is null)
                return;
            _fault = null;
            length = _environment.Time.GetElapsedTime(_faultSince);
            _state = _stateBefore;
        }

        if (_sequence > 0)
            _environment.Journal.Suspend(this, isSuspended: false);
        LogWellAgain(_environment.Logger, Stream, _volume.Name, length.TotalSeconds, Path);
        _environment.Warn(this, $"The disk is well again after {length.TotalSeconds:0} s: recording goes on in '{Path}'.");
        FlushBroken();
    }

    /// <summary>The state that a recording goes back to, now or when its disk is well.</summary>
    private void AfterFault(RecordingState state)
    {
        lock (_faultGate)
        {
            if (_fault is null)
                _state = state;
            else
                _stateBefore = state;
        }
    }

    private void NoteLoss(TimeSpan length)
    {
        var what = _lossCause == DiscontinuityCause.VolumeFault
            ? "could not be written"
            : "were lost: the disk was slower than the stream for longer than recording.maxLagBytes bridges";
        Note(_lossCause, length, $"{length.TotalSeconds:0.000} s {what}");
        _lossCause = DiscontinuityCause.FramesLost;
    }

    /// <summary>The recording ends, and what has not been written by now never will be.</summary>
    private void NoteRest()
    {
        var rest = TimeSpan.Zero;
        while (!_isAway && _reader.TryRead(MaximumFrames))
        {
            rest = _mark.LengthUntil(_reader.Frames.Span[^1]);
            _reader.Advance(_reader.Frames.Length);
        }

        _clock.ContinueAt(_mark.Elapsed);
        NoteLoss(rest);
    }

    /// <summary>Files that were given up are saved once the disk is well, or the recording is over.</summary>
    private void FlushBroken()
    {
        foreach (var (file, place) in _broken)
            _announcer.AddBroken(file, place, Describe(file));
        _broken.Clear();
    }
}
