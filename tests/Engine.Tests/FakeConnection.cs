using System.Net;
using Tapedeck.Connections;
using Tapedeck.Streams;

namespace Tapedeck.Engine.Tests;

internal sealed class FakeConnection : IClientConnection
{
    public string Id => "test";

    public string Protocol => "test";

    public EndPoint? RemoteEndPoint => null;

    public string UserAgent => "";

    public IReadOnlyDictionary<string, string> Query { get; } = new Dictionary<string, string>();

    public IReadOnlyList<ILiveStream> PublishedStreams => [];

    public void SendStatus(StatusMessage message, ILiveStream? stream = null) { }

    public void Close(string reason) { }
}
