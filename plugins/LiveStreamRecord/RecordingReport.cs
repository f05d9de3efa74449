using System.Globalization;
using Tapedeck.Connections;
using Tapedeck.Media;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord;

/// <summary>
/// Tells the publisher of a stream that is recorded by command what becomes of it, each thing once. Called by the module's notices and, because a notice may
/// come before the recorder has handed out the recording, once by the command itself.
/// </summary>
internal sealed class RecordingReport(IRecording recording)
{
    private readonly Lock _gate = new();
    private bool _startTold;
    private bool _endTold;
    private volatile bool _stopWanted;

    private string Name => recording.Stream.Name;

    /// <summary>The client itself asked for the end: the next file that closes is the last.</summary>
    public void StopWanted() => _stopWanted = true;

    /// <summary>Makes up for notices that came before this report was known.</summary>
    public void CatchUp()
    {
        if (recording.State is RecordingState.Writing or RecordingState.AwaitingReturn or RecordingState.Closing || recording.Files.Count > 0)
            Started();
        if (recording.EndReason is not null)
            Ended();
    }

    public void Started()
    {
        lock (_gate)
        {
            if (_startTold || _endTold)
                return;
            _startTold = true;
            Send("status", StatusCode.Start, $"Recording {Quote.One(Name)} to {recording.Path}.");
        }
    }

    public void FileClosed(RecordedFile file)
    {
        // The last file is told with the end; which one is the last is known here only when the reason of the end is.
        if (_stopWanted || recording.EndReason is not null || recording.Stream.Ended.IsCompleted)
            return;
        lock (_gate)
        {
            if (!_endTold)
                Send("status", StatusCode.FileClosed, $"One file of the recording of {Quote.One(Name)} is complete: {Describe(file)}.");
        }
    }

    public void Ended()
    {
        lock (_gate)
        {
            if (_endTold)
                return;
            _endTold = true;
            // Level warning, although other servers say error: encoders (FFmpeg) give up on error, and the stream itself is well.
            if (Failure(recording) is { } failure)
                Send("warning", StatusCode.Failed, failure);
            else
                Send("status", StatusCode.Stop, Outcome(recording));
        }
    }

    /// <summary>What went wrong and what is left of it, for a person; null when nothing did.</summary>
    public static string? Failure(IRecording recording)
    {
        if (recording.Error is null && recording.State != RecordingState.Failed)
            return null;
        var left = recording.Files.Count > 0 ? $" Complete: {Describe(recording.Files[^1])}." : "";
        return $"The recording of {Quote.One(recording.Stream.Name)} failed: {recording.Error ?? "the host's log tells why."}{left}";
    }

    /// <summary>What was recorded, for a person.</summary>
    public static string Outcome(IRecording recording)
    {
        var name = Quote.One(recording.Stream.Name);
        return recording.Files switch
        {
            [] => $"The recording of {name} ended before {(WaitsForKeyFrame(recording) ? "a key frame" : "any media")} arrived; there is no file.",
            [var file] => $"Recorded {name}: {Describe(file)}.",
            [.., var last] => $"Recorded {name} in {recording.Files.Count} files; the last: {Describe(last)}.",
        };
    }

    private static bool WaitsForKeyFrame(IRecording recording) =>
        recording.Options.StartOnKeyFrame && recording.Stream.Tracks.Any(track => track.Kind == TrackKind.Video);

    private static string Describe(RecordedFile file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.Path}, {file.Duration.TotalSeconds:0.0} s");

    /// <summary>To whoever publishes the stream now: the one that asked, or the same encoder on a new connection.</summary>
    private void Send(string level, string code, string description)
    {
        var stream = recording.Stream;
        stream.Publisher.SendStatus(new StatusMessage(level, code, description, Name), stream);
    }
}
