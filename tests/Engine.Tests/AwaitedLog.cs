using Microsoft.Extensions.Logging;

namespace Tapedeck.Engine.Tests;

/// <summary>A log whose lines can be waited for.</summary>
internal sealed class AwaitedLog : ILogger
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60); // only a failing test waits this long

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Part, int Count, TaskCompletionSource Found)> _awaited = [];

    public string[] Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    /// <summary>Waits until so many lines with a text in them were written.</summary>
    public async Task LineAsync(string part, int count = 1)
    {
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _awaited.Add((part, count, found));
            Look();
        }

        try
        {
            await found.Task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"There are no {count} lines with '{part}':\n{string.Join('\n', Lines)}");
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Say($"{logLevel} {formatter(state, exception)} {exception}");
    }

    /// <summary>A line of the test itself.</summary>
    public void Say(string line)
    {
        lock (_gate)
        {
            _lines.Add(line);
            Look();
        }
    }

    private void Look()
    {
        foreach (var (part, count, found) in _awaited)
        {
            if (_lines.Count(l => l.Contains(part, StringComparison.Ordinal)) >= count)
                found.TrySetResult();
        }
    }
}
