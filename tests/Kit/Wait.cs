using System.Diagnostics;

namespace Tapedeck.Kit;

/// <summary>Waits for what other processes do. Nothing here sleeps for a fixed time: a condition is looked at until it holds or the deadline passes.</summary>
public static class Wait
{
    /// <summary>Long, for machines that are busy with something else: only a failing test ever waits this long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns when the condition holds.</summary>
    /// <param name="condition">Looked at every few milliseconds.</param>
    /// <param name="what">What is waited for, for the message of the failure.</param>
    public static async Task UntilAsync(Func<bool> condition, Func<string> what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"After {Patience.TotalSeconds:0} s still not: {what()}");
            await Task.Delay(Step);
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(condition, () => what);
}
