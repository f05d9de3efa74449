using System.Buffers;
using Tapedeck.Containers;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.Host.Publishing;

/// <summary>A message of a file as an encoder would send it.</summary>
/// <param name="Type">Audio, video or data.</param>
/// <param name="Time">Milliseconds from the beginning of the file, in decode order.</param>
/// <param name="Body">The message body; owned by the receiver.</param>
internal readonly record struct PublishMessage(MessageType Type, long Time, byte[] Body);

/// <summary>Turns a media file into RTMP messages: an FLV tag by tag as it is, anything else through the packet builder.</summary>
internal static class PublishSource
{
    /// <summary>The messages of one run through the file.</summary>
    /// <exception cref="ContainerFormatException">The file cannot be read.</exception>
    public static IEnumerable<PublishMessage> Read(string path)
    {
        using var file = File.OpenRead(path);
        using var reader = ContainerFile.Open(file);
        if (reader is FlvReader)
        {
            file.Position = 0;
            foreach (var message in ReadTags(file))
                yield return message;
            yield break;
        }

        foreach (var message in ReadFrames(reader, path))
            yield return message;
    }

    private static IEnumerable<PublishMessage> ReadTags(Stream file)
    {
        using var tags = FlvTagReader.Open(file, leaveOpen: true);
        long first = -1;
        while (tags.TryRead(out var tag))
        {
            if (tag.Type is not (FlvTagType.Audio or FlvTagType.Video or FlvTagType.Script))
                continue;
            var body = tag.Body.ToArray();
            if (tag.Type == FlvTagType.Script)
            {
                // As encoders send it: the server keeps it for those who come later.
                var wrapped = new ArrayBufferWriter<byte>();
                Amf0Writer.Write(wrapped, RtmpData.SetDataFrame);
                wrapped.Write(body);
                body = wrapped.WrittenSpan.ToArray();
            }

            if (first < 0)
                first = tag.Timestamp;
            yield return new PublishMessage((MessageType)tag.Type, Math.Max(0, tag.Timestamp - first), body);
        }
    }

    private static IEnumerable<PublishMessage> ReadFrames(IContainerReader reader, string path)
    {
        foreach (var track in reader.Tracks)
        {
            if (!FlvPacketBuilder.CanBuild(track))
                throw new ContainerFormatException($"'{path}' has a track of codec {track.Codec}, which RTMP cannot carry.");
        }

        var metadata = new ArrayBufferWriter<byte>();
        Amf0Writer.Write(metadata, RtmpData.SetDataFrame);
        FlvMetadata.Write([.. reader.Tracks], metadata);
        yield return new PublishMessage(MessageType.DataAmf0, 0, metadata.WrittenSpan.ToArray());
        foreach (var track in reader.Tracks)
        {
            var configuration = new ArrayBufferWriter<byte>();
            if (FlvPacketBuilder.WriteConfiguration(track, configuration))
                yield return new PublishMessage(TypeOf(track), 0, configuration.WrittenSpan.ToArray());
        }

        long first = long.MinValue;
        while (reader.TryRead(out var frame))
        {
            if (frame.Kind is not (FrameKind.Sample or FrameKind.Script))
                continue;
            var time = FlvTime.ToMilliseconds(frame.DecodeTime, frame.Track.Timescale);
            if (first == long.MinValue)
                first = Math.Min(0, time);
            yield return frame.Kind == FrameKind.Script
                ? new PublishMessage(MessageType.DataAmf0, Math.Max(0, time - first), frame.Payload.ToArray())
                : new PublishMessage(TypeOf(frame.Track), Math.Max(0, time - first), Build(frame));
        }
    }

    private static byte[] Build(in MediaFrame frame)
    {
        Span<byte> header = stackalloc byte[FlvPacketBuilder.MaxHeaderLength];
        var length = FlvPacketBuilder.WriteHeader(frame, header);
        var body = new byte[length + frame.Payload.Length];
        header[..length].CopyTo(body);
        frame.Payload.Span.CopyTo(body.AsSpan(length));
        return body;
    }

    private static MessageType TypeOf(Track track) => track.Kind == TrackKind.Video ? MessageType.Video : MessageType.Audio;
}
