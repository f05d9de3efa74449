using System.Threading.Tasks.Sources;

namespace Tapedeck.Engine.Recording;

/// <summary>A thread that does what it is given, one after the other, and sleeps in between. Giving allocates nothing but the work itself.</summary>
internal sealed class WorkThread
{
    private readonly Lock _gate = new();
    private readonly Stack<Job> _spare = new(); // gate
    private readonly AutoResetEvent _given = new(initialState: false);
    private List<Job> _waiting = []; // gate
    private bool _isAwake; // gate: looks at what waits before it sleeps
    private bool _isComplete; // gate

    /// <param name="name">For people and debuggers.</param>
    public WorkThread(string name) => new Thread(Run) { IsBackground = true, Name = name }.Start();

    /// <summary>Completes when the work was done, on another thread; its exceptions are the caller's.</summary>
    /// <exception cref="InvalidOperationException">No more work is taken.</exception>
    public ValueTask RunAsync(Action work)
    {
        Job job;
        bool mustWake;
        ValueTask done;
        lock (_gate)
        {
            if (_isComplete)
                throw new InvalidOperationException("The volume was closed.");
            job = _spare.Count > 0 ? _spare.Pop() : new Job(this);
            done = job.Begin(work);
            _waiting.Add(job);
            mustWake = !_isAwake;
            _isAwake = true;
        }

        if (mustWake)
            _given.Set();
        return done;
    }

    /// <summary>No more is taken; the thread ends with the last of what waits.</summary>
    public void Complete()
    {
        lock (_gate)
            _isComplete = true;
        _given.Set();
    }

    private void Run()
    {
        List<Job> taken = [];
        while (true)
        {
            var isLast = false;
            lock (_gate)
            {
                (taken, _waiting) = (_waiting, taken);
                if (taken.Count == 0)
                    (_isAwake, isLast) = (false, _isComplete);
            }

            if (isLast)
                return;
            if (taken.Count == 0)
                _given.WaitOne();
            foreach (var job in taken)
                job.Execute();
            taken.Clear();
        }
    }

    private void TakeBack(Job job)
    {
        lock (_gate)
            _spare.Push(job);
    }

    private sealed class Job(WorkThread owner) : IValueTaskSource
    {
        private ManualResetValueTaskSourceCore<bool> _done = new() { RunContinuationsAsynchronously = true };
        private Action? _work;

        public ValueTask Begin(Action work)
        {
            _work = work;
            return new ValueTask(this, _done.Version);
        }

        public void Execute()
        {
            try
            {
                _work!();
                _done.SetResult(true);
            }
            catch (Exception e)
            {
                _done.SetException(e);
            }
        }

        public ValueTaskSourceStatus GetStatus(short token) => _done.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _done.OnCompleted(continuation, state, token, flags);

        public void GetResult(short token)
        {
            try
            {
                _done.GetResult(token);
            }
            finally
            {
                _work = null;
                _done.Reset();
                owner.TakeBack(this);
            }
        }
    }
}
