using Tapedeck.Containers.Flv;
using Tapedeck.Media;

namespace Tapedeck.Containers;

/// <summary>
/// Script data as samples of a timed metadata track (decision 0013). A track begins with the stream's onMetaData, which a recording that starts in
/// mid-stream would not see otherwise. Samples are allocated: a stream has a few of them, and none for each picture.
/// </summary>
internal static class ScriptSamples
{
    /// <summary>The sample for a frame of kind Script; null for data that has no name.</summary>
    public static MediaFrame? Of(in MediaFrame script) =>
        ScriptJson.FromAmf((script.Payload.IsEmpty ? script.Packet : script.Payload).Span) is { } json ? Sample(script.Track, script.DecodeTime, json) : null;

    /// <summary>What stands before the first frame of a file: the stream's metadata; null when there is none, or when the frame is it.</summary>
    /// <param name="next">The first frame of any track.</param>
    /// <param name="metadata">AMF0, or empty.</param>
    public static MediaFrame? Before(in MediaFrame next, ReadOnlyMemory<byte> metadata)
    {
        var isItself = next.Kind == FrameKind.Script && FlvMetadata.IsMetadata((next.Payload.IsEmpty ? next.Packet : next.Payload).Span);
        return !isItself && ScriptJson.FromAmf(metadata.Span) is { } json ? At(next, json) : null;
    }

    /// <summary>A sample at the time of another frame.</summary>
    public static MediaFrame At(in MediaFrame frame, byte[] json)
    {
        var track = frame.Track.Codec == Codec.ScriptData ? frame.Track : FlvTracks.ScriptData;
        return Sample(track, (long)((Int128)frame.DecodeTime * track.Timescale / frame.Track.Timescale), json);
    }

    /// <summary>The way back: script data as it comes from a live stream; null for a sample that says nothing, or is of another make.</summary>
    public static MediaFrame? Read(in MediaFrame sample) =>
        ScriptJson.ToAmf(sample.Payload) is { } amf ? sample with { Kind = FrameKind.Script, Payload = amf } : null;

    private static MediaFrame Sample(Track track, long time, byte[] json) =>
        new() { Track = track, Kind = FrameKind.Sample, Flags = FrameFlags.Key, DecodeTime = time, Payload = json };
}
