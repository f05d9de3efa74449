using System.Buffers;
using System.Diagnostics;
using Tapedeck.Containers.Flv;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.LoadBench;

/// <summary>A message of the clip: when it is due and where its chunks lie.</summary>
/// <param name="Due">Milliseconds from the beginning of its pass.</param>
/// <param name="Start">Offset in the bytes of the pass.</param>
/// <param name="Length">Bytes with all chunk headers.</param>
/// <param name="Media">Its number among the frames of the clip; -1: a sequence header, which is no frame.</param>
internal readonly record struct Message(int Due, int Start, int Length, int Media, bool IsVideo);

/// <summary>Chunks ready to be sent.</summary>
/// <param name="Video">Pictures in it.</param>
/// <param name="Audio">Sound frames in it.</param>
internal sealed record Pass(byte[] Bytes, Message[] Messages, int Video, int Audio);

/// <summary>
/// A real H.264 and AAC stream, cut into chunks once for all publishers. Headers tell steps of time, not times, so that the pass
/// <see cref="Again"/> can follow itself for ever.
/// </summary>
/// <param name="Duration">Milliseconds of one pass.</param>
/// <param name="Numbers">The number of each frame, by <see cref="KeyOf"/>.</param>
internal sealed record Clip(Pass First, Pass Again, int Duration, Dictionary<int, int> Numbers)
{
    public const int ChunkSize = 4096;
    public const uint StreamId = 1;
    private const int AudioChunkStream = 4;
    private const int VideoChunkStream = 6;

    /// <summary>Frames of one pass.</summary>
    public int Frames => Again.Messages.Length;

    /// <summary>Tells a frame of the clip from all others of it: by length and first bytes, as viewers get the messages that were published.</summary>
    public static int KeyOf(ReadOnlySpan<byte> body)
    {
        var hash = new HashCode();
        hash.Add(body.Length);
        hash.AddBytes(body[..Math.Min(body.Length, 200)]);
        return hash.ToHashCode();
    }

    /// <summary>Encodes it with ffmpeg when it is not there yet.</summary>
    /// <param name="kilobits">Of the pictures, per second; sound comes on top with 128.</param>
    public static Clip Make(string folder, int kilobits)
    {
        var path = Path.Combine(folder, $"clip-{kilobits}.flv");
        if (!File.Exists(path))
        {
            var partial = path + ".partial";
            string[] arguments =
            [
                "-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30", "-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.1",
                "-t", "20", "-vf", "noise=alls=12:allf=t", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-bf", "2",
                "-b:v", $"{kilobits}k", "-minrate", $"{kilobits}k", "-maxrate", $"{kilobits}k", "-bufsize", $"{kilobits}k", "-x264-params", "nal-hrd=cbr",
                "-c:a", "aac", "-b:a", "128k", "-f", "flv", partial,
            ];
            using var process = Process.Start(new ProcessStartInfo("ffmpeg", arguments)) ?? throw new InvalidOperationException("ffmpeg did not start");
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException("ffmpeg could not make the clip");
            File.Move(partial, path);
        }

        return Cut(path);
    }

    private static Clip Cut(string path)
    {
        using var reader = FlvTagReader.Open(File.OpenRead(path));
        var headers = new List<(FlvTagType Type, byte[] Body)>();
        var media = new List<(FlvTagType Type, uint Time, byte[] Body)>();
        while (reader.TryRead(out var tag))
        {
            var body = tag.Body.ToArray();
            if (tag.Type is not (FlvTagType.Audio or FlvTagType.Video) || (tag.Type == FlvTagType.Video && body[1] == 2))
                continue;
            if (body[1] == 0)
                headers.Add((tag.Type, body));
            else
                media.Add((tag.Type, tag.Timestamp, body));
        }

        const int Duration = 20_000;
        media = [.. media.Where(m => m.Time < Duration).OrderBy(m => m.Time)];
        var chunks = new ChunkWriter();
        Swallow(chunks);
        var first = Encode(chunks, [.. headers.Select(h => (h.Type, 0u, h.Body)), .. media], 0, headers.Count);
        var again = Encode(chunks, media, Duration, 0);
        var numbers = new Dictionary<int, int>();
        for (var i = 0; i < media.Count; i++)
        {
            if (!numbers.TryAdd(KeyOf(media[i].Body), i))
                throw new InvalidOperationException($"Two frames of the clip look alike (frame {i}): viewers could not tell them apart. Remove {path} and try again.");
        }

        return new Clip(first, again, Duration, numbers);
    }

    /// <summary>The chunk size of the session is told by the session.</summary>
    private static void Swallow(ChunkWriter chunks) => chunks.WriteSetChunkSize(new ArrayBufferWriter<byte>(), ChunkSize);

    private static Pass Encode(ChunkWriter chunks, List<(FlvTagType Type, uint Time, byte[] Body)> tags, uint shift, int headers)
    {
        var output = new ArrayBufferWriter<byte>();
        var messages = new List<Message>();
        foreach (var (type, time, body) in tags)
        {
            var start = output.WrittenCount;
            chunks.WriteMessage(output, type == FlvTagType.Audio ? AudioChunkStream : VideoChunkStream, (MessageType)type, time + shift, StreamId, body);
            messages.Add(new Message((int)time, start, output.WrittenCount - start, messages.Count < headers ? -1 : messages.Count - headers, type == FlvTagType.Video));
        }

        return new Pass(output.WrittenSpan.ToArray(), [.. messages], messages.Count(m => m is { Media: >= 0, IsVideo: true }), messages.Count(m => m is { Media: >= 0, IsVideo: false }));
    }
}
