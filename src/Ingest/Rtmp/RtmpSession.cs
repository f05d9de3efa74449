using Microsoft.Extensions.Logging;
using Tapedeck.Applications;
using Tapedeck.Connections;
using Tapedeck.Modules;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>
/// What a connection's commands mean (RTMP 1.0 section 7.2): connect, message streams, publish, play, and everything else to the modules.
/// Used by the connection's task; statuses may come from any.
/// </summary>
internal sealed partial class RtmpSession
{
    private readonly RtmpConnection _connection;
    private readonly IApplications _applications;
    private readonly RtmpServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RtmpReplies _replies;
    private readonly OutputQueue _output;
    private readonly CallQueue _calls;
    private readonly Action<IStreamPublisher, StreamEndReason> _endStream;
    private readonly Dictionary<uint, MessageStream> _streams = [];
    private MessageStream? _lastMedia;
    private MessageStream[] _publishing = [];
    private (uint Id, ILiveStream Stream)[] _known = []; // the newest of each message stream, also when it has ended: its file is closed later
    private uint _nextStream = 1;
    private IApplicationInstance? _instance;
    private bool _warnedData;
    private int _players;

    /// <param name="connection">Whose session this is.</param>
    /// <param name="applications">Where clients connect to.</param>
    /// <param name="output">Where answers go.</param>
    /// <param name="endStream">Ends a stream when nothing is on its way into its log any more.</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For what concerns a stream.</param>
    public RtmpSession(
        RtmpConnection connection,
        IApplications applications,
        OutputQueue output,
        Action<IStreamPublisher, StreamEndReason> endStream,
        RtmpServerOptions options,
        TimeProvider time,
        ILogger logger)
    {
        _endStream = endStream;
        _connection = connection;
        _applications = applications;
        _options = options;
        _time = time;
        _logger = logger;
        _output = output;
        _replies = new RtmpReplies(output);
        _calls = new CallQueue(options.MaxPendingCalls, e => LogCallFailed(_logger, e, _connection));
    }

    public bool IsConnected => Volatile.Read(ref _instance) is not null;

    public bool IsPublishing => Volatile.Read(ref _publishing).Length > 0;

    public bool IsPlaying => Volatile.Read(ref _players) > 0;

    /// <summary>Publishes, and nobody is waiting for each frame: neither a player of a published stream nor the client for media.</summary>
    public bool IsUnwatched
    {
        get
        {
            var publishing = Volatile.Read(ref _publishing);
            foreach (var stream in publishing)
            {
                if (stream.Publisher is { Stream.IsWatched: true })
                    return false;
            }

            return publishing.Length > 0 && !IsPlaying;
        }
    }

    /// <summary>Media time that the readers of all published streams can do without; zero where somebody watches.</summary>
    public TimeSpan Slack
    {
        get
        {
            var slack = TimeSpan.MaxValue;
            foreach (var stream in Volatile.Read(ref _publishing))
            {
                if (stream.Publisher is { } publisher && publisher.Slack is var its && its < slack)
                    slack = its;
            }

            return IsPlaying ? TimeSpan.Zero : slack;
        }
    }

    public string UserAgent { get; private set; } = "";

    public IReadOnlyDictionary<string, string> Query { get; private set; } = new Dictionary<string, string>();

    /// <summary>Application and streams, for the log.</summary>
    public string Where { get; private set; } = "-";

    /// <summary>Set when the connection is to end after its answers were sent; says why.</summary>
    public string? ShouldClose { get; private set; }

    /// <summary>Completes when no module answers a call of this connection any more.</summary>
    public Task CallsDone => _calls.Done;

    public IReadOnlyList<ILiveStream> PublishedStreams => [.. Volatile.Read(ref _publishing).Select(s => s.Publisher?.Stream).OfType<ILiveStream>()];

    public IStreamPublisher? PublisherOf(uint streamId) =>
        _lastMedia is { } last && last.Id == streamId ? last.Publisher
        : _streams.TryGetValue(streamId, out var stream) ? stream.Publisher : null;

    public void SendStatus(StatusMessage message, ILiveStream? stream)
    {
        uint id = 0;
        foreach (var known in Volatile.Read(ref _known))
        {
            if (known.Stream == stream)
                id = known.Id;
        }

        _replies.Status(id, message);
    }

    /// <summary>Tells the client why it is about to be disconnected.</summary>
    public void Refuse(string reason) =>
        _replies.Status(0, new StatusMessage("error", IsConnected ? "NetConnection.Call.Failed" : "NetConnection.Connect.Rejected", reason));

