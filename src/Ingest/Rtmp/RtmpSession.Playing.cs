using Microsoft.Extensions.Logging;
using Tapedeck.Connections;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>Playing: a player per message stream, on a task of its own.</summary>
internal sealed partial class RtmpSession
{
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
        var result = stream.Publisher is null && stream.Player is not { IsOver: false }
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

    [LoggerMessage(LogLevel.Error, "{Connection}: the player of {Name} failed")]
    private static partial void LogPlayerFailed(ILogger logger, Exception exception, RtmpConnection connection, string name);
}
