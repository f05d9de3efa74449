using System.Globalization;
using System.Security.Cryptography;
using Tapedeck.Containers.Flv;
using Tapedeck.Media;

namespace Tapedeck.Containers.Tests.Flv;

/// <summary>Files of real encoders, and programs of others that judge what we write.</summary>
public sealed class FlvRealFileTests
{
    private static readonly char[] LineEnds = ['\r', '\n'];

    [SampleTheory]
    [InlineData("ertmp-av1-opus.flv", Codec.Av1, Codec.Opus)]
    [InlineData("ertmp-av1-opus-2.flv", Codec.Av1, Codec.Opus)]
    [InlineData("ertmp-av1-opus-3.flv", Codec.Av1, Codec.Opus)]
    [InlineData("srs-avatar-h264-aac.flv", Codec.H264, Codec.Aac)]
    [InlineData("srs-bbb-h264-aac.flv", Codec.H264, Codec.Aac)]
    public void Every_tag_comes_back(string name, Codec video, Codec audio)
    {
        var file = Samples.Read(name);
        var tags = FrameList.Tags(file);
        tags.Sum(tag => tag.Body.Length + 15).ShouldBe(file.Length - 13);

        using var reader = FlvReader.Open(new MemoryStream(file));
        reader.Tracks.Select(track => track.Codec).ShouldBe([video, audio]);
        reader.Tracks[0].Width.ShouldBeGreaterThan(0);
        reader.Tracks[1].Channels.ShouldBeGreaterThan(0);
        reader.IsFinished.ShouldBeTrue();
        var frames = FrameList.Read(file);
        frames.Select(frame => Fingerprint(frame.Packet.Span)).ShouldBe(tags.Select(tag => Fingerprint(tag.Body)));
        reader.MalformedPackets.ShouldBe(0);

        // Nothing but what the file announced: one configuration a track, all samples of it.
        frames.Where(frame => frame.Kind == FrameKind.Sample).Select(frame => frame.Track).Distinct().Count().ShouldBe(2);
        frames.Count(frame => frame.Kind == FrameKind.Configuration).ShouldBeGreaterThanOrEqualTo(2);
        if (video == Codec.Av1)
        {
            frames[1].Kind.ShouldBe(FrameKind.Other, "the first AV1 sequence header is empty");
            frames.Any(frame => frame.Kind == FrameKind.Sample && frame.Track.Kind == TrackKind.Video && frame.Payload.Span[0] == 0x12).ShouldBeFalse();
        }

        var last = frames.Where(frame => frame.Kind == FrameKind.Sample).Max(frame => TimeSpan.FromSeconds((double)frame.PresentationTime / frame.Track.Timescale));
        reader.Duration.TotalSeconds.ShouldBe(last.TotalSeconds, 0.2);
    }

    [SampleTheory]
    [InlineData("ertmp-av1-opus.flv")]
    [InlineData("ertmp-av1-opus-2.flv")]
    [InlineData("ertmp-av1-opus-3.flv")]
    [InlineData("srs-avatar-h264-aac.flv")]
    [InlineData("srs-bbb-h264-aac.flv")]
    public void Written_again_it_is_the_same(string name)
    {
        var frames = FrameList.Read(Samples.Read(name));
        var again = FrameList.Read(FlvWriterTests.Write(frames)).ToList();
        Describe(again).ShouldBe(Describe(frames));

        static List<string> Describe(List<MediaFrame> list) =>
            [.. list.Where(frame => frame.Kind == FrameKind.Sample)
                .Select(frame => $"{frame.Track.Id} {frame.DecodeTime} {frame.PresentationOffset} {frame.Flags} {Fingerprint(frame.Packet.Span)}")];
    }

    [SampleTheory("ffmpeg", "ffprobe")]
    [InlineData("srs-avatar-h264-aac.flv", false)]
    [InlineData("srs-bbb-h264-aac.flv", false)]
    [InlineData("srs-avatar-h264-aac.flv", true)]
    [InlineData("srs-bbb-h264-aac.flv", true)]
    public void Ffmpeg_decodes_it_and_finds_the_same_packets(string name, bool build)
    {
        var original = Samples.Read(name);
        var frames = FrameList.Read(original);
        if (build)
            frames = [.. frames.Where(frame => frame.Kind == FrameKind.Sample).Select(frame => frame with { Packet = default })];
        var written = FlvWriterTests.Write(frames);

        Tool.WithFile(written, path => Tool.Run("ffmpeg", "-v", "error", "-i", path, "-f", "null", "-")).ShouldBeEmpty();
        Packets(written).ShouldBe(Packets(original));
        Duration(written).ShouldBe(Duration(original), 0.1);
    }

