using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tapedeck.Containers.Mp4;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>Streams whose tracks change their parameters, and a recorder that keeps them in one file.</summary>
internal static class ChangedStream
{
    /// <summary>The same record for a higher level, and another size.</summary>
    public static readonly Track Large = Shapes.H264 with { Configuration = Level(Shapes.H264, 1), Width = 640, Height = 480 };
    public static readonly Track Mono = Shapes.Aac with { Configuration = Convert.FromHexString("1188"), Channels = 1 };
    public static readonly Mp4WriterOptions Options = new() { ChangesInFile = true, DurationPatchInterval = TimeSpan.FromSeconds(1) };

    /// <summary>Another entry for each number.</summary>
    public static Track Numbered(int number) => Shapes.H264 with { Configuration = Level(Shapes.H264, number) };

    /// <summary>Seconds of the first track, then of the second, and so on: pictures at 25 a second with a key frame each second, and sound beside them.</summary>
    public static List<MediaFrame> Frames(int seed, params (Track Video, Track Audio, int Seconds)[] parts)
    {
        var random = new Random(seed);
        var (video, audio) = (new List<MediaFrame>(), new List<MediaFrame>());
        var seconds = 0;
        foreach (var part in parts)
        {
            video.AddRange(Shapes.VideoFrames(part.Video, random, 90_000L * seconds, 25 * part.Seconds, seed % 3));
            var begun = audio.Count;
            var count = (int)((seconds + part.Seconds) * 48000.0 / 1024) - begun;
            audio.AddRange(Shapes.AudioFrames(part.Audio, random, begun * 1024L, count));
            seconds += part.Seconds;
        }

        return Shapes.Interleave(video.Select(Whole), audio);
    }

    /// <summary>Records; <paramref name="check"/> sees the frames that are committed, <paramref name="operation"/> each step before it is carried out.</summary>
    public static void Write(
        IContainerWriter writer, DiskImage image, List<MediaFrame> frames, Action<int>? check = null, Action<DiskOperation, int>? operation = null, bool finish = true)
    {
        var plan = new DiskPlan();
        var (begun, committed) = (0, 0);
        for (var i = 0; i < frames.Count; i++)
        {
            var verdict = writer.Judge(frames[i].Track);
            if (verdict == TrackVerdict.CutFirst || i - begun == 40)
            {
                Cut(i);
                verdict = writer.Judge(frames[i].Track);
            }

            verdict.ShouldBe(TrackVerdict.Accepted, $"frame {i}");
            writer.Add(frames[i]);
        }

        Cut(frames.Count);
        if (!finish)
            return;
        plan.Clear();
        writer.Finish(plan);
        CarryOut(isCut: false, frames.Count);

        void Cut(int end)
        {
            plan.Clear();
            writer.CutFragment(plan, CollectionsMarshal.AsSpan(frames)[end..Math.Min(end + 40, frames.Count)]);
            CarryOut(isCut: true, end);
            image.Bytes.Length.ShouldBe((int)writer.Length);
            begun = end;
        }

        void CarryOut(bool isCut, int end)
        {
            for (var i = 0; i < plan.Operations.Count; i++)
            {
                operation?.Invoke(plan.Operations[i], committed);
                image.Apply(plan.Operations[i], plan.Operations[i].Length);

                // The write after the last sync of a cut commits the fragment.
                if (isCut && i > 0 && plan.Operations[i - 1].Kind == DiskOperationKind.Sync && plan.Operations.Skip(i).All(next => next.Kind != DiskOperationKind.Sync))
                    committed = end;
                if (image.Bytes.Length > 0)
                    check?.Invoke(committed);
            }
        }
    }

    /// <summary>As such a file holds them: key frames of H.264 begin with their parameter sets.</summary>
    public static List<MediaFrame> AsWritten(IEnumerable<MediaFrame> frames) =>
        [.. frames.Select(frame => frame.IsKey && frame.Track.Codec == Codec.H264 ? frame with { Payload = (byte[])[.. Sets(frame.Track), .. frame.Payload.Span] } : frame)];

    /// <summary>Parameter sets of an avcC with one of each, after lengths of 4 bytes.</summary>
    public static byte[] Sets(Track track)
    {
        Avc.TryParseConfiguration(track.Configuration.Span, out var avc).ShouldBeTrue();
        var sps = track.Configuration.Span[avc.Sps];
        var pps = track.Configuration.Span[avc.Pps];
        return [0, 0, 0, (byte)sps.Length, .. sps, 0, 0, 0, (byte)pps.Length, .. pps];
    }

    /// <summary>Payload and description as text, to be compared.</summary>
    public static List<string> Listing(IEnumerable<MediaFrame> frames, int id) =>
        [.. frames.Where(frame => frame.Track.Id == id).Select(frame => $"{Convert.ToHexString(frame.Track.Configuration.Span)} {Convert.ToHexString(frame.Payload.Span)}")];

    /// <summary>Every frame, with the description of its own time.</summary>
    public static void ShouldMatch(List<MediaFrame> read, IEnumerable<MediaFrame> written, string because)
    {
        var expected = AsWritten(written);
        Mp4Files.ShouldMatch(read, expected, because);
        foreach (var id in new[] { 1, 101 })
            Listing(read, id).ShouldBe(Listing(expected, id), because);
    }

    private static ReadOnlyMemory<byte> Level(Track track, int add)
    {
        var configuration = track.Configuration.ToArray();
        configuration[3] += (byte)add;
        configuration[11] += (byte)add;
        return configuration;
    }

    /// <summary>A sample that its NAL unit fills.</summary>
    private static MediaFrame Whole(MediaFrame frame)
    {
        var payload = new byte[frame.Payload.Length + 8];
        frame.Payload.CopyTo(payload.AsMemory(8));
        BinaryPrimitives.WriteInt32BigEndian(payload, payload.Length - 4);
        (payload[4], payload[5]) = (frame.IsKey ? (byte)0x65 : (byte)0x41, 0x9A);
        return frame with { Payload = payload };
    }
}
