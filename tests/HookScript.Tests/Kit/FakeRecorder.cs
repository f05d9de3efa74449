using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.HookScript.Tests.Kit;

/// <summary>Only tells whether something is being recorded.</summary>
internal sealed class FakeRecorder : IRecorder
{
    public bool IsRecording { get; set; }

    public IReadOnlyCollection<IRecording> Active => IsRecording ? [null!] : [];

    public RecordingOptions Defaults => throw new NotSupportedException();

    public IReadOnlyCollection<IRecordingRequest> Requests => throw new NotSupportedException();

    public ValueTask<IRecording> StartAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<IRecordingRequest> RequestAsync(string streamName, RecordingOptions options, RequestTerms terms, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask CancelAsync(IRecordingRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public void Split(IRecording recording) => throw new NotSupportedException();

    public void Pause(IRecording recording) => throw new NotSupportedException();

    public void Resume(IRecording recording) => throw new NotSupportedException();

    public void SetLabel(IRecording recording, string key, string? value) => throw new NotSupportedException();

    public ValueTask StopAsync(IRecording recording, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
