using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;

namespace Tapedeck.Protocols.Rtmp;

// Owner and order: one receive loop reads the transport and is the only one to touch the chunk reader and to call back.
// Any task may send (ClientOutput) and call (PendingCalls). The streams are kept under a lock.

/// <summary>
/// An RTMP client that publishes and plays any number of streams over one connection. Pings are answered and what arrives
/// is acknowledged without the caller's doing.
/// </summary>
public sealed class RtmpClient : IAsyncDisposable
{
    private const int ConnectionChunkStream = 3;
    private const int AudioChunkStream = 4;
    private const int DataChunkStream = 5;
    private const int VideoChunkStream = 6;
    private const int StreamCommandChunkStream = 8;
    private const int ReceiveBytes = 64 * 1024;

    private readonly Stream _transport;
    private readonly RtmpClientOptions _options;
    private readonly ClientOutput _output;
    private readonly PendingCalls _calls = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, RtmpClientStream> _streams = [];
    private readonly ChunkReader _reader;
    private readonly CancellationTokenSource _closing = new();
    private AcknowledgementWindow _window;
    private bool _hasReplied;
    private bool _isDisposed;

    private RtmpClient(Stream transport, RtmpAddress address, RtmpClientOptions options)
    {
        _transport = transport;
        _options = options;
        _output = new ClientOutput(transport);
        _reader = new ChunkReader(new ClientSink(OnMessage), options.Limits);
        Address = address;
    }

    public RtmpAddress Address { get; }

    /// <summary>What the server answered to connect.</summary>
    public RtmpCommand ConnectAnswer { get; private set; } = null!;

    /// <summary>Ends with the connection: normally when the server or <see cref="DisposeAsync"/> closed it, else with the error.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Whether the handshake answer of the server was right; see <see cref="ClientHandshake.IsServerVerified"/>.</summary>
    public bool IsServerVerified { get; private set; }

    /// <summary>Connects to the server and application of an address such as <c>rtmp://host/app/stream</c>.</summary>
    /// <exception cref="FormatException">Not an rtmp or rtmps address.</exception>
    /// <exception cref="RtmpCallException">The server refused the connect command.</exception>
    public static async Task<RtmpClient> ConnectAsync(string url, RtmpClientOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new RtmpClientOptions();
        var address = RtmpAddress.Parse(url);
        using var timeout = new CancellationTokenSource(options.Timeout, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        Stream? transport = null;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, both.Token).ConfigureAwait(false);
            transport = new NetworkStream(socket, ownsSocket: true);
            if (address.IsSecure)
            {
                var tls = new SslStream(transport, leaveInnerStreamOpen: false, options.CertificateValidation);
                transport = tls;
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host }, both.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            if (transport is not null) await transport.DisposeAsync().ConfigureAwait(false);
            socket.Dispose();
            if (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
                throw new TimeoutException($"{address.Host}:{address.Port} did not answer within {options.Timeout}.", error);
            throw;
        }
        return await ConnectAsync(transport, address, options, cancellation).ConfigureAwait(false);
    }

