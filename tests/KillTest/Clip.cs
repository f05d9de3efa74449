using System.Buffers;
using System.Security.Cryptography;
using Tapedeck.Containers.Flv;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.KillTest;

/// <summary>A message of a clip.</summary>
/// <param name="Type">Audio, video or data.</param>
/// <param name="Time">Milliseconds from the beginning of the clip, in decode order.</param>
/// <param name="Body">As it is sent.</param>
/// <param name="Hash">Of the sample in it; null when it holds none.</param>
internal sealed record ClipMessage(MessageType Type, long Time, byte[] Body, ulong? Hash);

/// <summary>A clip that is published again and again, held in memory.</summary>
internal sealed class Clip
{
    private const int Seconds = 6;
    private const int VideoHeader = 5;
    private const int AudioHeader = 2;

    private Clip(string rate, ClipMessage[] messages)
    {
        Rate = rate;
        Messages = messages;
    }

    public const long Length = Seconds * 1000;

    /// <summary>In the order of the table.</summary>
    public static readonly string[] Rates = ["24 kbit/s", "2.5 Mbit/s", "20 Mbit/s"];

    /// <summary>For the table.</summary>
    public string Rate { get; }

    public ClipMessage[] Messages { get; }

    /// <summary>Sound at 24 kbit/s, picture and sound at 2.5 and at 20 Mbit/s, with B frames.</summary>
    public static async Task<Clip[]> MakeAllAsync(string folder) =>
    [
        await MakeAsync(folder, Rates[0], [.. Sound("24k", 1)]),
        await MakeAsync(folder, Rates[1], [.. Picture("640x360", "2500k"), .. Sound("96k", 2)]),
        await MakeAsync(folder, Rates[2], [.. Picture("1280x720", "20M"), .. Sound("128k", 2)]),
    ];

    private static async Task<Clip> MakeAsync(string folder, string rate, string[] parts)
    {
        var file = Path.Combine(folder, rate.Replace('/', '-').Replace(' ', '-') + ".flv");
        // All inputs stand in front of all options of the output.
        string[] arguments = [.. parts.Where(p => p[0] == '\0').Select(p => p[1..]), .. parts.Where(p => p[0] != '\0')];
        await ChildProcess.SucceedAsync("ffmpeg", ["-nostdin", "-v", "error", "-y", .. arguments, "-flvflags", "no_duration_filesize", file]);
        return new Clip(rate, [.. Read(file)]);
    }

    private static string[] Picture(string size, string rate) =>
    [
        "\0-f", "\0lavfi", "\0-i", $"\0testsrc2=s={size}:r=30:d={Seconds}",
        "-vf", "noise=alls=40:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-b_strategy", "0", "-g", "30", "-pix_fmt", "yuv420p",
        "-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate,
    ];

    private static string[] Sound(string rate, int channels) =>
        ["\0-f", "\0lavfi", "\0-i", $"\0sine=f=440:r=44100:d={Seconds}", "-c:a", "aac", "-b:a", rate, "-ac", $"{channels}"];

    private static IEnumerable<ClipMessage> Read(string path)
    {
        using var file = File.OpenRead(path);
        using var tags = FlvTagReader.Open(file);
        while (tags.TryRead(out var tag))
        {
            var body = tag.Body.ToArray();
            switch (tag.Type)
            {
                case FlvTagType.Script:
                    var wrapped = new ArrayBufferWriter<byte>();
                    Amf0Writer.Write(wrapped, RtmpData.SetDataFrame);
                    wrapped.Write(body);
                    yield return new ClipMessage(MessageType.DataAmf0, tag.Timestamp, wrapped.WrittenSpan.ToArray(), null);
                    break;
                case FlvTagType.Video or FlvTagType.Audio:
                    var header = tag.Type == FlvTagType.Video ? VideoHeader : AudioHeader;
                    // Packet type 1 of AVC and of AAC: a sample. 0 is the configuration, 2 the end of the sequence.
                    var isSample = body.Length > header && body[1] == 1;
                    yield return new ClipMessage((MessageType)tag.Type, tag.Timestamp, body, isSample ? HashOf(body.AsSpan(header)) : null);
                    break;
            }
        }
    }

    /// <summary>To compare what was recorded with what was sent.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> payload) => BitConverter.ToUInt64(SHA256.HashData(payload));
}
