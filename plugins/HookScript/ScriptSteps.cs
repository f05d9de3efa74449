using Tapedeck.HookScript.Protocol;
using Tapedeck.Steps;

namespace Tapedeck.HookScript;

/// <summary>Carries out steps of the kind <c>script</c>: a worker runs it, the host watches time and memory.</summary>
internal sealed class ScriptSteps(WorkerPool pool, LastGoodScripts versions, HookScriptOptions options, TimeProvider time)
{
    /// <summary>How long a script may go on after its token was signalled.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Between two looks at a worker's memory.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public async ValueTask<StepResult> RunAsync(ScriptPlace script, StepCall step, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(script.Path);
        try
        {
            var worker = await pool.RentAsync(cancellationToken);
            try
            {
                return await WatchAsync(worker, script, step, cancellationToken);
            }
            finally
            {
                await pool.ReturnAsync(worker);
            }
        }
        catch (WorkerException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return StepResult.Retry($"{name}: {e.Message}");
        }
    }

    /// <summary>Loads scripts before they are needed.</summary>
    /// <exception cref="WorkerException">No worker can be started.</exception>
    public async Task WarmAsync(IEnumerable<ScriptPlace> scripts, CancellationToken cancellationToken)
    {
        var worker = await pool.RentAsync(cancellationToken);
        try
        {
            foreach (var script in scripts)
                await worker.PrepareAsync(script, versions, cancellationToken);
        }
        finally
        {
            await pool.ReturnAsync(worker);
        }
    }

    private async Task<StepResult> WatchAsync(ScriptWorker worker, ScriptPlace script, StepCall step, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(script.Path);
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var run = worker.RunAsync(script, versions, step, stop.Token);
        while (!run.IsCompleted && !stop.IsCancellationRequested)
        {
            await ((Task)run).WaitAsync(Look, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!run.IsCompleted && worker.MemoryBytes() is var bytes && bytes > options.MemoryBytes)
                worker.Kill($"it has {bytes >> 20} MiB of memory, more than {options.MemoryBytes >> 20} MiB (property hookScriptMemoryBytes); the worker was replaced");
        }

        if (stop.IsCancellationRequested && !run.IsCompleted)
        {
            // Not waited for: a worker that reads nothing would hold us up.
            _ = worker.CancelAsync();
            await ((Task)run).WaitAsync(Grace, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!run.IsCompleted)
                worker.Kill($"it was still running after {options.Timeout} (property hookScriptTimeout) and did not heed its Cancellation; the worker was replaced");
        }

        var ended = await run;
        cancellationToken.ThrowIfCancellationRequested();
        return ended.Outcome switch
        {
            RunOutcome.Done => StepResult.Done(ended.Detail),
            RunOutcome.GivenUp => StepResult.Fail($"{name}: {ended.Detail}"),
            RunOutcome.Cancelled => StepResult.Retry($"{name}: it was still running after {options.Timeout} (property hookScriptTimeout)"),
            // A compiler's or a script's place has the name already.
            _ => StepResult.Retry(ended.Detail?.StartsWith(name + "(", StringComparison.Ordinal) == true ? ended.Detail : $"{name}: {ended.Detail}"),
        };
    }
}
