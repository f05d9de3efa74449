using Microsoft.Extensions.Logging;
using Tapedeck.Connections;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>Publishing: from the command to the statuses that tell how it ended.</summary>
internal sealed partial class RtmpSession
{
    private static readonly TimeSpan RecordStopPatience = TimeSpan.FromSeconds(5);

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

        if (stream.Publisher is not null || stream.Player is { IsOver: false })
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
            if (_publishing.Length == 0 && !IsPlaying)
                ShouldClose = $"publish refused: {result.Reason}";
            return;
        }

        stream.Publish(result.Publisher, result.Recording);
        Volatile.Write(ref _publishing, [.. _publishing, stream]);
        Volatile.Write(ref _known, [.. _known.Where(k => k.Id != streamId), (streamId, result.Publisher.Stream)]);
        LogPublishing(_logger, _connection, Where, UserAgent);
        _replies.StreamBegin(streamId);
        _replies.Status(streamId, new StatusMessage("status", "NetStream.Publish.Start", "Publishing.", name.Name));
        if (result.Recording is { } recording)
        {
            _replies.Status(streamId, new StatusMessage("status", "NetStream.Record.Start", $"Recording to {Path.GetFileName(recording.Path)}.", name.Name));
            _ = WatchRecordingAsync(stream, recording);
        }
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
        // Within the grace window the recording goes on without this publisher: there is no end to wait for.
        var waitsForReturn = recording is { EndReason: null, Options.Grace.Ticks: > 0 };
        if (recording is not null && !waitsForReturn)
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

    [LoggerMessage(LogLevel.Information, "{Connection} publishes {Where} ({UserAgent})")]
    private static partial void LogPublishing(ILogger logger, RtmpConnection connection, string where, string userAgent);

    [LoggerMessage(LogLevel.Warning, "{Connection} may not publish {Where}: {Reason}")]
    private static partial void LogPublishRefused(ILogger logger, RtmpConnection connection, string where, string reason);
}
