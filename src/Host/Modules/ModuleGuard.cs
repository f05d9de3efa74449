namespace Tapedeck.Host.Modules;

/// <summary>A module took longer than it may.</summary>
internal sealed class ModuleTimeoutException(TimeSpan limit) : Exception
{
    public TimeSpan Limit { get; } = limit;
}

/// <summary>Calls into modules so that one which never returns costs a pool thread at worst, never the caller.</summary>
internal static class ModuleGuard
{
    /// <exception cref="ModuleTimeoutException">It took too long; it was told so through its token and is left to itself.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> call, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // A module may block before its first await; on the caller's thread no limit would help.
        var task = Task.Run(() => call(cancel.Token).AsTask(), CancellationToken.None);
        var isAbandoned = false;
        try
        {
            return await task.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException) when (task.IsCompletedSuccessfully)
        {
            return await task; // In the very last moment.
        }
        catch (Exception e) when (!task.IsCompleted)
        {
            // Cancelled in the background: what a module registered on its token may block or throw.
            isAbandoned = true;
            _ = Abandon(task, cancel);
            if (e is TimeoutException) throw new ModuleTimeoutException(limit);
            throw;
        }
        finally
        {
            if (!isAbandoned) cancel.Dispose();
        }
    }

    public static Task RunAsync(Func<CancellationToken, ValueTask> call, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken) =>
        RunAsync<bool>(
            async token =>
            {
                await call(token);
                return true;
            },
            limit,
            time,
            cancellationToken);

    private static async Task Abandon(Task task, CancellationTokenSource cancel)
    {
        await cancel.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Observed here, so that a late failure is not reported as nobody's.
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancel.Dispose();
    }
}
