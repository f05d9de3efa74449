using System.Collections.Concurrent;
using System.Net;
using Tapedeck.Connections;
using Tapedeck.Streams;

namespace Tapedeck.LiveStreamRecord.Tests.Fakes;

internal sealed class FakeClient : IClientConnection
{
    private readonly ConcurrentQueue<(StatusMessage Message, ILiveStream? Stream)> _sent = new();

    public FakeClient(params string[] streamNames) =>
        PublishedStreams = [.. streamNames.Select(name => new FakeStream(name, this))];

    public string Id { get; } = "c1";

    public string Protocol => "rtmp";

    public EndPoint? RemoteEndPoint => null;

    public string UserAgent => "FMLE/3.0 (compatible; FMSc/1.0)";

    public IReadOnlyDictionary<string, string> Query { get; } = new Dictionary<string, string>();

    public IReadOnlyList<ILiveStream> PublishedStreams { get; set; }

    public IReadOnlyList<(StatusMessage Message, ILiveStream? Stream)> Sent => [.. _sent];

    public IEnumerable<string> Codes => Sent.Select(s => s.Message.Code);

    public void SendStatus(StatusMessage message, ILiveStream? stream = null) => _sent.Enqueue((message, stream));

    public void Close(string reason) => throw new InvalidOperationException("This module has no business closing connections.");
}
