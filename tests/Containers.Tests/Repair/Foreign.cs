using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Tapedeck.Containers.Repair;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.Repair;

/// <summary>Files that ffmpeg made: one encoding with B-frames and AAC, remuxed in every way.</summary>
internal static class Foreign
{
    private static readonly ConcurrentDictionary<string, byte[]> Cache = new();

    public static bool CanMake => Tools.Has("ffmpeg") && Tools.Has("ffprobe");

    /// <summary>Options for fragments from which an index can be made.</summary>
    public const string Plain = "-movflags frag_keyframe+empty_moov+default_base_moof+skip_trailer";

    /// <summary>Whether files can be made; says so where they cannot.</summary>
    public static bool Ready(ITestOutputHelper output)
    {
        if (!CanMake)
            output.WriteLine("NOT CHECKED: ffmpeg and ffprobe are not installed.");
        return CanMake;
    }

    /// <summary>4 s of H.264 and AAC; <paramref name="options"/> as on the command line.</summary>
    public static byte[] Make(string options, string extension = "mp4") => Cache.GetOrAdd(options + extension, _ =>
    {
        using var folder = new TempFolder();
        var file = folder["made." + extension];
        if (options.Length == 0)
        {
            Tools.Run("ffmpeg", [.. "-v error -f lavfi -i testsrc=size=160x120:rate=25:duration=4,format=yuv420p -f lavfi -i sine=frequency=440:sample_rate=48000:duration=4 -c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a aac".Split(' '), file]);
        }
        else
        {
            var source = folder["source.mp4"];
            File.WriteAllBytes(source, Make(""));
            Tools.Run("ffmpeg", ["-v", "error", "-i", source, "-c", "copy", .. options.Split(' '), file]);
        }

        return File.ReadAllBytes(file);
    });

    public static List<MediaFrame> Frames(byte[] file)
    {
        using var reader = ContainerFile.Open(new MemoryStream(file));
        var frames = new List<MediaFrame>();
        while (reader.TryRead(out var frame))
        {
            if (frame.Kind == FrameKind.Sample)
                frames.Add(frame with { Payload = frame.Payload.ToArray(), Packet = frame.Packet.ToArray() });
        }

        return frames;
    }

    /// <summary>Payloads and times by track, so that two files can be compared.</summary>
    public static List<string> Listing(byte[] file) =>
        [.. Frames(file).OrderBy(f => f.Track.Id).Select(f => $"{f.Track.Id} {f.DecodeTime} {f.PresentationOffset} {f.IsKey} {f.Payload.Length} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(f.Payload.Span))}")];

    /// <summary>Repairs until there is nothing to do, which must be so after the first time.</summary>
    public static byte[] Mend(byte[] file, out RepairPlan plan)
    {
        var image = new DiskImage(file);
        using var first = plan = ContainerRepair.Analyse(image.Open());
        image.Apply(first.Disk);
        var mended = image.Bytes;
        using var second = ContainerRepair.Analyse(image.Open());
        second.HasWork.ShouldBeFalse(string.Join(" ", second.Steps));
        return mended;
    }

    public static string Decode(byte[] file, string extension = "mp4")
    {
        using var folder = new TempFolder();
        var path = folder["file." + extension];
        File.WriteAllBytes(path, file);
        return Tools.Decode(path);
    }

    public static List<int> PacketCounts(byte[] file)
    {
        using var folder = new TempFolder();
        var path = folder["file.mp4"];
        File.WriteAllBytes(path, file);
        var (output, _) = Tools.Run("ffprobe", "-v", "quiet", "-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", path);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    /// <summary>Top-level boxes as a reader sees them.</summary>
    public static List<(string Type, int Offset, int Length)> Boxes(byte[] file)
    {
        var boxes = new List<(string, int, int)>();
        for (long at = 0; at + 8 <= file.Length;)
        {
            long size = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan((int)at));
            if (size == 1)
                size = BinaryPrimitives.ReadInt64BigEndian(file.AsSpan((int)at + 8));
            boxes.Add((Encoding.ASCII.GetString(file, (int)at + 4, 4), (int)at, (int)size));
            if (size < 8)
                break;
            at += size;
        }

        return boxes;
    }

    /// <summary>States that a stop inside of a plan may leave: after each operation, and within each that is larger than a sector-safe patch.</summary>
    public static IEnumerable<byte[]> Stops(byte[] file, DiskPlan plan)
    {
        var image = new DiskImage(file);
        foreach (var operation in plan.Operations)
        {
            if (operation.Kind == DiskOperationKind.Write && operation.Length > 16)
            {
                foreach (var part in new[] { 1, 8, 12, operation.Length / 3, operation.Length - 1 })
                {
                    var torn = new DiskImage(image.Bytes);
                    torn.Apply(operation, part);
                    yield return torn.Bytes;
                }
            }

            image.Apply(operation, operation.Length);
            yield return image.Bytes;
        }
    }

    /// <summary>Stopped anywhere in the repair: a second one gives all the same frames; and what could be read before can be read in between.</summary>
    public static void CheckStops(byte[] file, List<string> expected, int readable)
    {
        using var plan = ContainerRepair.Analyse(new MemoryStream(file));
        foreach (var state in Stops(file, plan.Disk))
        {
            // Of a torn fragment players see nothing until the index is there; all before it they always see.
            if (readable > 0)
                Listing(state).Count.ShouldBeGreaterThan(0);
            Listing(Mend(state, out var again)).SequenceEqual(expected).ShouldBeTrue($"{state.Length} bytes: {string.Join(" ", again.Steps)}");
        }
    }
}
