using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.LoadBench;

/// <summary>One connection that publishes the clip. Its pump calls it; it never waits except for its own handshake.</summary>
internal sealed class Publisher : IDisposable
{
    private const int HandshakeBytes = 1536;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Clip _clip;
    private readonly byte[] _drain = new byte[4096];
    private Pass _pass;
    private int _next;
    private int _within; // bytes of the next message that are sent already
    private long _passStart;

    public Publisher(Clip clip, string name)
    {
        _clip = clip;
        _pass = clip.First;
        Name = name;
    }

    public string Name { get; }

    public long Bytes { get; private set; }

    public long Video { get; private set; }

    public long Audio { get; private set; }

    /// <summary>Sends that the kernel did not take at once.</summary>
    public long Stalls { get; private set; }

    /// <summary>Connects; with an application name, as an RTMP encoder would, else with nothing said.</summary>
    public void Connect(int port, string? application)
    {
        _socket.Connect(IPAddress.Loopback, port);
        if (application is not null)
            OpenSession(port, application);
    }

    /// <summary>Sends what is due; returns the milliseconds until more is.</summary>
    /// <param name="now">Milliseconds since this publisher began.</param>
    public long SendDue(long now)
    {
        while (true)
        {
            if (_next == _pass.Messages.Length)
            {
                Turn();
                continue;
            }

            ref readonly var message = ref _pass.Messages[_next];
            var wait = _passStart + message.Due - now;
            if (wait > 0)
                return wait;
            var count = _socket.Send(_pass.Bytes.AsSpan(message.Start + _within, message.Length - _within), SocketFlags.None, out var error);
            if (error is not (SocketError.Success or SocketError.WouldBlock))
                throw new IOException($"{Name}: {error}");
            Bytes += Math.Max(count, 0);
            _within += Math.Max(count, 0);
            if (_within < message.Length)
            {
                Stalls++;
                return 1;
            }

            _within = 0;
            _next++;
        }
    }

    /// <summary>Sends whole passes as fast as they are taken, until so many bytes are gone.</summary>
    public void Flood(long bytes, int slice = 64 * 1024)
    {
        _socket.Blocking = true;
        while (Bytes < bytes)
        {
            for (var at = 0; at < _pass.Bytes.Length;)
            {
                var count = _socket.Send(_pass.Bytes.AsSpan(at, Math.Min(slice, _pass.Bytes.Length - at)));
                at += count;
                Bytes += count;
            }

            Turn();
            Drain();
        }
    }

    public void StopBlocking() => _socket.Blocking = false;

    /// <summary>Reads away what the server says.</summary>
    public void Drain()
    {
        while (_socket.Available > 0)
            _ = _socket.Receive(_drain, SocketFlags.None, out _);
    }

    /// <summary>Ends it in good order: the rest of a message that has begun, then the end of the connection.</summary>
    public void Finish()
    {
        _socket.Blocking = true;
        if (_within > 0)
        {
            var message = _pass.Messages[_next];
            Bytes += _socket.Send(_pass.Bytes.AsSpan(message.Start + _within, message.Length - _within));
            _next++;
        }

        CountPart();
        _socket.Shutdown(SocketShutdown.Send);
        _socket.ReceiveTimeout = 20_000;
        try
        {
            while (_socket.Receive(_drain) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // It closed in its own way.
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Turn()
    {
        Video += _pass.Video;
        Audio += _pass.Audio;
        _pass = _clip.Again;
        _next = 0;
        _passStart += _clip.Duration;
    }

    private void CountPart()
    {
        for (var i = 0; i < _next; i++)
        {
            // Chunk header: basic 1 byte, then 11, 7 or 3; what it is can be told from the chunk stream alone. Sequence headers are no frames.
            var first = _pass.Bytes[_pass.Messages[i].Start];
            if (ReferenceEquals(_pass, _clip.First) && i < _pass.Messages.Length - _clip.Again.Messages.Length)
                continue;
            if ((first & 0x3F) == 4)
                Audio++;
            else
                Video++;
        }
    }

    private void OpenSession(int port, string application)
    {
        var hello = new byte[1 + HandshakeBytes];
        hello[0] = 3;
        SendAll(hello);
        var answer = Receive(1 + HandshakeBytes + HandshakeBytes);
        SendAll(answer.AsSpan(1, HandshakeBytes));
        var chunks = new ChunkWriter();
        var output = new ArrayBufferWriter<byte>();
        chunks.WriteSetChunkSize(output, Clip.ChunkSize);
        Write(chunks, output, 3, 0, new RtmpCommand("connect", 1, new AmfObject { ["app"] = application, ["tcUrl"] = $"rtmp://127.0.0.1:{port}/{application}", ["flashVer"] = "FMLE/3.0" }));
        Write(chunks, output, 3, 0, new RtmpCommand("createStream", 2, null));
        SendAll(output.WrittenSpan);
        Await("_result", 2);
        output.Clear();
        Write(chunks, output, 8, Clip.StreamId, new RtmpCommand("publish", 3, null, Name, "live"));
        SendAll(output.WrittenSpan);
        Await("NetStream.Publish.Start", 1);
    }

    private static void Write(ChunkWriter chunks, ArrayBufferWriter<byte> output, int csid, uint stream, RtmpCommand command)
    {
        var body = new ArrayBufferWriter<byte>();
        command.Write(body);
        chunks.WriteMessage(output, csid, MessageType.CommandAmf0, 0, stream, body.WrittenSpan);
    }

    private void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[_socket.Send(bytes)..];
    }

    private byte[] Receive(int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var n = _socket.Receive(bytes, at, count - at, SocketFlags.None);
            at += n > 0 ? n : throw new IOException("The server closed the connection during the handshake.");
        }

        return bytes;
    }

    /// <summary>Reads until a word was seen so many times; the load needs no parser for what a server answers.</summary>
    private void Await(string word, int times)
    {
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        _socket.ReceiveTimeout = 20_000;
        while (seen.ToString().Split(word).Length - 1 < times)
        {
            var n = _socket.Receive(buffer);
            if (n == 0)
                throw new IOException(string.Create(CultureInfo.InvariantCulture, $"{Name}: the server closed the connection before '{word}': {seen}"));
            seen.Append(Encoding.Latin1.GetString(buffer, 0, n));
        }
    }
}
