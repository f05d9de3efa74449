using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests.Kit;

/// <summary>A recording that is closed when a test says so.</summary>
internal sealed class FakeRecording(ILiveStream stream) : IRecording
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid Id { get; } = Guid.NewGuid();

    public ILiveStream Stream => stream;

    public RecordingOptions Options { get; init; } = new();

    public RecordingState State { get; private set; }

    public string Path => "/content/" + stream.Name + ".mp4";

    public IReadOnlyList<RecordedFile> Files => [];

    public IReadOnlyList<Discontinuity> Ledger => [];

    public IReadOnlyDictionary<string, string> Labels => RecordingLabels.None;

    public RecordingEndReason? EndReason => null;

    public string? Error { get; private set; }

    public Task Completion => _completion.Task;

    public void Close(string? error = null)
    {
        Error = error;
        State = error is null ? RecordingState.Closed : RecordingState.Failed;
        _completion.SetResult();
    }
}
