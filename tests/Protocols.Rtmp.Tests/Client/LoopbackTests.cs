using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tapedeck.Protocols.Rtmp.Tests.Client;

public sealed class LoopbackTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public LoopbackTests() => _listener.Start();

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_client_connects_over_TCP()
    {
        var connecting = RtmpClient.ConnectAsync($"rtmp://127.0.0.1:{Port}/app/name");
        using var socket = await _listener.AcceptTcpClientAsync();
        using var server = new ScriptedServer(socket.GetStream());
        await server.AcceptAndAnswerAsync();
        await using var client = await connecting;
        client.Address.Stream.ShouldBe("name");
    }

    [Fact]
    public async Task A_client_connects_over_TLS_when_it_accepts_the_certificate()
    {
        using var certificate = MakeCertificate();
        var connecting = RtmpClient.ConnectAsync($"rtmps://127.0.0.1:{Port}/app/name", new RtmpClientOptions
        {
            CertificateValidation = (_, seen, _, _) => seen?.GetCertHashString() == certificate.GetCertHashString(),
        });
        using var socket = await _listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsServerAsync(certificate);
        using var server = new ScriptedServer(tls);
        await server.AcceptAndAnswerAsync();
        await using var client = await connecting;
        client.Address.IsSecure.ShouldBeTrue();
    }

    [Fact]
    public async Task An_unknown_certificate_is_refused()
    {
        using var certificate = MakeCertificate();
        var connecting = RtmpClient.ConnectAsync($"rtmps://127.0.0.1:{Port}/app/name");
        using var socket = await _listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(socket.GetStream());
        var accepting = tls.AuthenticateAsServerAsync(certificate);
        await Should.ThrowAsync<AuthenticationException>(connecting);
        await accepting.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task A_closed_port_is_told()
    {
        var port = Port;
        _listener.Stop();
        await Should.ThrowAsync<SocketException>(RtmpClient.ConnectAsync($"rtmp://127.0.0.1:{port}/app/name"));
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
