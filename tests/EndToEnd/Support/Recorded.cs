using System.Security.Cryptography;
using Tapedeck.Containers;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>A tag of an FLV file.</summary>
internal sealed record Tag(FlvTagType Type, uint Time, byte[] Body)
{
    public bool IsVideo => Type == FlvTagType.Video;

    /// <summary>A picture that a decoder can start with.</summary>
    public bool IsKeyFrame => IsVideo && Body.Length > 1 && Body[0] >> 4 == 1 && !IsConfiguration;

    /// <summary>The decoder configuration of AVC or AAC.</summary>
    public bool IsConfiguration => Body.Length > 1 && Body[1] == 0 && (IsVideo ? (Body[0] & 0x0F) == 7 : Type == FlvTagType.Audio && Body[0] >> 4 == 10);
}

/// <summary>What our own readers find in a file.</summary>
internal static class Recorded
{
    /// <summary>Waits until the recorder has finished a file; it may not exist yet.</summary>
    public static Task FinishedAsync(string file) => Wait.UntilAsync(() => IsFinished(file), $"{file} is finished");

    /// <summary>Whether a file has its complete index.</summary>
    public static bool IsFinished(string file)
    {
        if (!File.Exists(file) || new FileInfo(file).Length == 0)
            return false;
        using var reader = ContainerFile.Open(File.OpenRead(file));
        return reader.IsFinished;
    }

    /// <summary>Milliseconds of media that can be read, finished or not; 0 while there is nothing.</summary>
    public static double Length(string file)
    {
        if (!File.Exists(file) || new FileInfo(file).Length == 0)
            return 0;
        var packets = Packets(file);
        return packets.Count == 0 ? 0 : packets.Max(p => p.Dts) - packets.Min(p => p.Dts);
    }

    /// <summary>Every sample.</summary>
    public static List<Packet> Packets(string file)
    {
        using var reader = ContainerFile.Open(File.OpenRead(file));
        var packets = new List<Packet>();
        while (reader.TryRead(out var frame))
        {
            if (frame.Kind == FrameKind.Sample)
            {
                packets.Add(new Packet(
                    frame.Track.Kind == TrackKind.Video ? "video" : "audio",
                    frame.PresentationTime * 1000.0 / frame.Track.Timescale,
                    frame.DecodeTime * 1000.0 / frame.Track.Timescale,
                    frame.IsKey,
                    frame.Payload.Length,
                    Convert.ToHexString(SHA256.HashData(frame.Payload.Span))));
            }
        }

        return packets;
    }

    /// <summary>Every tag of an FLV file.</summary>
    public static List<Tag> Tags(string file)
    {
        using var reader = FlvTagReader.Open(File.OpenRead(file));
        var tags = new List<Tag>();
        while (reader.TryRead(out var tag))
            tags.Add(new Tag(tag.Type, tag.Timestamp, tag.Body.ToArray()));
        return tags;
    }
}
