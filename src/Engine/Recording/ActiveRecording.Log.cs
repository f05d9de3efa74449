using Microsoft.Extensions.Logging;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Recording;

/// <summary>What the log says about a recording.</summary>
internal sealed partial class ActiveRecording
{
    [LoggerMessage(LogLevel.Information, "Recording {Stream} to {Path}")]
    private static partial void LogStarted(ILogger logger, ILiveStream stream, string path);

    [LoggerMessage(LogLevel.Warning, "Recording {Stream} waits for a key frame: {Seconds:0} s of media have passed, nothing is recorded yet")]
    private static partial void LogWaiting(ILogger logger, ILiveStream stream, double seconds);

    [LoggerMessage(LogLevel.Information, "Recorded {Stream}: {Path}, {Seconds:0.000} s, {Bytes} bytes")]
    private static partial void LogClosed(ILogger logger, ILiveStream stream, string path, double seconds, long bytes);

    [LoggerMessage(LogLevel.Information, "Recording {Stream} at {Seconds:0.000} s: {Detail}")]
    private static partial void LogDiscontinuity(ILogger logger, ILiveStream stream, double seconds, string detail);

    [LoggerMessage(LogLevel.Warning, "Recording {Stream} without track {Track}: {Reason}")]
    private static partial void LogTrackRefused(ILogger logger, ILiveStream stream, int track, string reason);

    [LoggerMessage(LogLevel.Error, "Recording of {Stream} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, ILiveStream stream, string reason);

    [LoggerMessage(LogLevel.Error, "Recording of {Stream} lost {Frames} frames: the disk was slower than the stream for more than recording.maxLagBytes ({Bytes} bytes)")]
    private static partial void LogLost(ILogger logger, ILiveStream stream, long frames, long bytes);

    [LoggerMessage(LogLevel.Error, "Recording of {Stream} to {Path} ended by an internal error")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, ILiveStream stream, string path);

    [LoggerMessage(LogLevel.Information, "What was {Path} is {Older} now")]
    private static partial void LogRenamedOlder(ILogger logger, string path, string older);
}
