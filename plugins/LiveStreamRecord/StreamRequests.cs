using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Tapedeck.LiveStreamRecord;

/// <summary>
/// Recordings of streams that need not be live yet: <c>startRecording</c> with <c>waitForStream</c>, <c>keepAlive</c> or <c>persist</c>. Whoever may call the
/// command may then name any stream of the application, so the operator has to allow it.
/// </summary>
internal sealed class StreamRequests(IRecorder recorder, LiveStreamRecordOptions defaults)
{
    private const string Owner = "startRecording";

    /// <summary>Whether a recording was started for a request of this module that stands.</summary>
    public bool Knows(IRecording recording) => recorder.Requests.Any(r => r.Terms.Owner == Owner && ReferenceEquals(r.Recording, recording));

    /// <summary>Makes a request in place of earlier ones for the stream. Answers with its id.</summary>
    /// <exception cref="CommandException">The operator does not allow it, or no stream is named.</exception>
    public async Task<CommandResult> StartAsync(CommandInput input, RecordingOptions options, RequestTerms terms, CancellationToken cancellationToken)
    {
        if (!defaults.Requests)
            throw new CommandException(StatusCode.NoAccess, "This application takes no requests to record streams that are not live; leave out waitForStream, keepAlive and persist, or have its property liveStreamRecordRequests set to true.");
        if (input.Stream is not { } stream)
            throw CommandException.Unreadable("Say which stream is meant: waitForStream, keepAlive and persist need its name.");
        await CancelAsync(stream.Name, cancellationToken);
        var request = await recorder.RequestAsync(stream.Name, options, terms with { Owner = Owner }, cancellationToken);
        var answer = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["request"] = request.Id.ToString(),
            ["streamName"] = stream.Name,
        };
        return CommandResult.Ok(answer);
    }

    /// <summary>Takes back the requests for a stream and stops what is recorded for them.</summary>
    /// <returns>How many requests there were, and the recording that was stopped last.</returns>
    public async Task<(int Requests, IRecording? Stopped)> CancelAsync(string streamName, CancellationToken cancellationToken)
    {
        if (!defaults.Requests)
            return (0, null);
        var count = 0;
        IRecording? stopped = null;
        foreach (var request in recorder.Requests.Where(r => r.StreamName == streamName && r.Terms.Owner == Owner))
        {
            count++;
            await recorder.CancelAsync(request, cancellationToken);
            if (request.Recording is not { EndReason: null } recording)
                continue;
            await recorder.StopAsync(recording, cancellationToken);
            stopped = recording;
        }

        return (count, stopped);
    }
}
