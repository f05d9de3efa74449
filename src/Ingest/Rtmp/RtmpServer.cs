using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Tapedeck.Applications;
using Tapedeck.Plugins;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>
/// Listens for RTMP and RTMPS and runs a session for each connection. One timer looks at the time limits of all connections once a second.
/// </summary>
public sealed partial class RtmpServer : IServer
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(100);

    private readonly RtmpServerOptions _options;
    private readonly IApplications _applications;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly List<Socket> _listeners = [];
    private readonly List<string> _addresses = [];
    private readonly List<Task> _loops = [];
    private readonly ConcurrentDictionary<string, Session> _sessions = new();
    private readonly ConcurrentDictionary<IPAddress, int> _perAddress = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ReceiveRounds[] _rounds;
    private CertificateFile? _certificate;
    private ITimer? _sweep;
    private long _nextId;
    private int _open; // from accept on, also those that have not got as far as a session
    private long _saidFull;

    private sealed record Session(RtmpConnection Connection, Task Task);

    /// <summary>Made by the host from its settings.</summary>
    public RtmpServer(RtmpServerOptions options, IApplications applications, TimeProvider time, ILogger<RtmpServer> logger)
    {
        _options = options;
        _applications = applications;
        _time = time;
        _logger = logger;
        // Without a low-water mark each message would wake us anyway. One thread reads hundreds of connections; more than a quarter of the cores are never needed.
        var rounds = options.ReceiveInterval > TimeSpan.Zero && OperatingSystem.IsLinux() ? Math.Max(1, Environment.ProcessorCount / 4) : 0;
        _rounds = [.. Enumerable.Range(0, rounds).Select(_ => new ReceiveRounds(options.ReceiveInterval, time))];
    }

    /// <inheritdoc />
    public string Name => "rtmp";

    /// <inheritdoc />
    public IReadOnlyList<string> Addresses => _addresses;

    /// <inheritdoc />
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        if (_options.ListenTls.Count > 0)
        {
            if (_options.CertificateFile.Length == 0)
                throw new ServerStartException("rtmp.listenTls is set but rtmp.certificateFile is not; name the certificate or remove rtmp.listenTls.");
            _certificate = new CertificateFile(_options.CertificateFile, _options.CertificateKeyFile, _time);
        }

        try
        {
            foreach (var address in _options.Listen)
                Listen(address, "rtmp.listen", isSecure: false);
            foreach (var address in _options.ListenTls)
                Listen(address, "rtmp.listenTls", isSecure: true);
        }
        catch
        {
            await _stopping.CancelAsync(); // those that listen already
            CloseListeners();
            throw;
        }

        _sweep = _time.CreateTimer(_ => Sweep(), null, SweepEvery, SweepEvery);
    }

    /// <inheritdoc />
    public async ValueTask StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        CloseListeners();
        foreach (var session in _sessions.Values)
            session.Connection.Close("the host stops", StreamEndReason.Shutdown);
        foreach (var session in _sessions.Values)
            await session.Task.WaitAsync(cancellationToken);
        await Task.WhenAll(_loops).WaitAsync(cancellationToken);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_sweep is not null)
            await _sweep.DisposeAsync();
        foreach (var rounds in _rounds)
            rounds.Dispose();
        await _stopping.CancelAsync();
        CloseListeners();
    }

    private void Listen(string address, string setting, bool isSecure)
    {
        var endPoint = ParseEndPoint(address, setting);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = endPoint.Address.Equals(IPAddress.IPv6Any);
            socket.Bind(endPoint);
            socket.Listen(512);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            var why = e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"Port {endPoint.Port} is taken: another program listens on {endPoint}. Stop it or set {setting} to another port, for example --set {setting}=0.0.0.0:{endPoint.Port + 1}.",
                SocketError.AccessDenied => $"Port {endPoint.Port} may not be opened by this user. Set {setting} to a port above 1023.",
                SocketError.AddressNotAvailable => $"{endPoint.Address} is no address of this machine. Set {setting} to one that is, or to 0.0.0.0.",
                _ => $"Cannot listen on {endPoint} ({setting}): {e.Message}",
            };
            throw new ServerStartException(why, e);
        }

        _listeners.Add(socket);
        _addresses.Add($"{(isSecure ? "rtmps" : "rtmp")}://{socket.LocalEndPoint}");
        _loops.Add(Task.Run(() => AcceptAsync(socket, isSecure)));
    }

    private static IPEndPoint ParseEndPoint(string address, string setting)
    {
        if (IPEndPoint.TryParse(address, out var endPoint) && address.Contains(':', StringComparison.Ordinal))
            return endPoint;
        if (int.TryParse(address, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 0 and <= 65535)
            return new IPEndPoint(IPAddress.Any, port);
        if (address.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) && ushort.TryParse(address.AsSpan(10), NumberStyles.None, CultureInfo.InvariantCulture, out var local))
            return new IPEndPoint(IPAddress.Loopback, local);
        throw new ServerStartException($"'{address}' ({setting}) is not an address; write it as 0.0.0.0:1935, [::]:1935, localhost:1935 or just 1935.");
    }

    private async Task AcceptAsync(Socket listener, bool isSecure)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(_stopping.Token);
                Admit(socket, isSecure);
            }
            catch (Exception e) when (_stopping.IsCancellationRequested || e is ObjectDisposedException)
            {
                return;
            }
            catch (Exception e)
            {
                // Out of file descriptors, mostly: those who are connected must not notice.
                LogAcceptFailed(_logger, e.Message);
                await Task.Delay(BackOff, _time, CancellationToken.None);
            }
        }
    }

    private void Admit(Socket socket, bool isSecure)
    {
        IPEndPoint? remote;
        try
        {
            remote = socket.RemoteEndPoint as IPEndPoint;
        }
        catch (SocketException)
        {
            socket.Dispose(); // reset between its connect and our accept: nobody is there, and the next one must not wait for it
            return;
        }

        var address = remote?.Address ?? IPAddress.None;
        var ofAddress = _perAddress.AddOrUpdate(address, 1, static (_, count) => count + 1);
        var refusal = Interlocked.Increment(ref _open) > _options.MaxConnections ? $"{_options.MaxConnections} connections (rtmp.maxConnections) are open"
            : ofAddress > _options.MaxConnectionsPerAddress ? $"{address} has {_options.MaxConnectionsPerAddress} connections (rtmp.maxConnectionsPerAddress) open"
            : null;
        if (refusal is not null)
        {
            Forget(address);
            socket.Dispose();
            SayFull(refusal);
            return;
        }

        var id = Interlocked.Increment(ref _nextId).ToString(CultureInfo.InvariantCulture);
        _ = Task.Run(() => ServeAsync(id, socket, remote, address, isSecure));
    }

    private async Task ServeAsync(string id, Socket socket, IPEndPoint? remote, IPAddress address, bool isSecure)
    {
        try
        {
            using (socket)
            {
                socket.NoDelay = true;
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                await using var transport = await OpenAsync(id, socket, remote, isSecure);
                if (transport is null)
                    return;
                var connection = new RtmpConnection(
                    id, isSecure ? "rtmps" : "rtmp", transport, () => ShutDown(socket), remote, _applications, _options, _time, _logger, RoundsOf(socket, isSecure));
                var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var session = new Session(connection, RunAsync(start.Task, connection));
                _sessions[id] = session;
                if (_stopping.IsCancellationRequested)
                    connection.Close("the host stops", StreamEndReason.Shutdown);
                start.SetResult();
                await session.Task;
            }
        }
        catch (Exception e)
        {
            LogServeFailed(_logger, e, id, remote);
        }
        finally
        {
            _sessions.TryRemove(id, out _);
            Forget(address);
        }
    }

    /// <summary>TLS is read as it comes: its bytes have to be decrypted by the connection's own task.</summary>
    private SocketRounds? RoundsOf(Socket socket, bool isSecure)
    {
        if (isSecure || _rounds.Length == 0)
            return null;
        socket.Blocking = false; // a round never waits
        return new SocketRounds(_rounds[(uint)socket.Handle.GetHashCode() % _rounds.Length], socket);
    }

    private static async Task RunAsync(Task start, RtmpConnection connection)
    {
        await start;
        await connection.RunAsync();
    }

    private async Task<Stream?> OpenAsync(string id, Socket socket, IPEndPoint? remote, bool isSecure)
    {
        var stream = new NetworkStream(socket, ownsSocket: false);
        if (!isSecure)
            return stream;
        var secure = new SslStream(stream);
        try
        {
            using var limit = new CancellationTokenSource(_options.HandshakeTimeout, _time);
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _certificate!.Current, EnabledSslProtocols = SslProtocols.None }, limit.Token);
            return secure;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            LogTlsFailed(_logger, id, remote, e is OperationCanceledException ? "no TLS handshake within rtmp.handshakeTimeout" : e.Message);
            await secure.DisposeAsync();
            return null;
        }
    }

    private static void ShutDown(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }
    }

    private void Sweep()
    {
        foreach (var session in _sessions.Values)
            session.Connection.CheckTimeouts();
    }

    private void Forget(IPAddress address)
    {
        Interlocked.Decrement(ref _open);
        // A count of zero is removed only if nobody raised it meanwhile.
        if (_perAddress.AddOrUpdate(address, 0, static (_, count) => count - 1) <= 0)
            _perAddress.TryRemove(new KeyValuePair<IPAddress, int>(address, 0));
    }

    private void SayFull(string reason)
    {
        // A flood must not become a flood of log lines.
        var now = _time.GetTimestamp();
        var before = Interlocked.Read(ref _saidFull);
        if (before != 0 && _time.GetElapsedTime(before, now) < TimeSpan.FromSeconds(10))
            return;
        if (Interlocked.CompareExchange(ref _saidFull, now, before) == before)
            LogFull(_logger, reason);
    }

    private void CloseListeners()
    {
        foreach (var listener in _listeners)
            listener.Dispose();
        _listeners.Clear();
    }

    [LoggerMessage(LogLevel.Warning, "Connections are refused: {Reason}")]
    private static partial void LogFull(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "Cannot accept a connection, trying again: {Reason}")]
    private static partial void LogAcceptFailed(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "Connection {Id} {Remote} could not be served")]
    private static partial void LogServeFailed(ILogger logger, Exception exception, string id, IPEndPoint? remote);

    [LoggerMessage(LogLevel.Warning, "rtmps {Id} {Remote}: {Reason}")]
    private static partial void LogTlsFailed(ILogger logger, string id, IPEndPoint? remote, string reason);
}
