using Tapedeck.Applications;
using Tapedeck.Connections;
using Tapedeck.Host.Applications;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Host.Tests.Kit;

internal sealed class FakeRecorder : IRecorder
{
    public IReadOnlyCollection<IRecording> Active => [];

    public RecordingOptions Defaults { get; } = new();

    public void SetLabel(IRecording recording, string key, string? value) => throw new NotSupportedException();

    public ValueTask<IRecording> StartAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public IReadOnlyCollection<IRecordingRequest> Requests => [];

    public ValueTask<IRecordingRequest> RequestAsync(string streamName, RecordingOptions options, RequestTerms terms, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask CancelAsync(IRecordingRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public void Split(IRecording recording) => throw new NotSupportedException();

    public void Pause(IRecording recording) => throw new NotSupportedException();

    public void Resume(IRecording recording) => throw new NotSupportedException();

    public ValueTask StopAsync(IRecording recording, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}

internal sealed class FakeInstance(ApplicationModel model, string name = "_definst_") : IApplicationInstance
{
    public string Application => model.Name;

    public string Name => name;

    public IApplicationProperties Properties => model.Properties;

    public IReadOnlyCollection<ILiveStream> Streams => [];

    public IRecorder Recorder { get; } = new FakeRecorder();

    public ILiveStream? FindStream(string name) => null;

    public ValueTask<Decision> ConnectAsync(IClientConnection client, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Disconnect(IClientConnection client) => throw new NotSupportedException();

    public ValueTask<PublishResult> PublishAsync(PublishRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<PlayResult> PlayAsync(PlayRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<CommandResult> CallAsync(CommandCall call, CancellationToken cancellationToken) => throw new NotSupportedException();
}
