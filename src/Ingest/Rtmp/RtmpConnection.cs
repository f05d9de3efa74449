using System.Buffers;
using System.Net;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Tapedeck.Applications;
using Tapedeck.Connections;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>
/// One media connection. Its task is the session: it receives, takes the messages apart, answers commands, and ends with one log line that gives the
/// reason. Other tasks only queue output, read the published streams, or ask it to close.
/// </summary>
internal sealed partial class RtmpConnection : IClientConnection
{
    private const int ReceiveBytes = 64 * 1024;
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly Stream _transport;
    private readonly Action _shutdown;
    private readonly RtmpServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly OutputQueue _output;
    private readonly RtmpSession _session;
    private readonly ServerHandshake _handshake = new();
    private readonly MessageIntake _intake;
    private readonly ChunkReader _chunks;
    private readonly long _acceptedAt;
    private AcknowledgementWindow _window;
    private string? _closeReason;
    private bool _closedByUs;
    private long _lastReceived;
    private long _sendingSince;
    private long _bytesReceived;

    /// <param name="id">Unique for the life of the process.</param>
    /// <param name="protocol"><c>rtmp</c> or <c>rtmps</c>.</param>
    /// <param name="transport">Plain or decrypted bytes.</param>
    /// <param name="shutdown">Ends a pending receive, from any thread.</param>
    /// <param name="remote">The client's address.</param>
    /// <param name="applications">Where clients connect to.</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Gets one line at the end.</param>
    /// <param name="rounds">Reads the socket while nobody is in a hurry; null: it is always read at once.</param>
    public RtmpConnection(
        string id,
        string protocol,
        Stream transport,
        Action shutdown,
        EndPoint? remote,
        IApplications applications,
        RtmpServerOptions options,
        TimeProvider time,
        ILogger logger,
        SocketRounds? rounds = null)
    {
        Id = id;
        Protocol = protocol;
        RemoteEndPoint = remote;
        _transport = transport;
        _shutdown = shutdown;
        _options = options;
        _time = time;
        _logger = logger;
        _rounds = rounds;
        _acceptedAt = _lastReceived = time.GetTimestamp();
        _output = new OutputQueue(transport, options.MaxPendingBytes, Close);
        _session = new RtmpSession(this, applications, _output, (publisher, end) => _intake!.End(publisher, end), options, time, logger);
        _intake = new MessageIntake(_session.PublisherOf, OnMedia, OnControl);
        _chunks = new ChunkReader(_intake, options.Limits);
    }

    public string Id { get; }

    public string Protocol { get; }

    public EndPoint? RemoteEndPoint { get; }

    public string UserAgent => _session.UserAgent;

    public IReadOnlyDictionary<string, string> Query => _session.Query;

    public IReadOnlyList<ILiveStream> PublishedStreams => _session.PublishedStreams;

    public override string ToString() => $"{Protocol} {Id} {RemoteEndPoint}";

    public void SendStatus(StatusMessage message, ILiveStream? stream = null) => _session.SendStatus(message, stream);

    public void Close(string reason)
    {
        if (Interlocked.CompareExchange(ref _closeReason, reason, null) is null)
            _closedByUs = true;
        _shutdown();
    }

    /// <summary>Serves the client until it goes, misbehaves, idles or is closed. Never throws.</summary>
    public async Task RunAsync()
    {
        var reason = StreamEndReason.Disconnected;
        var level = LogLevel.Information;
        try
        {
            await ReceiveAsync();
            if (_session.ShouldClose is not null)
                level = LogLevel.Warning;
        }
        catch (RtmpProtocolException e)
        {
            reason = StreamEndReason.ProtocolError;
            level = LogLevel.Warning;
            _closeReason ??= e.Message;
            _session.Refuse(e.Message);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _closeReason ??= "connection lost: " + e.Message;
        }
        catch (Exception e)
        {
            reason = StreamEndReason.ProtocolError;
            level = LogLevel.Error;
            _closeReason ??= "internal error: " + e.Message;
            LogInternalError(_logger, e, this);
        }

        if (EndReason is { } stated)
            reason = stated;
        else if (_closedByUs && reason == StreamEndReason.Disconnected)
            reason = StreamEndReason.ProtocolError;
        _chunks.Dispose(); // first: what was half received lies in the logs that end next
        _session.End(reason);
        await SayLastWordsAsync();
        _output.Close();
        LogClosed(
            _logger, level, this, _session.Where, _closeReason ?? "closed by the client",
            _bytesReceived, _output.BytesSent, _time.GetElapsedTime(_acceptedAt).TotalSeconds);
        await _session.CallsDone;
    }

    /// <summary>What the streams of this connection end with, where it is not what the connection ended with.</summary>
    public StreamEndReason? EndReason { get; private set; }

    /// <summary>Closes with a reason for its streams: takeover, idle, shutdown.</summary>
    public void Close(string reason, StreamEndReason endReason)
    {
        EndReason ??= endReason;
        Close(reason);
    }

    /// <summary>Called about once a second by the server: closes the connection when a time limit has passed.</summary>
    public void CheckTimeouts()
    {
        if (!_session.IsConnected)
        {
            if (_time.GetElapsedTime(_acceptedAt) > _options.HandshakeTimeout)
                Close($"no connect within {Seconds(_options.HandshakeTimeout)} (rtmp.handshakeTimeout)");
            return;
        }

        if ((_session.IsPublishing || !_session.IsPlaying) && _time.GetElapsedTime(Volatile.Read(ref _lastReceived)) > _options.IdleTimeout)
            Close($"nothing received for {Seconds(_options.IdleTimeout)} (rtmp.idleTimeout)", StreamEndReason.Idle);

        if (!_output.IsSending)
            _sendingSince = 0;
        else if (_sendingSince == 0)
            _sendingSince = _time.GetTimestamp();
        else if (_output.BytesSent != _sentBefore)
            (_sendingSince, _sentBefore) = (_time.GetTimestamp(), _output.BytesSent);
        else if (_time.GetElapsedTime(_sendingSince) > _options.SendTimeout)
            Abort($"the client took nothing for {Seconds(_options.SendTimeout)} (rtmp.sendTimeout)");
    }

