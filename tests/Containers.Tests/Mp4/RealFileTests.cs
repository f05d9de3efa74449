using System.Security.Cryptography;
using Tapedeck.Containers.Mp4;
using Tapedeck.Media;
using Xunit.Abstractions;

namespace Tapedeck.Containers.Tests.Mp4;

/// <summary>
/// Files of other people. They lie outside of the repository: TAPEDECK_SAMPLES names their folder, or it is shared/samples/real beside one of the
/// folders above the tests.
/// </summary>
public sealed class RealFileTests(ITestOutputHelper output)
{
    private const string Absent = "(no sample folder)";

    public static TheoryData<string> Files => Folder is { } folder
        ? [.. Directory.GetFiles(folder, "*.mp4").Select(file => Path.GetFileName(file)).Order()]
        : [Absent];

    private static string? Folder { get; } = FindFolder();

    [Fact]
    public void Report_whether_real_files_were_read()
    {
        output.WriteLine(Folder is null
            ? "NOT CHECKED against real files: set TAPEDECK_SAMPLES to a folder of *.mp4."
            : $"{Directory.GetFiles(Folder, "*.mp4").Length} real files are read.");
        if (Environment.GetEnvironmentVariable("TAPEDECK_SAMPLES") is { Length: > 0 } named)
            Directory.Exists(named).ShouldBeTrue("TAPEDECK_SAMPLES names no folder");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Packets_are_those_that_ffprobe_lists(string name)
    {
        if (Folder is null)
        {
            output.WriteLine("NOT CHECKED: no folder of real files.");
            return;
        }

        var file = Path.Combine(Folder, name);
        using var reader = Mp4Reader.Open(File.OpenRead(file));
        var frames = Recorder.Read(reader);
        frames.ShouldNotBeEmpty();
        reader.Tracks.ShouldAllBe(track => track.Codec != Codec.Unknown || track.Kind == TrackKind.Data);
        output.WriteLine($"{name}: {string.Join(", ", reader.Tracks.Select(t => $"{t.Id} {t.Codec} {Rfc6381.Codecs(t)} {t.Width}x{t.Height} {t.SampleRate}"))}, "
            + $"{reader.Duration}, finished {reader.IsFinished}");
        frames.Zip(frames.Skip(1)).ShouldAllBe(pair =>
            (Int128)pair.First.DecodeTime * pair.Second.Track.Timescale <= (Int128)pair.Second.DecodeTime * pair.First.Track.Timescale);
        if (!Tools.Has("ffprobe"))
        {
            output.WriteLine("NOT COMPARED: ffprobe is not installed.");
            return;
        }

        for (var i = 0; i < reader.Tracks.Count; i++)
        {
            // Captions are taken out of their boxes by ffprobe.
            if (reader.Tracks[i].Codec == Codec.Unknown)
                continue;
            var expected = Tools.Packets(file, i);
            var actual = frames.Where(frame => frame.Track.Id == reader.Tracks[i].Id).ToList();
            output.WriteLine($"  stream {i}: {expected.Count} packets, {actual.Count} frames");
            actual.Select(frame => frame.Payload.Length).ShouldBe(expected.Select(packet => packet.Size));
            actual.Select(frame => frame.IsKey).ShouldBe(expected.Select(packet => packet.Key));
            var shift = expected[0].Pts - actual[0].PresentationTime;
            actual.Select(frame => frame.PresentationTime + shift).ShouldBe(expected.Select(packet => packet.Pts));
            actual.Select(frame => frame.DecodeTime + shift).ShouldBe(expected.Select(packet => packet.Dts));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Rewritten_by_us_they_still_decode(string name)
    {
        if (Folder is null || !Tools.Has("ffmpeg"))
        {
            output.WriteLine("NOT CHECKED: no folder of real files, or no ffmpeg.");
            return;
        }

        var before = Tools.Decode(Path.Combine(Folder, name));
        using var writer = new Mp4Writer();
        var frames = Recorder.Read(File.OpenRead(Path.Combine(Folder, name)))
            .Where(frame => writer.Judge(frame.Track) == TrackVerdict.Accepted).ToList();
        var image = new DiskImage();
        Recorder.Write(writer, image, frames, Math.Max(100, frames.Count / 3), 20);
        Payloads(Recorder.Read(image.Open())).ShouldBe(Payloads(frames));
        using var folder = new TempFolder();
        var file = folder["rewritten.mp4"];
        File.WriteAllBytes(file, image.Bytes);
        if (before.Length == 0)
            Tools.Decode(file).ShouldBeEmpty();
        else
            output.WriteLine($"{name} has faults of its own: {before}");
    }

    /// <summary>Track by track: frames of the same time may change places between tracks.</summary>
    private static List<string> Payloads(List<MediaFrame> frames) =>
        [.. frames.OrderBy(frame => frame.Track.Id).Select(frame => Convert.ToHexString(SHA256.HashData(frame.Payload.Span)))];

    private static string? FindFolder()
    {
        if (Environment.GetEnvironmentVariable("TAPEDECK_SAMPLES") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "samples", "real");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
