using System.Buffers;
using System.Runtime.InteropServices;
using Tapedeck.Containers.Flv;
using Tapedeck.Containers.Mp4;
using Tapedeck.Containers.MpegTs;
using Tapedeck.Containers.WebM;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Matrix;

/// <summary>A file of the matrix.</summary>
/// <param name="Container">"mp4", "fmp4", "ts", "flv", "webm", "mkv".</param>
/// <param name="Video">Codec of its pictures.</param>
/// <param name="Audio">Codec of its sound.</param>
/// <param name="Path">Where it is.</param>
internal sealed record MatrixFile(string Container, Codec Video, Codec Audio, string Path)
{
    public string Name => System.IO.Path.GetFileName(Path);
}

/// <summary>
/// Each container with each codec that it takes, written by us from 2 s that ffmpeg encoded once. MP4, Matroska and MPEG-TS carry cue points too. HE-AAC is
/// made of AAC at half the rate whose configuration announces SBR, as Debian has no encoder of it: decoders find none in the frames and only double
/// the rate. Not made: Enhanced FLV and AV1 in MPEG-TS, which its ffmpeg and GStreamer cannot read.
/// </summary>
public sealed class MatrixFiles : IDisposable
{
    public const double Seconds = 2;
    public static readonly string[] Messages = ["one", "two"];

    /// <summary>As RTMP has it.</summary>
    internal static readonly Track Data = new() { Id = 201, Kind = TrackKind.Data, Codec = Codec.ScriptData, Timescale = 1000 };

    private static readonly (Codec Codec, string Options)[] Videos =
    [
        (Codec.H264, "-c:v libx264 -preset ultrafast -bf 2"),
        (Codec.Hevc, "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=2:keyint=25"),
        (Codec.Av1, "-c:v libsvtav1 -preset 12"),
        (Codec.Vp8, "-c:v libvpx -deadline realtime -cpu-used 8"),
        (Codec.Vp9, "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"),
    ];

    private static readonly (Codec Codec, string Options)[] Audios =
    [
        (Codec.Aac, "-c:a aac"),
        (Codec.Opus, "-c:a libopus"),
        (Codec.Mp3, "-c:a libmp3lame -ar 44100"),
        (Codec.Ac3, "-c:a ac3"),
        (Codec.Flac, "-c:a flac"),
        (Codec.Vorbis, "-c:a libvorbis"),
        (Codec.G711A, "-c:a pcm_alaw -ar 8000"),
        (Codec.G711U, "-c:a pcm_mulaw -ar 8000"),
    ];

    private static readonly Codec[] Mp4Audio = [Codec.Aac, Codec.Opus, Codec.Mp3, Codec.Ac3, Codec.Flac, Codec.G711A, Codec.G711U];

    /// <summary>Which codecs are tried; the first of each goes with those of the other kind.</summary>
    private static readonly (string Container, string Extension, Codec[] Video, Codec[] Audio)[] Containers =
    [
        ("mp4", "mp4", [Codec.H264, Codec.Hevc, Codec.Av1, Codec.Vp9, Codec.Vp8], Mp4Audio),
        ("fmp4", "mp4", [Codec.H264, Codec.Hevc, Codec.Av1, Codec.Vp9, Codec.Vp8], Mp4Audio),
        ("ts", "ts", [Codec.H264, Codec.Hevc], [Codec.Aac, Codec.Opus, Codec.Mp3, Codec.Ac3]),
        ("flv", "flv", [Codec.H264], [Codec.Aac, Codec.Mp3, Codec.G711A, Codec.G711U]),
        ("webm", "webm", [Codec.Vp8, Codec.Vp9, Codec.Av1], [Codec.Opus, Codec.Vorbis]),
        ("mkv", "mkv", [Codec.H264, Codec.Hevc, Codec.Av1, Codec.Vp8, Codec.Vp9], [.. Mp4Audio, Codec.Vorbis]),
    ];

    private readonly TempFolder _folder = new();

    public MatrixFiles()
    {
        if (!Tools.Has("ffmpeg"))
            return;
        var sources = Encode();
        foreach (var (container, extension, videos, audios) in Containers)
        {
            foreach (var (video, audio) in videos.Select(v => (v, audios[0])).Concat(audios.Skip(1).Select(a => (videos[0], a))))
            {
                var path = _folder[$"{container}-{video}-{audio}.{extension}"];
                File.WriteAllBytes(path, Write(container, Mix(sources[video], sources[audio])));
                Add(new MatrixFile(container, video, audio, path));
            }

            if (audios.Contains(Codec.Aac))
            {
                var path = _folder[$"{container}-{videos[0]}-HeAac.{extension}"];
                File.WriteAllBytes(path, Write(container, Mix(sources[videos[0]], ReadHeAac())));
                Add(new MatrixFile(container, videos[0], Codec.Aac, path));
            }
        }
    }

    internal List<MatrixFile> All { get; } = [];

    internal string Folder => Path.GetDirectoryName(_folder["x"])!;

    public void Dispose() => _folder.Dispose();

    /// <summary>Cue points of a live stream: at half a second, and at one and a half.</summary>
    internal static IEnumerable<MediaFrame> Script() => Messages.Select((text, i) => new MediaFrame
    {
        Track = Data,
        Kind = FrameKind.Script,
        DecodeTime = 500 + 1000 * i,
        Payload = Text(text),
    });

