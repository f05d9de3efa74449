namespace Tapedeck.Containers.WebM;

/// <summary>
/// Decode times for a track whose frames are presented in another order than they are decoded in. Matroska stores only presentation times; but in order
/// of decoding, sorted presentation times are decode times, delayed by as many frames as the encoder moves one ahead: the depth. A depth that is found
/// too small later makes single decode times come after the presentation, never the order wrong.
/// </summary>
internal sealed class DecodeClock
{
    /// <summary>No codec moves a frame further.</summary>
    private const int MaxDepth = 32;
    private readonly PriorityQueue<long, long> _waiting = new();
    private long _last = long.MinValue;

    /// <param name="first">Presentation times of the first frames, in order of decoding.</param>
    public DecodeClock(List<long> first)
    {
        var depth = 0;
        for (var i = 0; i < first.Count; i++)
        {
            var later = 0;
            for (var j = Math.Max(0, i - MaxDepth); j < i; j++)
                later += first[j] > first[i] ? 1 : 0;
            depth = Math.Max(depth, later);
        }

        // Before the first frame time went on as between the first two.
        var sorted = first.Order().Take(2).ToList();
        var step = sorted.Count == 2 ? Math.Max(1, sorted[1] - sorted[0]) : 1;
        for (var i = 1; i <= depth; i++)
            _waiting.Enqueue(sorted[0] - i * step, sorted[0] - i * step);
    }

    public long Next(long presentation)
    {
        var time = _waiting.EnqueueDequeue(presentation, presentation);
        _last = _last == long.MinValue ? time : Math.Max(time, _last + 1);
        return _last;
    }
}
