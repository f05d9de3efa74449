using System.Net;
using Tapedeck.Connections;
using Tapedeck.Streams;

namespace Tapedeck.Kit;

/// <summary>A client that publishes nothing and takes whatever it is told.</summary>
public sealed class FakeClient(string id = "c1") : IClientConnection
{
    public string Id => id;

    public string Protocol => "test";

    public EndPoint? RemoteEndPoint => null;

    public string UserAgent => "";

    public IReadOnlyDictionary<string, string> Query { get; } = new Dictionary<string, string>();

    public IReadOnlyList<ILiveStream> PublishedStreams => [];

    public void SendStatus(StatusMessage message, ILiveStream? stream = null) { }

    public void Close(string reason) { }
}
