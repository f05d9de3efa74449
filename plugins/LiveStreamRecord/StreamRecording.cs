using System.Diagnostics.CodeAnalysis;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord;

/// <summary>What this module records of one stream. Lives as long as the stream does.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore never makes the handle that would have to be released.")]
internal sealed class StreamRecording
{
    /// <summary>One command for a stream at a time, whoever sends it.</summary>
    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>The latest recording that was started and not yet stopped by command; it may have ended. Under <see cref="Gate"/>.</summary>
    public IRecording? Latest { get; set; }
}