    [SampleTheory("ffmpeg", "ffprobe")]
    [InlineData("srs-avatar-h264-aac.flv")]
    [InlineData("srs-bbb-h264-aac.flv")]
    public void Ffmpeg_decodes_what_was_continued(string name)
    {
        var original = Samples.Read(name);
        var frames = FrameList.Read(original);
        var first = FlvWriterTests.Write(frames);
        foreach (var begun in new[] { first, first[..^1000], original })
        {
            var plan = new DiskPlan();
            var file = new PlanFile((byte[])begun.Clone());
            var writer = FlvWriter.Continue(new MemoryStream(begun), null, plan);
            file.Run(plan);
            var both = FlvWriterTests.Write(writer, file, frames);
            Tool.WithFile(both, path => Tool.Run("ffmpeg", "-v", "error", "-i", path, "-f", "null", "-")).ShouldBeEmpty();
            Packets(both).Length.ShouldBeInRange(Packets(original).Length * 2 - 20, Packets(original).Length * 2 + 2, "the sequence headers in the middle count as packets");
            Duration(both).ShouldBe(Duration(original) * 2, 0.3);
        }
    }

    [SampleTheory("flvmeta")]
    [InlineData("srs-avatar-h264-aac.flv")]
    [InlineData("srs-bbb-h264-aac.flv")]
    public void Flvmeta_finds_no_fault(string name)
    {
        var written = FlvWriterTests.Write(FrameList.Read(Samples.Read(name)));
        var report = Tool.WithFile(written, path => Tool.Run("flvmeta", "-C", path));
        report.ShouldContain("0 error(s)");
        // The index is reserved before anyone knows how many key frames come, and the stream's own words (its data rate) are kept.
        report.Split(LineEnds).Where(line => line.Contains(": warning ") && !line.Contains("W81071") && !line.Contains("videodatarate")).ShouldBeEmpty();
    }

    [ToolFact("ffmpeg", "ffprobe")]
    public void Ffmpeg_decodes_sound_we_build_headers_for()
    {
        foreach (var (encoder, rate) in new[] { ("pcm_alaw", "8000"), ("pcm_mulaw", "8000"), ("libmp3lame", "44100"), ("libmp3lame", "22050"), ("aac", "48000") })
        {
            var source = Tool.WithFile([], path =>
            {
                Tool.Run("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "sine=duration=1", "-ar", rate, "-ac", "1", "-c:a", encoder, "-f", "flv", path).ShouldBeEmpty();
                return File.ReadAllBytes(path);
            });
            var frames = FrameList.Read(source).Where(frame => frame.Kind == FrameKind.Sample).Select(frame => frame with { Packet = default }).ToList();
            frames.Count.ShouldBeGreaterThan(5);
            frames[0].Track.SampleRate.ShouldBe(int.Parse(rate, CultureInfo.InvariantCulture), encoder);
            var written = FlvWriterTests.Write(frames);
            Tool.WithFile(written, path => Tool.Run("ffmpeg", "-v", "error", "-i", path, "-f", "null", "-")).ShouldBeEmpty(encoder);
            Packets(written).ShouldBe(Packets(source), encoder);
        }
    }

    private static string Fingerprint(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));

    private static string[] Packets(byte[] file) => Tool
        .WithFile(file, path => Tool.Run("ffprobe", "-v", "error", "-show_entries", "packet=codec_type,pts,dts,size,flags,data_hash", "-show_data_hash", "MD5", "-of", "csv", path))
        .Split(LineEnds, StringSplitOptions.RemoveEmptyEntries);

    private static double Duration(byte[] file) => double.Parse(
        Tool.WithFile(file, path => Tool.Run("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path)).Trim(),
        CultureInfo.InvariantCulture);
}
