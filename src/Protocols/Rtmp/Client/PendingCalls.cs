namespace Tapedeck.Protocols.Rtmp;

/// <summary>Calls that wait for their answer.</summary>
internal sealed class PendingCalls
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<double, Call> _calls = [];
    private double _last;
    private Exception? _ended;

    private sealed record Call(string Name, TaskCompletionSource<RtmpCommand> Answer);

    /// <summary>The next transaction id, for a call whose answer is of no interest.</summary>
    public double NextId()
    {
        lock (_gate) return ++_last;
    }

    public (double Id, Task<RtmpCommand> Answer) Add(string name)
    {
        lock (_gate)
        {
            if (_ended is not null) throw Ended(_ended);
            var call = new Call(name, new(TaskCreationOptions.RunContinuationsAsynchronously));
            _calls.Add(++_last, call);
            return (_last, call.Answer.Task);
        }
    }

    public void Remove(double id)
    {
        lock (_gate) _calls.Remove(id);
    }

    /// <summary>
    /// Hands an answer to its call; answers that nobody waits for are dropped. nginx-rtmp answers some calls with
    /// transaction id 0: that is taken for the oldest.
    /// </summary>
    public void Answer(RtmpCommand answer)
    {
        Call? call;
        lock (_gate)
        {
            var id = answer.TransactionId == 0 && _calls.Count > 0 ? _calls.First().Key : answer.TransactionId;
            if (!_calls.Remove(id, out call)) return;
        }
        if (answer.Name == "_error") call.Answer.TrySetException(new RtmpCallException(call.Name, answer));
        else call.Answer.TrySetResult(answer);
    }

    public void End(Exception reason)
    {
        lock (_gate)
        {
            _ended ??= reason;
            foreach (var call in _calls.Values) call.Answer.TrySetException(Ended(reason));
            _calls.Clear();
        }
    }

    private static IOException Ended(Exception reason) => new($"The connection has ended: {reason.Message}", reason);
}
