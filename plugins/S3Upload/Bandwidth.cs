namespace Tapedeck.S3Upload;

/// <summary>Spreads bytes over time so that all uploads together stay below a rate.</summary>
/// <param name="bytesPerSecond">0: no limit.</param>
/// <param name="time">The clock.</param>
internal sealed class Bandwidth(long bytesPerSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _free;

    /// <summary>How much may be sent at a time: what passes in a tenth of a second.</summary>
    public int Slice { get; } = bytesPerSecond == 0 ? int.MaxValue : (int)Math.Clamp(bytesPerSecond / 10, 1, 1 << 20);

    /// <summary>Waits until so many bytes may go.</summary>
    public ValueTask SpendAsync(int bytes, CancellationToken cancellationToken)
    {
        if (bytesPerSecond == 0 || bytes == 0)
            return default;
        TimeSpan wait;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_free < now)
                _free = now;
            wait = _free - now;
            _free += TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
        }

        return wait <= TimeSpan.Zero ? default : new(Task.Delay(wait, time, cancellationToken));
    }
}