    /// <summary>Makes what one receive brought visible to readers.</summary>
    public void Commit()
    {
        foreach (var stream in _publishing)
            stream.Publisher?.Commit();
    }

    /// <summary>Lets a client that sends ahead of its own clock wait for a recorder that is behind.</summary>
    public ValueTask PaceAsync()
    {
        var publishing = _publishing;
        return publishing.Length switch { 0 => ValueTask.CompletedTask, 1 => PaceOf(publishing[0]), _ => PaceAllAsync(publishing) };

        static ValueTask PaceOf(MessageStream stream) => stream.Publisher?.PaceAsync() ?? ValueTask.CompletedTask;

        static async ValueTask PaceAllAsync(MessageStream[] publishing)
        {
            foreach (var stream in publishing)
                await PaceOf(stream);
        }
    }

    public void Media(in MessageHeader header, ReadOnlyMemory<byte> body, Memory<byte> loan)
    {
        var stream = _lastMedia;
        if (stream is null || stream.Id != header.StreamId)
        {
            if (_instance is null)
                throw new RtmpProtocolException("Media came before connect.");
            if (!_streams.TryGetValue(header.StreamId, out stream))
            {
                // Data of the connection itself is harmless; media of a stream that was never made is not.
                if (header.StreamId == 0 || header.StreamId < _nextStream)
                    return;
                throw new RtmpProtocolException($"Media came on message stream {header.StreamId}, which was never created.");
            }

            _lastMedia = stream;
        }

        if (stream.Publisher is null)
        {
            if (!stream.WasPublished && header.Type is MessageType.Audio or MessageType.Video)
                throw new RtmpProtocolException($"Media came on message stream {header.StreamId}, which does not publish.");
            return;
        }

        stream.Media(header, body, loan, _options.Limits);
        if (stream.BrokenData is { } broken && !_warnedData)
        {
            _warnedData = true;
            LogBrokenData(_logger, _connection, broken);
        }
    }

    public async ValueTask CommandAsync(MessageHeader header, RtmpCommand command)
    {
        var reply = new ReplyTo(header.Type, command.TransactionId);
        if (_instance is null)
        {
            if (command.Name != ConnectRequest.CommandName)
            {
                _replies.Error(reply, "NetConnection.Call.Failed", $"'{Printable(command.Name)}' came before connect.");
                ShouldClose = $"command '{Printable(command.Name)}' before connect";
                return;
            }

            await ConnectAsync(reply, command);
            return;
        }

        switch (command.Name)
        {
            case "connect":
                _replies.Error(reply, "NetConnection.Call.Failed", "This connection is connected already.");
                break;
            case "createStream":
                CreateStream(reply);
                break;
            case "publish":
                await PublishAsync(header.StreamId, command);
                break;
            case "play" or "play2":
                await PlayAsync(header.StreamId, command);
                break;
            case "deleteStream":
                DeleteStream(command.Argument(0) is double id and >= 0 and <= uint.MaxValue ? (uint)id : header.StreamId, isDeleted: true);
                break;
            case "closeStream":
                DeleteStream(header.StreamId, isDeleted: false);
                _replies.Result(reply, null);
                break;
            case "FCUnpublish":
                _replies.Command(header.Type, "onFCUnpublish", 0, null, RtmpReplies.Info("status", "NetStream.Unpublish.Success", NameOf(command)));
                _replies.Result(reply, null);
                UnpublishNamed(NameOf(command));
                break;
            case "FCPublish":
                _replies.Result(reply, null);
                _replies.Command(header.Type, "onFCPublish", command.TransactionId, null, RtmpReplies.Info("status", "NetStream.Publish.Start", NameOf(command)));
                break;
            case "releaseStream" or "getStreamLength" or "_checkbw" or "checkBandwidth" or "FCSubscribe" or "FCUnsubscribe" or "DVRSetStreamInfo":
                _replies.Result(reply, null);
                break;
            case "receiveAudio" or "receiveVideo" or "pause" or "seek" or "pauseRaw":
                // Live streams are neither paused nor sought; the client learns that it was understood.
                _replies.Result(reply, null);
                break;
            case "_result" or "_error" or "onStatus" or "onBWDone" or "_onbwcheck" or "_onbwdone":
                break;
            default:
                Call(reply, command);
                break;
        }
    }

    /// <summary>Ends everything when the connection ends.</summary>
    public void End(StreamEndReason reason)
    {
        foreach (var stream in _streams.Values)
        {
            stream.Player?.Stop();
            if (stream.Publisher is not { } publisher)
                continue;
            stream.EndPublish();
            _endStream(publisher, reason);
        }

        Volatile.Write(ref _publishing, []);
        _streams.Clear();
        _lastMedia = null;
        _calls.Close();
        _instance?.Disconnect(_connection);
    }

