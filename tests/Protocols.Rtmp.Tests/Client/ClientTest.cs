namespace Tapedeck.Protocols.Rtmp.Tests.Client;

/// <summary>A client and a server in memory.</summary>
public abstract class ClientTest : IDisposable
{
    private readonly PipeTransport _transport = new();

    protected ClientTest() => Server = new ScriptedServer(_transport);

    private protected static RtmpAddress Address { get; } = RtmpAddress.Parse("rtmp://host/app/inst/name");

    private protected ScriptedServer Server { get; }

    private protected Stream ClientEnd => _transport.Client;

    public void Dispose()
    {
        Server.Dispose();
        ClientEnd.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<RtmpClient> ConnectAsync(RtmpClientOptions? options = null)
    {
        var connecting = RtmpClient.ConnectAsync(ClientEnd, Address, options);
        await Server.AcceptAndAnswerAsync();
        return await connecting;
    }
}
