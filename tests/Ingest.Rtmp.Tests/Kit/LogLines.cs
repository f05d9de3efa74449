using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>What was logged.</summary>
internal sealed class LogLines : ILogger<RtmpServer>
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IReadOnlyList<(LogLevel Level, string Text)> All => [.. _lines];

    /// <summary>Lines that tell the end of a connection.</summary>
    public IReadOnlyList<string> Closed => [.. All.Where(l => l.Text.Contains(" closed: ", StringComparison.Ordinal)).Select(l => l.Text)];

    public IReadOnlyList<string> AtLeast(LogLevel level) => [.. All.Where(l => l.Level >= level).Select(l => l.Text)];

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, formatter(state, exception) + (exception is null ? "" : $" [{exception}]")));

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
