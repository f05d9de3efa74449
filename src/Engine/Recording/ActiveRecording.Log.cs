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

    [LoggerMessage(LogLevel.Warning, "Recording {Stream}: its ledger has {Count} entries; further ones go neither to the catalog nor to this log. Look at the encoder's clock")]
    private static partial void LogManyNotes(ILogger logger, ILiveStream stream, int count);

    [LoggerMessage(LogLevel.Warning, "Recording {Stream} without track {Track}: {Reason}")]
    private static partial void LogTrackRefused(ILogger logger, ILiveStream stream, int track, string reason);

    [LoggerMessage(LogLevel.Error, "Recording of {Stream} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, ILiveStream stream, string reason);

    [LoggerMessage(LogLevel.Error, "Recording of {Stream} is suspended: {Reason}")]
    private static partial void LogSuspended(ILogger logger, ILiveStream stream, string reason);

    [LoggerMessage(LogLevel.Warning, "Recording of {Stream} goes on: volume {Volume} is well again after {Seconds:0.0} s, {Path} grows")]
    private static partial void LogWellAgain(ILogger logger, ILiveStream stream, string volume, double seconds, string path);

    [LoggerMessage(LogLevel.Error, "Recording of {Stream} gives up {Path} and goes on in a new file: {Reason}")]
    private static partial void LogGivenUp(ILogger logger, ILiveStream stream, string path, string reason);

    [LoggerMessage(LogLevel.Error, "Recording of {Stream} to {Path} ended by an internal error")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, ILiveStream stream, string path);
}