    private async ValueTask ConnectAsync(ReplyTo reply, RtmpCommand command)
    {
        var request = ConnectRequest.FromCommand(command);
        UserAgent = request.FlashVer;
        Query = AmfValues.ToQuery(request.Query);
        Where = Printable($"{request.App}/{request.Instance}");
        IApplicationInstance? instance;
        try
        {
            instance = await _applications.GetInstanceAsync(request.App, request.Instance, CancellationToken.None);
        }
        catch (ApplicationUnavailableException e)
        {
            RejectConnect(reply, "NetConnection.Connect.Rejected", e.Message);
            return;
        }

        if (instance is null)
        {
            RejectConnect(reply, "NetConnection.Connect.InvalidApp", request.App.Length == 0
                ? "The address names no application; use rtmp://host/application/stream."
                : $"There is no application '{Printable(request.App)}' here.");
            return;
        }

        var decision = await instance.ConnectAsync(_connection, CancellationToken.None);
        if (!decision.IsAllowed)
        {
            RejectConnect(reply, "NetConnection.Connect.Rejected", decision.Reason!);
            return;
        }

        Volatile.Write(ref _instance, instance);
        _replies.Connected(reply, request, _options);
    }

    private void RejectConnect(ReplyTo reply, string code, string reason)
    {
        _replies.Error(reply, code, reason);
        ShouldClose = $"connect refused: {reason}";
    }

    private void CreateStream(ReplyTo reply)
    {
        if (_streams.Count >= _options.MaxStreamsPerConnection)
        {
            _replies.Error(reply, "NetConnection.Call.Failed", $"This connection has {_streams.Count} streams; at most {_options.MaxStreamsPerConnection} (rtmp.maxStreamsPerConnection) are allowed.");
            return;
        }

        var stream = new MessageStream(_nextStream++);
        _streams[stream.Id] = stream;
        _replies.Result(reply, (double)stream.Id);
    }

    private void DeleteStream(uint streamId, bool isDeleted)
    {
        if (!_streams.TryGetValue(streamId, out var stream))
            return;
        stream.Player?.Stop();
        stream.Player = null;
        Unpublish(stream, StreamEndReason.Unpublished);
        if (!isDeleted)
            return;
        _streams.Remove(streamId);
        Volatile.Write(ref _known, Array.FindAll(_known, k => k.Id != streamId));
        _lastMedia = null;
    }

    /// <summary>A command for the modules. Answered beside the session's task, one after the other: media never waits for a module.</summary>
    private void Call(ReplyTo reply, RtmpCommand command)
    {
        var call = new CommandCall(command.Name, _connection, AmfValues.FromAmf(command.CommandObject), AmfValues.ToArguments(command.Arguments));
        var instance = _instance!;
        var isTaken = _calls.TryAdd(async () =>
        {
            try
            {
                Answer(reply, await instance.CallAsync(call, CancellationToken.None));
            }
            catch (Exception)
            {
                _replies.Error(reply, "NetConnection.Call.Failed", $"The answer to '{Printable(call.Name)}' cannot be given; the server's log tells why.");
                throw;
            }
        });
        if (!isTaken)
            _replies.Error(reply, "NetConnection.Call.Failed", $"{_options.MaxPendingCalls} commands (rtmp.maxPendingCalls) wait for an answer already.");
    }

    private void Answer(ReplyTo reply, CommandResult result)
    {
        if (!result.IsHandled)
            _replies.Result(reply, null); // encoders probe with commands of other servers; success is what they go on after
        else if (result.IsSuccess)
            _replies.Result(reply, AmfValues.ToAmf(result.Value));
        else
            _replies.Error(reply, result.ErrorCode!, result.ErrorDescription!);
    }

    private static string NameOf(RtmpCommand command) => command.Argument(0) as string ?? "";

    /// <summary>For log lines and statuses: what a client sent, on one line.</summary>
    private static string Printable(string text)
    {
        const int Longest = 200;
        var shown = text.Length > Longest ? text[..Longest] + "…" : text;
        return string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString()));
    }

    [LoggerMessage(LogLevel.Warning, "{Connection} sends data that cannot be read and is left out: {Reason}")]
    private static partial void LogBrokenData(ILogger logger, RtmpConnection connection, string reason);

    [LoggerMessage(LogLevel.Error, "{Connection}: a command could not be answered")]
    private static partial void LogCallFailed(ILogger logger, Exception exception, RtmpConnection connection);
}