    internal static byte[] Text(string text) =>
        [2, 0, 10, .. "onCuePoint"u8, 3, 0, 4, .. "name"u8, 2, 0, (byte)text.Length, .. System.Text.Encoding.ASCII.GetBytes(text), 0, 0, 9];

    internal static byte[] Metadata()
    {
        var output = new ArrayBufferWriter<byte>();
        FlvMetadata.Write([Shapes.H264], output);
        return output.WrittenSpan.ToArray();
    }

    internal static IContainerWriter Writer(string container) => container switch
    {
        "mp4" => new Mp4Writer(new Mp4WriterOptions { RecordData = true, Metadata = Metadata() }),
        "fmp4" => new Mp4Writer(new Mp4WriterOptions { RecordData = true, Metadata = Metadata(), Fragmented = true }),
        "ts" => new TsWriter(new TsWriterOptions { RecordData = true, Metadata = Metadata() }),
        "flv" => new FlvWriter(new FlvWriterOptions { IndexInterval = TimeSpan.FromSeconds(0.5) }),
        "webm" => new MatroskaWriter(new MatroskaWriterOptions { RecordData = true, Metadata = Metadata() }),
        _ => new MatroskaWriter(new MatroskaWriterOptions { DocType = MatroskaDocType.Matroska, RecordData = true, Metadata = Metadata() }),
    };

    /// <summary>As a recorder writes it, a fragment for every 0.9 s.</summary>
    internal static byte[] Write(string container, List<MediaFrame> frames, bool finish = true)
    {
        var writer = Writer(container);
        var (image, plan) = (new DiskImage(), new DiskPlan());
        foreach (var track in frames.Select(frame => frame.Track).Distinct())
            writer.Judge(track).ShouldBe(TrackVerdict.Accepted, $"{track.Codec} in {container}");
        var begun = 0;
        for (var i = 0; i <= frames.Count; i++)
        {
            if (i < frames.Count && Time(frames[i]) - Time(frames[begun]) < 0.9)
                continue;
            for (var at = begun; at < i; at++)
                writer.Add(frames[at]);
            plan.Clear();
            writer.CutFragment(plan, CollectionsMarshal.AsSpan(frames)[i..Math.Min(i + 40, frames.Count)]);
            image.Apply(plan);
            begun = i;
        }

        if (finish)
        {
            plan.Clear();
            writer.Finish(plan);
            image.Apply(plan);
        }

        (writer as IDisposable)?.Dispose();
        return image.Bytes;
    }

    private static double Time(in MediaFrame frame) => frame.DecodeTime / (double)frame.Track.Timescale;

    private static List<MediaFrame> Mix(List<MediaFrame> video, List<MediaFrame> audio) => [.. video.Concat(audio).Concat(Script()).OrderBy(frame => Time(frame))];

    /// <summary>One run of ffmpeg for all codecs.</summary>
    private Dictionary<Codec, List<MediaFrame>> Encode()
    {
        var arguments = new List<string>
        {
            "-v", "error", "-f", "lavfi", "-i", $"testsrc=size=160x120:rate=25:duration={Seconds},format=yuv420p",
            "-f", "lavfi", "-i", $"sine=frequency=440:sample_rate=48000:duration={Seconds}",
        };
        foreach (var (codec, options) in Videos)
            arguments.AddRange(["-map", "0:v", "-g", "25", .. options.Split(' '), Source(codec)]);
        foreach (var (codec, options) in Audios)
            arguments.AddRange(["-map", "1:a", .. options.Split(' '), Source(codec)]);
        arguments.AddRange(["-map", "1:a", "-c:a", "aac", "-ar", "24000", "-ac", "2", _folder["source-half.mkv"]]);
        Tools.Run("ffmpeg", [.. arguments]);
        var sources = new Dictionary<Codec, List<MediaFrame>>();
        foreach (var (codec, _) in Videos.Concat(Audios))
        {
            using var reader = ContainerFile.Open(File.OpenRead(Source(codec)));
            var id = codec < Codec.Aac ? 1 : 101;
            var track = reader.Tracks.ShouldHaveSingleItem() with { Id = id };
            track.Codec.ShouldBe(codec);
            sources[codec] = [];
            while (reader.TryRead(out var frame))
                sources[codec].Add(frame with { Track = track, Payload = frame.Payload.ToArray() });
            sources[codec].ShouldNotBeEmpty();
        }

        return sources;

        // Matroska of ffmpeg has no A-law of its own; MOV has.
        string Source(Codec codec) => _folder[$"source-{codec}.{(codec is Codec.G711A or Codec.G711U ? "mov" : "mkv")}"];
    }

    /// <summary>Object type 5 (SBR) over AAC LC, 24 to 48 kHz, stereo: ISO/IEC 14496-3 1.6.2.1.</summary>
    private List<MediaFrame> ReadHeAac()
    {
        using var reader = ContainerFile.Open(File.OpenRead(_folder["source-half.mkv"]));
        var track = reader.Tracks.ShouldHaveSingleItem() with { Id = 101, SampleRate = 48_000, Configuration = Convert.FromHexString("2B118800") };
        track.Timescale.ShouldBe(24_000);
        var frames = new List<MediaFrame>();
        while (reader.TryRead(out var frame))
            frames.Add(frame with { Track = track, Payload = frame.Payload.ToArray() });
        return frames;
    }

    private void Add(MatrixFile file) => All.Add(file);
}
