using System.Net;
using Tapedeck.Connections;
using Tapedeck.Engine.Recording;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Benchmarks;

/// <summary>A publisher that hears nothing, and an observer that says nothing.</summary>
internal sealed class Nobody : IRecordingObserver, IClientConnection
{
    public string Id => "bench";

    public string Protocol => "bench";

    public EndPoint? RemoteEndPoint => null;

    public string UserAgent => "";

    public IReadOnlyDictionary<string, string> Query { get; } = new Dictionary<string, string>();

    public IReadOnlyList<ILiveStream> PublishedStreams => [];

    public void SendStatus(StatusMessage message, ILiveStream? stream = null) { }

    public void Close(string reason) { }

    public ValueTask<Decision> StartingAsync(ILiveStream stream, RecordingOptions options, CancellationToken cancellationToken) => ValueTask.FromResult(Decision.Allow);

    public void Started(IRecording recording) { }

    public void FileClosed(IRecording recording, RecordedFile file) { }

    public void Warning(IRecording recording, string message) { }

    public void Ended(IRecording recording) { }
}
