using System.Collections.Concurrent;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Test inputs, made by ffmpeg once a run. Small pictures: what is tested is the way of the frames, not the codec.</summary>
internal static class Clips
{
    public const int Seconds = 4;

    private static readonly string Folder = Directory.CreateTempSubdirectory("tapedeck-clips-").FullName;
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Made = new();

    /// <summary>What FLV of ffmpeg does not carry lies in MP4.</summary>
    private static readonly Dictionary<string, string[]> Mp4Recipes = new()
    {
        ["av1"] = [.. Picture("0"), "-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-g", "25", .. Opus()],
        ["vp9"] = [.. Picture("0"), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "25", .. Opus()],
    };

    private static readonly Dictionary<string, string[]> Recipes = new()
    {
        ["bframes"] = [.. Video(2), .. Audio(44100, 2)],
        ["plain"] = [.. Video(0), .. Audio(44100, 2)],
        ["mono48"] = [.. Video(0), .. Audio(48000, 1)],
        ["lateaudio"] = [.. Video(2), .. Audio(44100, 2, late: "0.37")],
        ["latevideo"] = [.. Audio(48000, 2), .. Video(2, late: "0.52")],
        ["latestaudio"] = [.. Video(2), .. Audio(44100, 2, late: "1.7")],
        ["latestvideo"] = [.. Audio(48000, 2), .. Video(0, late: "1.7")],
        ["audio"] = [.. Audio(44100, 1)],
        ["audio48"] = [.. Audio(48000, 2)],
        ["video"] = [.. Video(2)],
        ["mp3"] = [.. Video(0), .. Sound(44100), "-c:a", "libmp3lame", "-ar", "44100", "-ac", "2"],
        ["alaw"] = [.. Video(0), .. Sound(8000), "-c:a", "pcm_alaw", "-ar", "8000", "-ac", "1"],
        ["mulaw"] = [.. Sound(8000), "-c:a", "pcm_mulaw", "-ar", "8000", "-ac", "1"],
    };

    static Clips() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Folder, recursive: true);

    /// <summary>The file of a recipe: FLV, or MP4 for newer codecs.</summary>
    public static Task<string> GetAsync(string name) => Made.GetOrAdd(name, n => new Lazy<Task<string>>(() => MakeAsync(n))).Value;

    private static async Task<string> MakeAsync(string name)
    {
        var isFlv = Recipes.TryGetValue(name, out var parts);
        parts ??= Mp4Recipes[name];
        var file = Path.Combine(Folder, name + (isFlv ? ".flv" : ".mp4"));
        // ffmpeg wants all inputs in front of all options of the output.
        string[] inputs = [.. Inputs(parts)];
        await ChildProcess.SucceedAsync("ffmpeg", ["-nostdin", "-v", "error", "-y", .. inputs, .. parts.Where(p => !p.StartsWith('\0')), .. isFlv ? ["-flvflags", "no_duration_filesize"] : Array.Empty<string>(), file]);
        return file;
    }

    private static IEnumerable<string> Inputs(string[] parts) => parts.Where(p => p.StartsWith('\0')).Select(p => p[1..]);

    private static string[] Video(int bFrames, string late = "0") =>
    [
        .. Picture(late), "-c:v", "libx264", "-preset", "ultrafast", "-bf", $"{bFrames}", "-g", "25", "-pix_fmt", "yuv420p", "-threads", "1",
    ];

    private static string[] Picture(string late) => ["\0-itsoffset", "\0" + late, "\0-f", "\0lavfi", "\0-i", $"\0testsrc2=s=192x108:r=25:d={Seconds}"];

    private static string[] Opus() => [.. Sound(48000), "-c:a", "libopus", "-b:a", "64k", "-ac", "2"];

    private static string[] Sound(int rate, string late = "0") => ["\0-itsoffset", "\0" + late, "\0-f", "\0lavfi", "\0-i", $"\0sine=f=440:r={rate}:d={Seconds}"];

    private static string[] Audio(int rate, int channels, string late = "0") =>
        [.. Sound(rate, late), "-c:a", "aac", "-b:a", "64k", "-ar", $"{rate}", "-ac", $"{channels}"];
}
