using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.LiveStreamRecord.Tests.Fakes;

/// <summary>A recording whose life a test leads. States change before anybody is told, as with the real one.</summary>
internal sealed class FakeRecording(ILiveStream stream, RecordingOptions options, string path) : IRecording
{
    private readonly TaskCompletionSource _completion = new();

    public Guid Id { get; } = Guid.NewGuid();

    public ILiveStream Stream { get; set; } = stream;

    public RecordingOptions Options => options;

    public RecordingState State { get; private set; }

    public string Path { get; private set; } = path;

    public IReadOnlyList<RecordedFile> Files { get; private set; } = [];

    public IReadOnlyList<Discontinuity> Ledger => [];

    public Dictionary<string, string> Labels { get; } = new(options.Labels);

    IReadOnlyDictionary<string, string> IRecording.Labels => Labels;

    public RecordingEndReason? EndReason { get; private set; }

    public string? Error { get; private set; }

    public Task Completion => _completion.Task;

    public void Write() => State = RecordingState.Writing;

    public RecordedFile CloseFile(double seconds = 12.34)
    {
        var file = new RecordedFile(Path, options.Format!.Value, 1000, TimeSpan.FromSeconds(seconds), DateTimeOffset.UnixEpoch);
        Files = [.. Files, file];
        return file;
    }

    public void Await() => State = RecordingState.AwaitingReturn;

    public void Suspend() => State = RecordingState.Suspended;

    public void GoOnIn(string path) => Path = path;

    public void End(RecordingEndReason reason, string? error = null)
    {
        Error = error;
        EndReason = reason;
        State = error is null ? RecordingState.Closed : RecordingState.Failed;
        _completion.TrySetResult();
    }
}
