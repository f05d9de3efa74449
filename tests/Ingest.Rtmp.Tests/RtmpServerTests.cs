using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Tapedeck.Engine.Streams;
using Tapedeck.Ingest.Rtmp.Tests.Kit;
using Tapedeck.Plugins;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp.Tests;

/// <summary>What needs real sockets: listening, limits of connections, TLS, stopping.</summary>
public sealed class RtmpServerTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly LogLines _log = new();
    private readonly FakeApplications _applications = new();
    private readonly FakeInstance _live;
    private readonly List<RtmpServer> _servers = [];
    private readonly List<IAsyncDisposable> _clients = [];

    public RtmpServerTests()
    {
        _live = new FakeInstance("live", new SlabPool(), _time);
        _applications.Known["live"] = _live;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        foreach (var server in _servers)
        {
            await server.StopAsync(CancellationToken.None).AsTask().WaitAsync(TestServer.Patience);
            await server.DisposeAsync();
        }

        _live.Dispose();
        _live.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task Publishes_over_a_real_socket_and_stops_with_shutdown()
    {
        var server = await StartAsync(new RtmpServerOptions { Listen = ["127.0.0.1:0"], ReceiveInterval = TimeSpan.Zero });
        server.Addresses.ShouldHaveSingleItem().ShouldStartWith("rtmp://127.0.0.1:");
        var client = await ConnectAsync(server);
        var stream = await client.PublishAsync("cam");
        await stream.SendAsync(MessageType.Video, 0, Flv.AvcHeader);
        await stream.SendAsync(MessageType.Video, 0, Flv.Key(1, 200_000));
        (await _live.Tap("cam").TakeAsync(2))[1].Packet.ShouldBe(Flv.Key(1, 200_000));
        var published = _live.FindStream("cam")!;
        await server.StopAsync(CancellationToken.None).AsTask().WaitAsync(TestServer.Patience);
        (await published.Ended).ShouldBe(StreamEndReason.Shutdown);
        _log.Closed.ShouldHaveSingleItem().ShouldContain("closed: the host stops");
        await client.Completion.WaitAsync(TestServer.Patience).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task Stopping_ends_every_connection_whatever_it_is_doing()
    {
        var server = await StartAsync(new RtmpServerOptions { Listen = ["127.0.0.1:0"] });
        for (var i = 0; i < 5; i++)
            await (await ConnectAsync(server)).PublishAsync($"cam{i}");
        using var silent = await RawAsync(server);
        using var half = await RawAsync(server);
        await half.SendAsync(new byte[] { 3, 0, 0 });
        await TestServer.WaitForAsync(() => _live.Streams.Count == 5);
        await server.StopAsync(CancellationToken.None).AsTask().WaitAsync(TestServer.Patience);
        _live.Streams.ShouldBeEmpty();
        (await EndsAsync(silent)).ShouldBeTrue();
        (await EndsAsync(half)).ShouldBeTrue();
        _live.Disconnected.ShouldBe(5);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_the_remedy_and_nothing_is_left_behind()
    {
        var first = await StartAsync(new RtmpServerOptions { Listen = ["127.0.0.1:0"] });
        var port = PortOf(first);
        var second = new RtmpServer(new RtmpServerOptions { Listen = ["127.0.0.1:0", $"127.0.0.1:{port}"] }, _applications, _time, _log);
        var error = await Should.ThrowAsync<ServerStartException>(async () => await second.StartAsync(CancellationToken.None));
        error.Message.ShouldContain($"Port {port} is taken");
        error.Message.ShouldContain($"--set rtmp.listen=0.0.0.0:{port + 1}");
        using (var refused = new Socket(SocketType.Stream, ProtocolType.Tcp))
            await Should.ThrowAsync<SocketException>(async () => await refused.ConnectAsync(IPAddress.Loopback, PortOf(second)));
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await second.DisposeAsync();
        _log.All.ShouldBeEmpty(); // no accept loop goes on failing
    }

    [Fact]
    public async Task Disposing_without_stopping_ends_the_accept_loop_too()
    {
        var server = new RtmpServer(new RtmpServerOptions { Listen = ["127.0.0.1:0"] }, _applications, _time, _log);
        await server.StartAsync(CancellationToken.None);
        await server.DisposeAsync();
        await server.DisposeAsync();
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        _log.All.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("1.2.3.4.5:80")]
    [InlineData("0.0.0.0:99999")]
    [InlineData("70000")]
    public async Task What_is_no_address_is_quoted_with_its_setting(string address)
    {
        var server = new RtmpServer(new RtmpServerOptions { Listen = [address] }, _applications, _time, _log);
        var error = await Should.ThrowAsync<ServerStartException>(async () => await server.StartAsync(CancellationToken.None));
        error.Message.ShouldContain($"'{address}' (rtmp.listen)");
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData("127.0.0.1:0")]
    [InlineData("localhost:0")]
    [InlineData("0")]
    [InlineData("[::1]:0")]
    public async Task Addresses_come_in_several_forms(string address)
    {
        var server = await StartAsync(new RtmpServerOptions { Listen = [address] });
        PortOf(server).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Tls_without_a_certificate_is_refused()
    {
        var server = new RtmpServer(new RtmpServerOptions { Listen = [], ListenTls = ["127.0.0.1:0"] }, _applications, _time, _log);
        var error = await Should.ThrowAsync<ServerStartException>(async () => await server.StartAsync(CancellationToken.None));
        error.Message.ShouldContain("rtmp.certificateFile");
        await server.DisposeAsync();
    }

    [Fact]
    public async Task One_address_may_have_only_so_many_connections_and_gets_its_place_back()
    {
        var server = await StartAsync(new RtmpServerOptions { Listen = ["127.0.0.1:0"], MaxConnectionsPerAddress = 2 });
        var first = await ConnectAsync(server);
        await ConnectAsync(server);
        using (var third = await RawAsync(server))
            (await EndsAsync(third)).ShouldBeTrue();
        await TestServer.WaitForAsync(() => _log.AtLeast(LogLevel.Warning).Count > 0);
        _log.AtLeast(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("127.0.0.1 has 2 connections (rtmp.maxConnectionsPerAddress) open");
        await first.DisposeAsync();
        RtmpClient? again = null;
        for (var i = 0; again is null && i < 1000; i++)
        {
            try
            {
                again = await ConnectAsync(server);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // The place is not free yet.
            }
        }

        again.ShouldNotBeNull();
        _log.AtLeast(LogLevel.Warning).ShouldHaveSingleItem(); // a flood of refusals is one line
    }

    [Fact]
    public async Task The_limit_of_connections_counts_those_who_have_not_said_anything_yet()
    {
        using var folder = new CertificateFolder();
        var server = await StartAsync(new RtmpServerOptions { Listen = [], ListenTls = ["127.0.0.1:0"], CertificateFile = folder.Path, MaxConnections = 3 });
        var sockets = new List<Socket>();
        for (var i = 0; i < 3; i++)
            sockets.Add(await RawAsync(server));
        using (var fourth = await RawAsync(server))
            (await EndsAsync(fourth)).ShouldBeTrue();
        await TestServer.WaitForAsync(() => _log.AtLeast(LogLevel.Warning).Count > 0);
        _log.AtLeast(LogLevel.Warning).ShouldHaveSingleItem().ShouldContain("3 connections (rtmp.maxConnections) are open");
        sockets.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Rtmps_publishes_and_a_plain_client_on_its_port_is_one_line()
    {
        using var folder = new CertificateFolder();
        var server = await StartAsync(new RtmpServerOptions { Listen = [], ListenTls = ["127.0.0.1:0"], CertificateFile = folder.Path });
        server.Addresses.ShouldHaveSingleItem().ShouldStartWith("rtmps://");
        var client = await RtmpClient.ConnectAsync($"rtmps://localhost:{PortOf(server)}/live", new RtmpClientOptions { CertificateValidation = (_, certificate, _, _) => certificate?.Subject == "CN=localhost" });
        _clients.Add(client);
        await client.PublishAsync("cam");
        _live.Clients.ShouldHaveSingleItem().Protocol.ShouldBe("rtmps");
        using var plain = await RawAsync(server);
        await plain.SendAsync(new byte[1537]);
        (await EndsAsync(plain)).ShouldBeTrue();
        await TestServer.WaitForAsync(() => _log.AtLeast(LogLevel.Warning).Count > 0);
        _log.AtLeast(LogLevel.Warning).ShouldHaveSingleItem().ShouldStartWith("rtmps 2 127.0.0.1:");
    }

    [Fact]
    public async Task The_sweep_closes_who_does_not_connect()
    {
        var server = await StartAsync(new RtmpServerOptions { Listen = ["127.0.0.1:0"] });
        using var silent = await RawAsync(server);
        var answer = EndsAsync(silent);
        // The connection takes its time of accept when it is made; advance until the sweep has seen it.
        await TestServer.WaitForAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return answer.IsCompleted;
        });
        (await answer).ShouldBeTrue();
        await TestServer.WaitForAsync(() => _log.Closed.Count == 1);
        _log.Closed.ShouldHaveSingleItem().ShouldContain("rtmp.handshakeTimeout");
    }

    private static int PortOf(RtmpServer server) => int.Parse(server.Addresses[0].Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<Socket> RawAsync(RtmpServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, PortOf(server));
        return socket;
    }

    /// <summary>The server closes without a word.</summary>
    private static async Task<bool> EndsAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[16]).WaitAsync(TestServer.Patience) == 0;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    private async Task<RtmpServer> StartAsync(RtmpServerOptions options)
    {
        var server = new RtmpServer(options, _applications, _time, _log);
        await server.StartAsync(CancellationToken.None);
        _servers.Add(server);
        return server;
    }

    private async Task<RtmpClient> ConnectAsync(RtmpServer server)
    {
        var client = await RtmpClient.ConnectAsync($"rtmp://127.0.0.1:{PortOf(server)}/live");
        _clients.Add(client);
        return client;
    }

    private sealed class CertificateFolder : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("tapedeck-").FullName;

        public CertificateFolder()
        {
            using var key = RSA.Create(2048);
            using var certificate = CertificateFileTests.Make("localhost", key);
            File.WriteAllText(Path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        }

        public string Path => System.IO.Path.Combine(_folder, "both.pem");

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
