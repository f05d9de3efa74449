using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Tapedeck.Host.Tests.Kit;

internal sealed record LogLine(LogLevel Level, string Category, string Text, bool HasException);

/// <summary>Keeps what was logged, without the exceptions themselves, which would keep a plugin's code alive.</summary>
internal sealed class CollectedLog : ILogger
{
    private readonly ConcurrentQueue<LogLine> _lines = [];

    public IReadOnlyList<LogLine> Lines => [.. _lines];

    public IEnumerable<string> At(LogLevel level) => _lines.Where(l => l.Level == level).Select(l => l.Text);

    public ILoggerFactory Factory => new NamedFactory(this);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue(new LogLine(logLevel, "", formatter(state, exception), exception is not null));

    private sealed class Named(CollectedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log._lines.Enqueue(new LogLine(logLevel, category, formatter(state, exception), exception is not null));
    }

    private sealed class NamedFactory(CollectedLog log) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => new Named(log, categoryName);

        public void AddProvider(ILoggerProvider provider) { }

        public void Dispose() { }
    }
}
