namespace Tapedeck.S3Upload.Tests;

/// <summary>A clock that stands still until it is moved; its timers run in real time, so that nothing waits for them for ever.</summary>
internal sealed class TestClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