    private long _sentBefore;

    private void Abort(string reason)
    {
        Close(reason);
        _output.Close();
    }

    private async Task ReceiveAsync()
    {
        while (true)
        {
            if (MayWait ? !await ReceiveInRoundsAsync() : !await ReceiveNowAsync())
                return;
        }
    }

    /// <summary>Receives as soon as something arrives, until this connection may wait for its turn. False at the end.</summary>
    private async Task<bool> ReceiveNowAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReceiveBytes);
        try
        {
            while (true)
            {
                var count = await _transport.ReadAsync(buffer.AsMemory(0, ReceiveBytes));
                if (count == 0 || (_closedByUs && _closeReason is not null))
                    return false;
                var broken = TryReceive(buffer.AsSpan(0, count));
                _session.Commit();
                if (!await FollowUpAsync(broken))
                    return false;
                await _session.PaceAsync();
                if (MayWait)
                    return true;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What could not be done inside the receive. False when the connection is to end.</summary>
    private async ValueTask<bool> FollowUpAsync(ExceptionDispatchInfo? broken)
    {
        await HandleDeferredAsync();
        if (_session.ShouldClose is { } reason)
        {
            _closeReason ??= reason;
            return false;
        }

        broken?.Throw();
        return true;
    }

    /// <summary>Returns the protocol error; what came before it in the same receive is still to be handled, wherever the network cut it.</summary>
    private ExceptionDispatchInfo? TryReceive(ReadOnlySpan<byte> data)
    {
        _bytesReceived += data.Length;
        Volatile.Write(ref _lastReceived, _time.GetTimestamp());
        try
        {
            Receive(data);
            return null;
        }
        catch (RtmpProtocolException e)
        {
            return ExceptionDispatchInfo.Capture(e);
        }
    }

    private void Receive(ReadOnlySpan<byte> data)
    {
        if (!_handshake.IsComplete)
        {
            var answer = new ArrayBufferWriter<byte>();
            _handshake.Advance(ref data, answer);
            if (answer.WrittenCount > 0)
                _output.Write(answer, static (_, buffer, a) => buffer.Write(a.WrittenSpan));
            if (data.IsEmpty)
                return;
        }

        _chunks.Feed(data);
        if (_window.IsDue(_bytesReceived, out var sequence))
            _output.Write(sequence, static (chunks, buffer, s) => chunks.WriteAcknowledgement(buffer, s));
    }

    /// <summary>Commands, and media that came behind them in the same receive.</summary>
    private async ValueTask HandleDeferredAsync()
    {
        var any = false;
        while (_intake.TryTake(out var header, out var body))
        {
            any = true;
            if (MessageIntake.IsMedia(header.Type))
                OnMedia(header, body, default);
            else if (header.Type is MessageType.CommandAmf0 or MessageType.CommandAmf3)
                await _session.CommandAsync(header, RtmpCommand.Parse(header.Type, body.Span, _options.Limits));
            if (_session.ShouldClose is not null)
                break;
        }

        if (any)
            _session.Commit();
    }

    private void OnMedia(in MessageHeader header, ReadOnlyMemory<byte> body, Memory<byte> loan)
    {
        if (header.Type != MessageType.Aggregate)
        {
            _session.Media(header, body, loan);
            return;
        }

        var parts = new AggregateReader(header, body.Span);
        while (parts.MoveNext())
            _session.Media(parts.Current, body.Slice(parts.Start, parts.Current.Length), loan);
    }

    private void OnControl(MessageHeader header, ReadOnlyMemory<byte> body)
    {
        switch (header.Type)
        {
            case MessageType.WindowAcknowledgementSize:
                _window.Size = ControlMessage.ReadUInt32(header.Type, body.Span);
                break;
            case MessageType.UserControl:
                var control = UserControl.Parse(body.Span);
                if (control.Event == UserControlEvent.PingRequest)
                    _output.Write(control.Value, static (chunks, buffer, v) => new UserControl(UserControlEvent.PingResponse, v).Write(chunks, buffer));
                break;
            default:
                break; // chunk size and abort are the reader's business; acknowledgements and bandwidth ask for nothing
        }
    }

    /// <summary>An error status is of no use when the socket closes before it was sent.</summary>
    private async Task SayLastWordsAsync()
    {
        try
        {
            await _output.DrainAsync().WaitAsync(LastWords, _time);
        }
        catch (TimeoutException)
        {
            // A client that does not read does not care.
        }
    }

    private static string Seconds(TimeSpan span) => $"{span.TotalSeconds:0.###} s";

    [LoggerMessage("{Connection} {Where} closed: {Reason} ({Received} bytes in, {Sent} out, {Seconds:0.0} s)")]
    private static partial void LogClosed(ILogger logger, LogLevel level, RtmpConnection connection, string where, string reason, long received, long sent, double seconds);

    [LoggerMessage(LogLevel.Error, "{Connection}: internal error")]
    private static partial void LogInternalError(ILogger logger, Exception exception, RtmpConnection connection);
}