    /// <summary>Connects over a transport that the caller opened; the client owns it from here on.</summary>
    public static async Task<RtmpClient> ConnectAsync(Stream transport, RtmpAddress address, RtmpClientOptions? options = null, CancellationToken cancellation = default)
    {
        var client = new RtmpClient(transport, address, options ?? new RtmpClientOptions());
        try
        {
            await client.HandshakeAndConnectAsync(cancellation).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Publishes: releaseStream, FCPublish, createStream, publish; returns when the server sent NetStream.Publish.Start.</summary>
    /// <param name="type">live, record or append.</param>
    /// <exception cref="RtmpStatusException">The server refused.</exception>
    public async Task<RtmpClientStream> PublishAsync(string name, string type = "live", CancellationToken cancellation = default)
    {
        // Servers answer these two in many ways, or not at all: the answers are not awaited.
        AppendCommand(ConnectionChunkStream, 0, new RtmpCommand("releaseStream", _calls.NextId(), null, name));
        AppendCommand(ConnectionChunkStream, 0, new RtmpCommand("FCPublish", _calls.NextId(), null, name));
        var stream = await CreateStreamAsync(name, "NetStream.Publish.Start", cancellation).ConfigureAwait(false);
        return await StartAsync(stream, "publish", [name, type], cancellation).ConfigureAwait(false);
    }

    /// <summary>Plays: createStream, play, buffer length; returns when the server sent NetStream.Play.Start. Media go to <see cref="RtmpClientOptions.OnMessage"/>.</summary>
    /// <param name="start">Seconds; -2 live, else recorded; -1 live only; 0 or more recorded only.</param>
    /// <exception cref="RtmpStatusException">The server refused.</exception>
    public async Task<RtmpClientStream> PlayAsync(string name, double start = -2, CancellationToken cancellation = default)
    {
        const uint BufferMilliseconds = 3000;
        var stream = await CreateStreamAsync(name, "NetStream.Play.Start", cancellation).ConfigureAwait(false);
        _output.Append((writer, output) => new UserControl(UserControlEvent.SetBufferLength, stream.Id, BufferMilliseconds).Write(writer, output));
        return await StartAsync(stream, "play", [name, start], cancellation).ConfigureAwait(false);
    }

    /// <summary>Calls a command on the connection and returns the arguments of its <c>_result</c>.</summary>
    /// <exception cref="RtmpCallException">The answer was <c>_error</c>.</exception>
    /// <exception cref="TimeoutException">No answer within <see cref="RtmpClientOptions.Timeout"/>.</exception>
    /// <exception cref="IOException">The connection has ended.</exception>
    public async Task<IReadOnlyList<object?>> CallAsync(string command, IReadOnlyList<object?>? arguments = null, CancellationToken cancellation = default) =>
        (await CallAsync(command, null, arguments ?? [], cancellation).ConfigureAwait(false)).Arguments;

    /// <summary>Sends a message. Waits for the transport once <see cref="RtmpClientOptions.SendBufferBytes"/> are collected.</summary>
    /// <param name="timestamp">Absolute, in milliseconds; for media the decoding time.</param>
    /// <exception cref="IOException">The connection has ended.</exception>
    public async ValueTask SendAsync(uint streamId, MessageType type, uint timestamp, ReadOnlyMemory<byte> body, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Completion.IsCompleted) throw new IOException("The connection has ended.", Completion.Exception?.InnerException);
        var csid = type switch
        {
            MessageType.Audio => AudioChunkStream,
            MessageType.Video or MessageType.Aggregate => VideoChunkStream,
            MessageType.DataAmf0 or MessageType.DataAmf3 => DataChunkStream,
            _ => StreamCommandChunkStream,
        };
        _output.Append(csid, type, timestamp, streamId, body.Span);
        if (_output.Backlog >= _options.SendBufferBytes) await _output.FlushAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Hands everything collected to the transport.</summary>
    public ValueTask FlushAsync(CancellationToken cancellation = default) => _output.FlushAsync(cancellation);

    /// <summary>Closes the connection at once; what was not flushed is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        await _closing.CancelAsync().ConfigureAwait(false);
        await _transport.DisposeAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _reader.Dispose();
        _output.Dispose();
        _closing.Dispose();
    }

    internal async Task EndAsync(RtmpClientStream stream, bool isPublishing, CancellationToken cancellation)
    {
        lock (_gate) _streams.Remove(stream.Id);
        if (isPublishing) AppendCommand(ConnectionChunkStream, 0, new RtmpCommand("FCUnpublish", _calls.NextId(), null, stream.Name));
        AppendCommand(ConnectionChunkStream, 0, new RtmpCommand("deleteStream", _calls.NextId(), null, (double)stream.Id));
        await _output.FlushAsync(cancellation).ConfigureAwait(false);
    }

    private async Task HandshakeAndConnectAsync(CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            var rest = await HandshakeAsync(both.Token).ConfigureAwait(false);
            Completion = ReceiveAsync(rest);
            // Who does not ask how the connection ended is not told by the finalizer either.
            _ = Completion.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"{Address.Host} did not finish the handshake within {_options.Timeout}.", error);
        }
        _output.Append((writer, output) => writer.WriteSetChunkSize(output, _options.ChunkSize));
        ConnectAnswer = await CallAsync(ConnectRequest.CommandName, ConnectObject(), _options.ConnectArguments, cancellation).ConfigureAwait(false);
    }

    private async Task<byte[]> HandshakeAsync(CancellationToken cancellation)
    {
        var handshake = new ClientHandshake(_options.Handshake);
        var output = new ArrayBufferWriter<byte>();
        var buffer = new byte[ReceiveBytes];
        var rest = AdvanceHandshake(handshake, default, output, out var isComplete);
        while (true)
        {
            if (output.WrittenCount > 0) await _transport.WriteAsync(output.WrittenMemory, cancellation).ConfigureAwait(false);
            output.ResetWrittenCount();
            if (isComplete) break;
            var count = await _transport.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            if (count == 0) throw new IOException("The server closed the connection during the handshake.");
            rest = AdvanceHandshake(handshake, buffer.AsMemory(0, count), output, out isComplete);
        }
        IsServerVerified = handshake.IsServerVerified;
        return rest.ToArray();
    }

    private static ReadOnlyMemory<byte> AdvanceHandshake(ClientHandshake handshake, ReadOnlyMemory<byte> received, ArrayBufferWriter<byte> output, out bool isComplete)
    {
        var input = received.Span;
        isComplete = handshake.Advance(ref input, output);
        return received[(received.Length - input.Length)..];
    }

    private AmfObject ConnectObject()
    {
        var properties = new AmfObject
        {
            ["app"] = Address.App,
            ["type"] = "nonprivate",
            ["flashVer"] = _options.FlashVer,
            ["tcUrl"] = Address.TcUrl,
            ["objectEncoding"] = 0d,
        };
        _options.Capabilities?.AddTo(properties);
        foreach (var (name, value) in _options.ConnectProperties ?? []) properties[name] = value;
        return properties;
    }

    private async Task<RtmpCommand> CallAsync(string command, object? commandObject, IReadOnlyList<object?> arguments, CancellationToken cancellation)
    {
        var (id, answer) = _calls.Add(command);
        try
        {
            AppendCommand(ConnectionChunkStream, 0, new RtmpCommand(command, id, commandObject, arguments));
            await _output.FlushAsync(cancellation).ConfigureAwait(false);
            return await answer.WaitAsync(_options.Timeout, _options.TimeProvider, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _calls.Remove(id);
        }
    }

    private async Task<RtmpClientStream> CreateStreamAsync(string name, string startCode, CancellationToken cancellation)
    {
        var answer = await CallAsync("createStream", null, [], cancellation).ConfigureAwait(false);
        if (answer.Argument(0) is not double id || id is < 1 or > uint.MaxValue || id != Math.Floor(id))
            throw new RtmpProtocolException($"The server answers createStream with '{answer.Argument(0)}' instead of a stream id.");
        var stream = new RtmpClientStream(this, (uint)id, name, startCode);
        lock (_gate) _streams[stream.Id] = stream;
        return stream;
    }

    /// <summary>Sends publish or play on its stream and waits for the status; an <c>_error</c> answer counts as a refusal too.</summary>
    private async Task<RtmpClientStream> StartAsync(RtmpClientStream stream, string command, object?[] arguments, CancellationToken cancellation)
    {
        var (id, answer) = _calls.Add(command);
        _ = answer.ContinueWith(
            failed => stream.Fail(failed.Exception!.InnerException is RtmpCallException refused ? new RtmpStatusException(refused.Status) : failed.Exception!.InnerException!),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            AppendCommand(StreamCommandChunkStream, stream.Id, new RtmpCommand(command, id, null, arguments));
            await _output.FlushAsync(cancellation).ConfigureAwait(false);
            await stream.Started.WaitAsync(_options.Timeout, _options.TimeProvider, cancellation).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            lock (_gate) _streams.Remove(stream.Id);
            throw;
        }
        finally
        {
            _calls.Remove(id);
        }
    }

    private void AppendCommand(int csid, uint streamId, RtmpCommand command)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var body = new ArrayBufferWriter<byte>();
        command.Write(body);
        _output.Append(csid, MessageType.CommandAmf0, 0, streamId, body.WrittenSpan);
    }

    private async Task ReceiveAsync(byte[] rest)
    {
        var buffer = new byte[ReceiveBytes];
        Exception end = new IOException("The server closed the connection.");
        try
        {
            _reader.Feed(rest);
            while (true)
            {
                var count = await _transport.ReadAsync(buffer, _closing.Token).ConfigureAwait(false);
                if (count == 0) return;
                _reader.Feed(buffer.AsSpan(0, count));
                if (_window.IsDue(_reader.BytesReceived, out var sequence))
                    Reply((writer, output) => writer.WriteAcknowledgement(output, sequence));
                if (_hasReplied) _output.FlushSoon();
                _hasReplied = false;
            }
        }
        catch (Exception error)
        {
            end = error;
            if (!_isDisposed) throw;
        }
        finally
        {
            _calls.End(end);
            lock (_gate)
                foreach (var stream in _streams.Values) stream.Fail(new IOException("The connection has ended.", end));
        }
    }

    private void OnMessage(in MessageHeader header, ReadOnlyMemory<byte> body)
    {
        switch (header.Type)
        {
            case MessageType.SetChunkSize or MessageType.Abort or MessageType.Acknowledgement: break;
            case MessageType.WindowAcknowledgementSize: _window.Size = ControlMessage.ReadUInt32(header.Type, body.Span); break;
            case MessageType.SetPeerBandwidth:
                var size = ControlMessage.ReadUInt32(header.Type, body.Span);
                Reply((writer, output) => writer.WriteWindowAcknowledgementSize(output, size));
                break;
            case MessageType.UserControl: OnUserControl(UserControl.Parse(body.Span)); break;
            case MessageType.CommandAmf0 or MessageType.CommandAmf3: OnCommand(header, RtmpCommand.Parse(header.Type, body.Span, _options.Limits)); break;
            default: _options.OnMessage?.Invoke(header, body); break;
        }
    }

    private void Reply(Action<ChunkWriter, IBufferWriter<byte>> write)
    {
        _output.Append(write);
        _hasReplied = true;
    }

    private void OnUserControl(UserControl control)
    {
        if (control.Event == UserControlEvent.PingRequest)
            Reply((writer, output) => new UserControl(UserControlEvent.PingResponse, control.Value).Write(writer, output));
        else
            _options.OnUserControl?.Invoke(control);
    }

    private void OnCommand(in MessageHeader header, RtmpCommand command)
    {
        if (command.Name is "_result" or "_error")
        {
            _calls.Answer(command);
            return;
        }
        if (command.Name == "onStatus")
        {
            var status = RtmpStatus.From(command);
            FindStream(header.StreamId)?.OnStatus(status);
            _options.OnStatus?.Invoke(header.StreamId, status);
        }
        _options.OnCommand?.Invoke(header, command);
    }

    /// <summary>Some servers send the status of a stream on stream 0: it is then meant for the only one that waits.</summary>
    private RtmpClientStream? FindStream(uint id)
    {
        lock (_gate)
        {
            if (_streams.TryGetValue(id, out var stream)) return stream;
            var waiting = _streams.Values.Where(other => !other.Started.IsCompleted).Take(2).ToArray();
            return waiting.Length == 1 ? waiting[0] : null;
        }
    }
}
