using Tapedeck.Containers.Flv;
using Tapedeck.Protocols.Rtmp;
using Xunit.Abstractions;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Each container that an application may record in.</summary>
public sealed class FormatTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("mp4", ".mp4", "bframes")]
    [InlineData("mp4", ".mp4", "av1")]
    [InlineData("fmp4", ".mp4", "bframes")]
    [InlineData("fmp4", ".mp4", "vp9")]
    [InlineData("flv", ".flv", "bframes")]
    [InlineData("ts", ".ts", "bframes")]
    [InlineData("ts", ".ts", "mp3")]
    [InlineData("mkv", ".mkv", "bframes")]
    [InlineData("mkv", ".mkv", "mp3")]
    [InlineData("mkv", ".mkv", "av1")]
    [InlineData("webm", ".webm", "av1")]
    [InlineData("webm", ".webm", "vp9")]
    public async Task Every_packet_is_in_the_file(string format, string extension, string clip)
    {
        using var home = new TestHome();
        home.Write("applications/tape/Application.yaml", Application(format));
        await using var host = await HostProcess.StartOnAsync(home);
        var source = await Clips.GetAsync(clip);
        await PublishAsync(source, host.Url("tape/cam"));
        await ShouldBeRecordedAsync(host, home.Content("tape/cam" + extension), source);
        home.Recordings().ShouldBe(["tape/cam" + extension]);
    }

    [Fact]
    public async Task A_real_encoder_s_AV1_and_Opus_are_recorded_as_WebM()
    {
        if (Samples.FindFolder() is not { } folder)
        {
            output.WriteLine("NOT RUN: no real samples; the made clips of AV1 and VP9 were recorded as WebM all the same.");
            return;
        }

        using var home = new TestHome();
        home.Write("applications/tape/Application.yaml", Application("webm"));
        await using var host = await HostProcess.StartOnAsync(home);
        foreach (var sample in Directory.EnumerateFiles(folder, "*av1-opus*.flv").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(sample);
            await PublishAsync(sample, host.Url($"tape/{name}"));
            await ShouldBeRecordedAsync(host, home.Content($"tape/{name}.webm"), sample);
        }
    }

    [Fact]
    public async Task H264_is_refused_by_WebM_with_the_formats_that_fit_and_nobody_else_notices()
    {
        using var home = new TestHome();
        home.Write("applications/web/Application.yaml", Application("webm"));
        home.Write("applications/tape/Application.yaml", Application("mp4"));
        await using var host = await HostProcess.StartOnAsync(home);
        var clip = await Clips.GetAsync("bframes");
        var tags = Recorded.Tags(clip).Where(t => t.Type != FlvTagType.Script).ToArray();
        await using var other = await Encoder.ConnectAsync(host.Url("tape"));
        await other.PublishAsync("other");
        await other.SendAsync(tags.Take(tags.Length / 2));
        await using var refused = await Encoder.ConnectAsync(host.Url("web"));
        await refused.PublishAsync("cam");
        await refused.SendAsync(tags.Take(tags.Length / 2));

        var line = await host.LogLineAsync("webm cannot carry");
        line.ShouldContain("of codec H264");
        line.ShouldContain("record as mp4 or flv or fmp4 or ts or mkv");
        await host.LogLineAsync("Recording of web/_definst_/cam failed");

        // Its publisher goes on to the end, as does the recording beside it.
        await refused.SendAsync(tags.Skip(tags.Length / 2));
        await refused.UnpublishAsync();
        await refused.StatusAsync("NetStream.Unpublish.Success");
        await other.SendAsync(tags.Skip(tags.Length / 2));
        await other.UnpublishAsync();
        await other.StatusAsync("NetStream.Unpublish.Success");
        await ShouldBeRecordedAsync(host, home.Content("tape/other.mp4"), clip);
        home.Recordings().ShouldBe(["tape/other.mp4"]);
    }

    [Fact]
    public async Task Data_in_MPEG_TS_is_timed_ID3_at_the_time_at_which_it_was_sent()
    {
        using var home = new TestHome();
        home.Write("applications/tape/Application.yaml", Application("ts"));
        await using var host = await HostProcess.StartOnAsync(home);
        var clip = await Clips.GetAsync("bframes");
        var tags = Recorded.Tags(clip).Where(t => t.Type != FlvTagType.Script).ToArray();
        await using var encoder = await Encoder.ConnectAsync(host.Url("tape"));
        await encoder.PublishAsync("cam");
        await encoder.SendDataAsync(tags[0].Time, "@setDataFrame", "onMetaData", new AmfObject { { "encoder", "a test" }, { "width", 320.0 } });
        await encoder.SendAsync(tags.Where(t => t.Time < 1000));
        await encoder.SendDataAsync(1000, "onCuePoint", new AmfObject { { "name", "half" }, { "time", 1.0 } });
        await encoder.SendAsync(tags.Where(t => t.Time is >= 1000 and < 2000));
        await encoder.SendDataAsync(2000, "onTextData", new AmfObject { { "text", "a word from the stage" } });
        await encoder.SendAsync(tags.Where(t => t.Time >= 2000));
        await encoder.UnpublishAsync();
        await encoder.StatusAsync("NetStream.Unpublish.Success");
        var file = home.Content("tape/cam.ts");
        await ShouldBeRecordedAsync(host, file, clip);

        (await Probe.StreamAsync(file, "d", "codec_name")).ShouldStartWith("timed_id3");
        var said = await ChildProcess.SucceedAsync("ffprobe", "-v", "error", "-show_packets", "-select_streams", "d", "-show_entries", "packet=pts_time", "-of", "default=nw=1", file);
        var times = said.Split('\n').Where(line => line.StartsWith("pts_time=", StringComparison.Ordinal))
            .Select(line => double.Parse(line[9..], System.Globalization.CultureInfo.InvariantCulture) * 1000).ToArray();
        var sound = (await Probe.PacketsAsync(file)).First(packet => !packet.IsVideo).Pts - tags.First(tag => tag.Type == FlvTagType.Audio && !tag.IsConfiguration).Time;
        times.Length.ShouldBe(3);
        times[0].ShouldBe(sound, 100, "with the first frame");
        times[1].ShouldBe(sound + 1000, PacketAssertions.Rounding);
        times[2].ShouldBe(sound + 2000, PacketAssertions.Rounding);
        var printed = await ChildProcess.SucceedAsync("ffmpeg", "-nostdin", "-v", "quiet", "-i", file, "-map", "0:d", "-c", "copy", "-f", "data", "-");
        foreach (var json in new[] { "{\"name\":\"onMetaData\",\"values\":[{\"encoder\":\"a test\"", "\"name\":\"half\"", "{\"text\":\"a word from the stage\"}" })
            printed.ShouldContain(json);
        await Probe.ShouldPassInspectionAsync(file);
    }

    private static string Application(string format) => $"streamType: live-record\nrecordingFormat: {format}\n";

    private static async Task PublishAsync(string file, string url)
    {
        await using var publish = await HostProcess.CommandAsync("publish", file, url, "--fast");
        publish.ExitCode.ShouldBe(0, publish.Text);
    }

    private static async Task ShouldBeRecordedAsync(HostProcess host, string file, string clip)
    {
        await host.LogLineAsync($"{file}, "); // Recorded …: file, seconds, bytes
        var source = Recorded.Packets(clip);
        var recorded = Recorded.Packets(file);
        var extension = Path.GetExtension(file);
        foreach (var track in new[] { "video", "audio" })
        {
            recorded.Of(track).Length.ShouldBe(source.Of(track).Length, $"{file}: {track}");
            if (extension != ".ts") // where pictures get delimiters and parameter sets
                recorded.Of(track).Select(p => p.Hash).ShouldBe(source.Of(track).Select(p => p.Hash), $"{file}: payloads of {track}");
        }

        if (extension is ".mkv" or ".webm")
            ShouldBePresentedAs(recorded, source, file);
        else
            recorded.ShouldHaveTimesOf(source, file);
        var independent = await Probe.PacketsAsync(file);
        foreach (var track in new[] { "video", "audio" })
            independent.Of(track).Length.ShouldBe(source.Of(track).Length, $"{file}: {track} packets of ffprobe");
        await Probe.ShouldDecodeSilentlyAsync(file);
    }

    /// <summary>Matroska has no decode times; its times are rounded to milliseconds, as are those of the source, and so is the delay of Opus.</summary>
    private static void ShouldBePresentedAs(List<Packet> recorded, List<Packet> source, string file)
    {
        const double Tolerance = 2;
        var (start, sourceStart) = (recorded.First(p => p.IsVideo).Pts, source.First(p => p.IsVideo).Pts);
        foreach (var track in new[] { "video", "audio" })
        {
            foreach (var (actual, expected) in recorded.Of(track).Zip(source.Of(track)))
            {
                (actual.Pts - start).ShouldBe(expected.Pts - sourceStart, Tolerance, $"{file}: the {track} packet at {expected.Pts} ms of the source");
                actual.IsKey.ShouldBe(expected.IsKey, file);
            }
        }
    }
}
