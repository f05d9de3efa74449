using System.Buffers;
using Tapedeck.Media;

namespace Tapedeck.Containers.Flv;

/// <summary>Builds onMetaData bodies from what tracks say of themselves.</summary>
public static class FlvMetadata
{
    internal const string Name = "onMetaData";

    private static ReadOnlySpan<byte> Front => "\u0002\u0000\u000AonMetaData"u8;

    /// <summary>Writes a whole script tag body: the name and one ECMA array. Tracks beyond number 0 go into the maps of Enhanced RTMP.</summary>
    public static void Write(IReadOnlyCollection<Track> tracks, IBufferWriter<byte> output)
    {
        var writer = new ScriptDataWriter(output);
        writer.Text(Name);
        writer.BeginEcmaArray(CountProperties(tracks, null));
        WriteProperties(tracks, writer, null);
        writer.EndObject();
    }

    internal static bool IsMetadata(ReadOnlySpan<byte> body) => body.StartsWith(Front);

    /// <summary>Writes the properties that <paramref name="known"/> does not have already.</summary>
    internal static void WriteProperties(IReadOnlyCollection<Track> tracks, ScriptDataWriter writer, ScriptValue? known)
    {
        foreach (var (name, value) in Properties(tracks))
        {
            if (known?[name] is null)
                WriteProperty(writer, name, value);
        }

        foreach (var kind in (ReadOnlySpan<TrackKind>)[TrackKind.Video, TrackKind.Audio])
        {
            var more = More(tracks, kind);
            var map = MapName(kind);
            if (more.Count == 0 || known?[map] is not null)
                continue;
            writer.Name(map);
            writer.BeginObject();
            foreach (var track in more)
            {
                writer.Name(FlvPacketBuilder.NumberOf(track).ToString());
                writer.BeginObject();
                foreach (var (name, value) in Properties([track with { Id = kind == TrackKind.Video ? FlvTracks.FirstVideoId : FlvTracks.FirstAudioId }]))
                    WriteProperty(writer, name, value);
                writer.EndObject();
            }

            writer.EndObject();
        }
    }

    internal static int CountProperties(IReadOnlyCollection<Track> tracks, ScriptValue? known)
    {
        var count = Properties(tracks).Count(property => known?[property.Name] is null);
        foreach (var kind in (ReadOnlySpan<TrackKind>)[TrackKind.Video, TrackKind.Audio])
            count += More(tracks, kind).Count > 0 && known?[MapName(kind)] is null ? 1 : 0;
        return count;
    }

    private static string MapName(TrackKind kind) => kind == TrackKind.Video ? "videoTrackIdInfoMap" : "audioTrackIdInfoMap";

    private static List<Track> More(IReadOnlyCollection<Track> tracks, TrackKind kind) =>
        [.. tracks.Where(track => track.Kind == kind && FlvPacketBuilder.NumberOf(track) > 0)];

    /// <summary>Values are doubles or booleans.</summary>
    private static IEnumerable<(string Name, object Value)> Properties(IReadOnlyCollection<Track> tracks)
    {
        if (tracks.FirstOrDefault(t => t.Kind == TrackKind.Video && FlvPacketBuilder.NumberOf(t) == 0) is { } video)
        {
            if (video.Width > 0)
                yield return ("width", (double)video.Width);
            if (video.Height > 0)
                yield return ("height", (double)video.Height);
            if (VideoCodecId(video) is var id and > 0)
                yield return ("videocodecid", id);
        }

        if (tracks.FirstOrDefault(t => t.Kind == TrackKind.Audio && FlvPacketBuilder.NumberOf(t) == 0) is { } audio)
        {
            if (audio.SampleRate > 0)
                yield return ("audiosamplerate", (double)audio.SampleRate);
            yield return ("audiosamplesize", 16.0);
            if (audio.Channels > 0)
            {
                yield return ("stereo", audio.Channels > 1);
                yield return ("audiochannels", (double)audio.Channels);
            }

            if (AudioCodecId(audio) is var id and > 0)
                yield return ("audiocodecid", id);
        }
    }

    /// <summary>As the packets will name it: the number of the older form, or the FourCC as a number.</summary>
    private static double VideoCodecId(Track track)
    {
        if (!track.ConfigurationPacket.IsEmpty && (track.ConfigurationPacket.Span[0] & ExtendedHeader.VideoFlag) == 0)
            return track.ConfigurationPacket.Span[0] & 15;
        return track.ConfigurationPacket.IsEmpty && FlvPacketBuilder.IsLegacy(track) ? 7 : FourCc.Of(track.Codec);
    }

    private static double AudioCodecId(Track track)
    {
        var isExtended = !track.ConfigurationPacket.IsEmpty && track.ConfigurationPacket.Span[0] >> 4 == ExtendedHeader.AudioFormat;
        return !isExtended && FlvPacketBuilder.IsLegacy(track) ? FlvPacketBuilder.LegacyAudioFormat(track) : FourCc.Of(track.Codec);
    }

    private static void WriteProperty(ScriptDataWriter writer, string name, object value)
    {
        writer.Name(name);
        if (value is bool flag)
            writer.Boolean(flag);
        else
            writer.Number((double)value);
    }
}
