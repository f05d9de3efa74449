using System.Buffers;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using Tapedeck.Protocols.Rtmp;
using Tapedeck.Streams;

namespace Tapedeck.Ingest.Rtmp;

/// <summary>
/// Sends a live stream to one viewer: metadata, decoder configurations, then frames from the newest key frame on, with timestamps from 0. A viewer
/// that lags is moved to the next key frame by the log. One task; ends with the stream, the connection or <see cref="Stop"/>.
/// </summary>
internal sealed class RtmpPlayer(ILiveStream stream, uint streamId, OutputQueue output, bool wantsVideo, bool wantsAudio)
{
    private const int AudioChunkStream = 6;
    private const int VideoChunkStream = 7;
    private const int DataChunkStream = 4;
    private const int PendingBytes = 512 * 1024;
    private const int BatchFrames = 64;

    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<int, Track> _announced = [];
    private ReadOnlyMemory<MediaFrame> _batch;
    private long _origin = long.MinValue;
    private long _lost;
    private bool _needsKey; // nothing goes out before a key frame
    private bool _needsPicture = true; // no other video goes out before one, also where sound plays already
    private bool _isOver;

    /// <summary>The stream that is played.</summary>
    public ILiveStream Stream => stream;

    /// <summary>True once nothing more is played; the message stream is free for the next.</summary>
    public bool IsOver => Volatile.Read(ref _isOver);

    /// <summary>Ends the task soon.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Plays until the end. True when the stream ended, false when the viewer went or was stopped.</summary>
    public async Task<bool> RunAsync()
    {
        using var reader = stream.OpenReader(new ReaderOptions { Start = ReaderStart.LatestKeyFrame });
        _needsKey = HasVideo();
        try
        {
            SendMetadata();
            while (await reader.WaitAsync(TimeSpan.Zero, BatchFrames, _stop.Token))
            {
                if (reader.LostFrames != _lost)
                {
                    _lost = reader.LostFrames;
                    _needsKey = HasVideo();
                    _needsPicture = true;
                }

                if (reader.Frames.Length == 0)
                    continue;
                _batch = reader.Frames;
                if (!output.Write(this, static (chunks, buffer, player) => player.WriteBatch(chunks, buffer), isMedia: true))
                    return false;
                reader.Advance(_batch.Length);
                if (!await output.WaitForRoomAsync(PendingBytes))
                    return false;
            }

            return true;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            Volatile.Write(ref _isOver, true);
        }
    }

    private bool HasVideo()
    {
        foreach (var track in stream.Tracks)
        {
            if (track.Kind == TrackKind.Video)
                return wantsVideo;
        }

        return false;
    }

    private void SendMetadata()
    {
        if (stream.Metadata.IsEmpty)
            return;
        output.Write((stream.Metadata, streamId), static (chunks, buffer, m) =>
            chunks.WriteMessage(buffer, DataChunkStream, MessageType.DataAmf0, 0, m.streamId, m.Metadata.Span), isMedia: true);
    }

    private void WriteBatch(ChunkWriter chunks, IBufferWriter<byte> buffer)
    {
        foreach (ref readonly var frame in _batch.Span)
            WriteFrame(chunks, buffer, frame);
    }

    private void WriteFrame(ChunkWriter chunks, IBufferWriter<byte> buffer, in MediaFrame frame)
    {
        if ((frame.Flags & FrameFlags.SharesPacket) != 0 || !IsWanted(frame.Track.Kind))
            return;
        var time = FlvTime.TagTime(frame);
        if (frame.Kind == FrameKind.Sample)
        {
            if (frame.Track.Kind == TrackKind.Video && frame.IsKey)
                _needsKey = _needsPicture = false;
            if (frame.Track.Kind == TrackKind.Video ? _needsPicture : _needsKey)
                return;
            if (_origin == long.MinValue)
            {
                _origin = time;
                Announce(chunks, buffer);
            }

            AnnounceTrack(chunks, buffer, frame.Track, Relative(time));
        }
        else if (frame.Kind == FrameKind.Configuration)
        {
            // Sent with the first sample that needs it, or here for those who follow from the beginning.
            if (_origin != long.MinValue)
                AnnounceTrack(chunks, buffer, frame.Track, Relative(time));
            return;
        }
        else if (_origin == long.MinValue)
        {
            return;
        }

        var type = TypeOf(frame.Track.Kind);
        if (!frame.Packet.IsEmpty)
        {
            chunks.WriteMessage(buffer, ChunkStreamOf(type), type, Relative(time), streamId, frame.Packet.Span);
            return;
        }

        // Media that did not come as RTMP; what RTMP has no form for is left out.
        if (frame.Kind == FrameKind.Other || frame.Payload.IsEmpty || !FlvPacketBuilder.CanBuild(frame.Track))
            return;
        var body = new ArrayBufferWriter<byte>(FlvPacketBuilder.MaxHeaderLength + frame.Payload.Length);
        body.Advance(FlvPacketBuilder.WriteHeader(frame, body.GetSpan(FlvPacketBuilder.MaxHeaderLength)));
        body.Write(frame.Payload.Span);
        chunks.WriteMessage(buffer, ChunkStreamOf(type), type, Relative(time), streamId, body.WrittenSpan);
    }

    /// <summary>Decoders need the configuration of every track before its first sample; players also want all of them early.</summary>
    private void Announce(ChunkWriter chunks, IBufferWriter<byte> buffer)
    {
        foreach (var track in stream.Tracks)
        {
            if (IsWanted(track.Kind))
                AnnounceTrack(chunks, buffer, track, 0);
        }
    }

    private void AnnounceTrack(ChunkWriter chunks, IBufferWriter<byte> buffer, Track track, uint time)
    {
        if (_announced.TryGetValue(track.Id, out var known) && ReferenceEquals(known, track))
            return;
        _announced[track.Id] = track;
        var type = TypeOf(track.Kind);
        if (!track.ConfigurationPacket.IsEmpty)
        {
            chunks.WriteMessage(buffer, ChunkStreamOf(type), type, time, streamId, track.ConfigurationPacket.Span);
            return;
        }

        var body = new ArrayBufferWriter<byte>();
        FlvPacketBuilder.WriteConfiguration(track, body);
        if (body.WrittenCount > 0)
            chunks.WriteMessage(buffer, ChunkStreamOf(type), type, time, streamId, body.WrittenSpan);
    }

    private bool IsWanted(TrackKind kind) => kind switch
    {
        TrackKind.Video => wantsVideo,
        TrackKind.Audio => wantsAudio,
        _ => true,
    };

    private uint Relative(long time) => (uint)Math.Max(0, time - _origin);

    private static MessageType TypeOf(TrackKind kind) => kind switch
    {
        TrackKind.Video => MessageType.Video,
        TrackKind.Audio => MessageType.Audio,
        _ => MessageType.DataAmf0,
    };

    private static int ChunkStreamOf(MessageType type) => type switch
    {
        MessageType.Video => VideoChunkStream,
        MessageType.Audio => AudioChunkStream,
        _ => DataChunkStream,
    };
}
