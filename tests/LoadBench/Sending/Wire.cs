using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Tapedeck.LoadBench;

/// <summary>A connection to the server under load, plain or TLS. For one thread at a time.</summary>
internal sealed class Wire : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _drain = new byte[4096];
    private SslStream? _tls;

    /// <summary>Bytes that wait in the kernel; of TLS, before they are decrypted.</summary>
    public int Available => _socket.Available;

    /// <param name="secure">TLS; the certificate is one that was made for the load.</param>
    public void Connect(int port, bool secure)
    {
        _socket.ReceiveTimeout = 20_000;
        _socket.Connect(IPAddress.Loopback, port);
        if (!secure)
            return;
        _tls = new SslStream(new NetworkStream(_socket, ownsSocket: false), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate?.Subject == Programs.CertificateName);
        _tls.AuthenticateAsClient("localhost");
    }

    /// <summary>From now on <see cref="Send"/> takes what the kernel takes at once. TLS goes on to wait: a record cannot be sent in part.</summary>
    public void StopBlocking() => _socket.Blocking = _tls is not null;

    public void Block() => _socket.Blocking = true;

    /// <summary>Sends what is taken; 0: nothing now.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        if (_tls is not null)
        {
            _tls.Write(bytes);
            return bytes.Length;
        }

        var count = _socket.Send(bytes, SocketFlags.None, out var error);
        return error is SocketError.Success or SocketError.WouldBlock ? Math.Max(count, 0) : throw new IOException(error.ToString());
    }

    public void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[Send(bytes)..];
    }

    /// <summary>Waits for bytes, 20 s at most; 0 at the end of the connection.</summary>
    /// <exception cref="IOException">The connection is gone, or silent.</exception>
    public int Receive(Span<byte> into)
    {
        if (_tls is not null)
            return _tls.Read(into);
        var count = _socket.Receive(into, SocketFlags.None, out var error);
        return error == SocketError.Success ? count : throw new IOException(error.ToString());
    }

    /// <summary>Reads away what the server says.</summary>
    public void Drain()
    {
        while (_socket.Available > 0)
            _ = Receive(_drain);
    }

    /// <summary>Says that nothing more comes, and waits until the server closes.</summary>
    public void Finish()
    {
        Block();
        try
        {
            _tls?.ShutdownAsync().Wait();
            _socket.Shutdown(SocketShutdown.Send);
            while (Receive(_drain) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException or AggregateException)
        {
            // It closed in its own way.
        }
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
    }
}
