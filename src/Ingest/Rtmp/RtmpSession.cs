using Microsoft.Extensions.Logging;
using Tapedeck.Applications;
using Tapedeck.Connections;
using Tapedeck.Modules;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>
/// What a connection's commands mean (RTMP 1.0 section 7.2): connect, message streams, publish, play, and everything else to the modules.
/// Used by the connection's task; statuses may come from any.
/// </summary>
internal sealed partial class RtmpSession
{
    private static readonly TimeSpan RecordStopPatience = TimeSpan.FromSeconds(5);

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
        _calls = new CallQueue(options.MaxPendingCalls);
    }

    public bool IsConnected => Volatile.Read(ref _instance) is not null;

    public bool IsPlaying => Volatile.Read(ref _players) > 0;

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
        _streams.TryGetValue(streamId, out var stream) ? stream.Publisher : null;

    public void SendStatus(StatusMessage message, ILiveStream? stream)
    {
        uint id = 0;
        foreach (var candidate in Volatile.Read(ref _publishing))
        {
            if (candidate.Publisher?.Stream == stream)
                id = candidate.Id;
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

    private async ValueTask PublishAsync(uint streamId, RtmpCommand command)
    {
        if (!_streams.TryGetValue(streamId, out var stream))
        {
            _replies.Status(streamId, new StatusMessage("error", "NetStream.Failed", $"publish came on message stream {streamId}, which was not created."));
            return;
        }

        if (command.Argument(0) is not string text)
        {
            // publish(false) ends publishing, as in FMS.
            Unpublish(stream, StreamEndReason.Unpublished);
            return;
        }

        if (stream.Publisher is not null || stream.Player is not null)
        {
            _replies.Status(streamId, new StatusMessage("error", "NetStream.Publish.BadName", "This message stream publishes or plays already.", text));
            return;
        }

        var name = StreamName.Parse(text);
        var request = new PublishRequest
        {
            Client = _connection,
            StreamName = name.Name,
            Query = AmfValues.ToQuery(name.Query),
            Type = PublishTypeOf(command.Argument(1) as string),
            Format = name.Prefix switch
            {
                "mp4" or "f4v" => RecordingFormat.Mp4,
                "flv" => RecordingFormat.Flv,
                _ => null,
            },
        };
        Where = Printable($"{_instance!.Application}/{_instance.Name}/{name.Name}");
        var result = await _instance.PublishAsync(request, CancellationToken.None);
        if (result.Publisher is null)
        {
            stream.RefusePublish();
            LogPublishRefused(_logger, _connection, Where, result.Reason!);
            _replies.Status(streamId, new StatusMessage("error", CodeOf(result.Refusal), result.Reason!, name.Name));
            if (_publishing.Length == 0)
                ShouldClose = $"publish refused: {result.Reason}";
            return;
        }

        stream.Publish(result.Publisher, result.Recording);
        Volatile.Write(ref _publishing, [.. _publishing, stream]);
        LogPublishing(_logger, _connection, Where, UserAgent);
        _replies.StreamBegin(streamId);
        _replies.Status(streamId, new StatusMessage("status", "NetStream.Publish.Start", "Publishing.", name.Name));
        if (result.Recording is { } recording)
        {
            _replies.Status(streamId, new StatusMessage("status", "NetStream.Record.Start", $"Recording to {Path.GetFileName(recording.Path)}.", name.Name));
            _ = WatchRecordingAsync(stream, recording);
        }
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
        _lastMedia = null;
    }

    /// <summary>FCUnpublish names the stream instead of the message stream.</summary>
    private void UnpublishNamed(string text)
    {
        var name = StreamName.Parse(text).Name;
        foreach (var stream in _publishing)
        {
            if (stream.Publisher?.Stream.Name == name)
                Unpublish(stream, StreamEndReason.Unpublished);
        }
    }

    private void Unpublish(MessageStream stream, StreamEndReason reason)
    {
        if (stream.Publisher is not { } publisher)
            return;
        var recording = stream.Recording;
        stream.EndPublish();
        _endStream(publisher, reason);
        Volatile.Write(ref _publishing, Array.FindAll(_publishing, s => s != stream));
        _ = SayUnpublishedAsync(stream.Id, publisher.Stream.Name, recording);
    }

    /// <summary>A recording that fails while the stream is live is told at once. As a warning: encoders give up on errors, and the stream itself is well.</summary>
    private async Task WatchRecordingAsync(MessageStream stream, IRecording recording)
    {
        await recording.Completion;
        if (recording.State == RecordingState.Failed && stream.Publisher is { } publisher && stream.Recording == recording)
            _replies.Status(stream.Id, new StatusMessage("warning", "NetStream.Record.Failed", recording.Error ?? "The recording failed.", publisher.Stream.Name));
    }

    /// <summary>Record.Stop, then Unpublish.Success; what a recording became is known when its file is closed.</summary>
    private async Task SayUnpublishedAsync(uint streamId, string name, IRecording? recording)
    {
        if (recording is not null)
        {
            try
            {
                await recording.Completion.WaitAsync(RecordStopPatience, _time);
                _replies.Status(streamId, recording.State == RecordingState.Failed
                    ? new StatusMessage("error", "NetStream.Record.Failed", recording.Error ?? "The recording failed.", name)
                    : new StatusMessage("status", "NetStream.Record.Stop", $"Recorded to {Path.GetFileName(recording.Path)}.", name));
            }
            catch (TimeoutException)
            {
                // The file is still being closed; the log will tell.
            }
        }

        _replies.Status(streamId, new StatusMessage("status", "NetStream.Unpublish.Success", "Publishing has ended.", name));
    }

    private async ValueTask PlayAsync(uint streamId, RtmpCommand command)
    {
        if (!_streams.TryGetValue(streamId, out var stream))
        {
            _replies.Status(streamId, new StatusMessage("error", "NetStream.Failed", $"play came on message stream {streamId}, which was not created."));
            return;
        }

        var name = StreamName.Parse(command.Argument(0) as string ?? "");
        var request = new PlayRequest { Client = _connection, StreamName = name.Name, Query = AmfValues.ToQuery(name.Query) };
        Where = Printable($"{_instance!.Application}/{_instance.Name}/{name.Name}");
        var result = stream.Publisher is null && stream.Player is null
            ? await _instance.PlayAsync(request, CancellationToken.None)
            : PlayResult.Refused(RefusalKind.Unavailable, "This message stream publishes or plays already.");
        if (result.Stream is null)
        {
            var code = result.Refusal == RefusalKind.NotFound ? "NetStream.Play.StreamNotFound" : "NetStream.Play.Failed";
            _replies.Status(streamId, new StatusMessage("error", code, result.Reason!, name.Name));
            return;
        }

        _replies.StreamBegin(streamId);
        _replies.Status(streamId, new StatusMessage("status", "NetStream.Play.Reset", "Playing and resetting.", name.Name));
        _replies.Status(streamId, new StatusMessage("status", "NetStream.Play.Start", "Playing.", name.Name));
        var player = new RtmpPlayer(result.Stream, streamId, _output, wantsVideo: true, wantsAudio: true);
        stream.Player = player;
        Interlocked.Increment(ref _players);
        _ = Task.Run(() => PlayToEndAsync(player, streamId, name.Name));
    }

    private async Task PlayToEndAsync(RtmpPlayer player, uint streamId, string name)
    {
        try
        {
            if (!await player.RunAsync())
                return;
            _replies.StreamEof(streamId);
            _replies.Status(streamId, new StatusMessage("status", "NetStream.Play.UnpublishNotify", "The stream has ended.", name));
            _replies.Status(streamId, new StatusMessage("status", "NetStream.Play.Stop", "The stream has ended.", name));
        }
        catch (Exception e)
        {
            LogPlayerFailed(_logger, e, _connection, name);
            _connection.Close("internal error of the player: " + e.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _players);
        }
    }

    /// <summary>A command for the modules. Answered beside the session's task, one after the other: media never waits for a module.</summary>
    private void Call(ReplyTo reply, RtmpCommand command)
    {
        var call = new CommandCall(command.Name, _connection, AmfValues.FromAmf(command.CommandObject), AmfValues.ToArguments(command.Arguments));
        var instance = _instance!;
        var isTaken = _calls.TryAdd(async () =>
        {
            var result = await instance.CallAsync(call, CancellationToken.None);
            if (!result.IsHandled)
                _replies.Result(reply, null); // encoders probe with commands of other servers; success is what they go on after
            else if (result.IsSuccess)
                _replies.Result(reply, AmfValues.ToAmf(result.Value));
            else
                _replies.Error(reply, result.ErrorCode!, result.ErrorDescription!);
        });
        if (!isTaken)
            _replies.Error(reply, "NetConnection.Call.Failed", $"{_options.MaxPendingCalls} commands (rtmp.maxPendingCalls) wait for an answer already.");
    }

    private static PublishType PublishTypeOf(string? text) => text switch
    {
        _ when string.Equals(text, "record", StringComparison.OrdinalIgnoreCase) => PublishType.Record,
        _ when string.Equals(text, "append", StringComparison.OrdinalIgnoreCase) => PublishType.Append,
        _ when string.Equals(text, "appendWithGap", StringComparison.OrdinalIgnoreCase) => PublishType.Append,
        _ => PublishType.Live,
    };

    private static string CodeOf(RefusalKind refusal) => refusal switch
    {
        RefusalKind.NameInUse or RefusalKind.BadName => "NetStream.Publish.BadName",
        RefusalKind.ByModule => "NetStream.Publish.Unauthorized",
        RefusalKind.RecordingNotAllowed or RefusalKind.CannotRecord => "NetStream.Record.NoAccess",
        _ => "NetStream.Failed",
    };

    private static string NameOf(RtmpCommand command) => command.Argument(0) as string ?? "";

    /// <summary>For log lines and statuses: what a client sent, on one line.</summary>
    private static string Printable(string text)
    {
        const int Longest = 200;
        var shown = text.Length > Longest ? text[..Longest] + "…" : text;
        return string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString()));
    }

    [LoggerMessage(LogLevel.Information, "{Connection} publishes {Where} ({UserAgent})")]
    private static partial void LogPublishing(ILogger logger, RtmpConnection connection, string where, string userAgent);

    [LoggerMessage(LogLevel.Warning, "{Connection} may not publish {Where}: {Reason}")]
    private static partial void LogPublishRefused(ILogger logger, RtmpConnection connection, string where, string reason);

    [LoggerMessage(LogLevel.Warning, "{Connection} sends data that cannot be read and is left out: {Reason}")]
    private static partial void LogBrokenData(ILogger logger, RtmpConnection connection, string reason);

    [LoggerMessage(LogLevel.Error, "{Connection}: the player of {Name} failed")]
    private static partial void LogPlayerFailed(ILogger logger, Exception exception, RtmpConnection connection, string name);
}
