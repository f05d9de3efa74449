using System.Buffers.Binary;
using System.Text;
using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Options of recordings, set by operators and by clients, seen in the files. Each application has options of its own, on one host.</summary>
public sealed class RecordingOptionTests : IAsyncLifetime
{
    private readonly TestHome _home = new();
    private HostProcess _host = null!;

    public async Task InitializeAsync()
    {
        void Write(string name, string properties, string section = "properties") => _home.Write(
            $"applications/{name}/Application.yaml",
            $"streamType: live-record\n{section}:\n" + string.Concat(properties.Split('\n').Select(p => $"  {p}\n")));
        Write("newest", "recordingVersioning: renameOld");
        Write("wowza", "streamRecorderVersioningOption: version\nstreamRecorderFileVersionDelegate: com.wowza.wms.livestreamrecord.manager.StreamRecorderFileVersionDelegate\nstreamRecorderFileVersionTemplate: ${SourceStreamName}-take${SegmentNumber}", "streamRecorder");
        Write("parts", "recordingVersioning: parts\nrecordingSplitDuration: 1s");
        Write("names", "recordingName: '{videoCodec}-{audioCodec}/{label:room}-{login,4}'\nrecordingNameEncoding: hex\nrecordingLabels: room=3");
        Write("front", "recordingMp4Index: front\nrecordingMp4ExpectedDuration: 10s\nrecordingDurability: strict");
        Write("compat", "recordingWinQtCompat: true");
        Write("append", "recordingExistingFile: append");
        _home.Write("applications/live/Application.yaml", "streamType: live\nmodules: [Tapedeck.LiveStreamRecord.LiveStreamRecordModule]\n");
        _host = await HostProcess.StartOnAsync(_home);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task The_newest_keeps_the_plain_name_and_the_catalog_follows()
    {
        string[] clips = ["audio", "video", "plain"];
        for (var i = 0; i < clips.Length; i++)
            await PublishAsync("newest/cam", "newest/cam.mp4", clips[i], i + 1);
        Kinds("newest/cam_1.mp4").ShouldBe("audio");
        Kinds("newest/cam_2.mp4").ShouldBe("video");
        Kinds("newest/cam.mp4").ShouldBe("audio video");
        await using var check = await HostProcess.CommandAsync("check", "--home", _home.Root, "--deep");
        check.ExitCode.ShouldBe(0, check.Text);
    }

    [Fact]
    public async Task Versions_of_Wowza_are_called_after_its_template()
    {
        await PublishAsync("wowza/cam", "wowza/cam.mp4", "audio");
        await PublishAsync("wowza/cam", "wowza/cam-take0.mp4", "audio");
        await PublishAsync("wowza/cam", "wowza/cam-take1.mp4", "audio");
    }

    [Fact]
    public async Task Parts_are_numbered_from_the_first()
    {
        await PublishAsync("parts/cam", "parts/cam_part0003.mp4", "plain");
        _home.Recordings().Where(f => f.StartsWith("parts/", StringComparison.Ordinal)).Take(2).ShouldBe(["parts/cam_part0000.mp4", "parts/cam_part0001.mp4"]);
    }

    [Fact]
    public async Task A_recording_that_begins_with_its_stream_is_named_after_its_codecs()
    {
        static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
        await PublishAsync("names?user=annabell/cam", $"names/{Hex("h264-aac")}/{Hex("3-anna")}.mp4", "plain");
    }

    [Fact]
    public async Task The_index_lies_in_front_of_the_media()
    {
        var file = await PublishAsync("front/cam", "front/cam.mp4", "bframes");
        var boxes = Boxes(file);
        Array.IndexOf(boxes, "moov").ShouldBeLessThan(Array.IndexOf(boxes, "mdat"));
        boxes.ShouldNotContain("moof");
        Recorded.Packets(file).ShouldBeRecordingOf(Recorded.Packets(await Clips.GetAsync("bframes")), file);
    }

    [Fact]
    public async Task A_file_for_old_readers_has_no_wide_field()
    {
        var file = await PublishAsync("compat/cam", "compat/cam.mp4", "bframes");
        ShouldBeCompatible(file);
    }

    [Fact]
    public async Task A_client_chooses_what_it_may()
    {
        var tags = Recorded.Tags(await Clips.GetAsync("plain"));
        await using var encoder = await Encoder.ConnectAsync(_host.Url("live"));
        await encoder.PublishAsync("chosen");
        await encoder.CallAsync("startRecording", "chosen", new AmfObject
        {
            { "winQtCompat", true }, { "indexAtFront", true }, { "expectedDuration", "00:01:00" }, { "versioning", "parts" },
            { "labels", new AmfObject { { "room", "3" } } },
        });
        await encoder.SendAsync(tags);
        await encoder.CallAsync("labelRecording", "chosen", new AmfObject { { "speaker", "Ada" } });
        await encoder.CallAsync("stopRecording", "chosen");
        var file = _home.Content("live/chosen_part0000.mp4");
        ShouldBeCompatible(file);
        Boxes(file).TakeWhile(b => b != "mdat").ShouldContain("moov");
        await Probe.ShouldDecodeSilentlyAsync(file);
    }

    [Theory]
    [InlineData("ordinary")]
    [InlineData("faststart", "-movflags", "+faststart")]
    [InlineData("fragmented", "-movflags", "+frag_keyframe+empty_moov+default_base_moof")]
    public async Task A_file_of_another_program_is_gone_on_with(string name, params string[] options)
    {
        var file = _home.Content($"append/{name}.mp4");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var clip = await Clips.GetAsync("plain");
        await ChildProcess.SucceedAsync("ffmpeg", ["-nostdin", "-v", "error", "-i", clip, "-c", "copy", .. options, file]);
        await Ffmpeg.PublishFastAsync(clip, _host.Url($"append/{name}"));
        await Wait.UntilAsync(() => Recorded.IsFinished(file) && Recorded.Length(file) > Clips.Seconds * 1500, () => $"{file} is finished and longer: {_host.LogText}");
        (await Probe.DurationAsync(file)).ShouldBe(2 * Clips.Seconds, 0.3);
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(file);
        var source = Recorded.Packets(clip);
        Recorded.Packets(file).Where(p => p.IsVideo).Select(p => p.Hash).ShouldBe([.. Hashes(source), .. Hashes(source)]);
    }

    [Fact]
    public async Task A_file_that_cannot_be_gone_on_with_is_refused_and_stays()
    {
        _home.Write("content/live/broken.mp4", "no film at all");
        await using var encoder = await Encoder.ConnectAsync(_host.Url("live"));
        await encoder.PublishAsync("broken");
        var refused = await Should.ThrowAsync<RtmpCallException>(() => encoder.CallAsync("startRecording", "broken", new AmfObject { { "append", true } }));
        refused.Message.ShouldContain("cannot be appended to");
        (await File.ReadAllTextAsync(_home.Content("live/broken.mp4"))).ShouldBe("no film at all");
    }

    private static IEnumerable<string> Hashes(IEnumerable<Packet> packets) => packets.Where(p => p.IsVideo).Select(p => p.Hash);

    private static void ShouldBeCompatible(string file)
    {
        Boxes(file).ShouldNotContain("moof");
        var bytes = File.ReadAllBytes(file);
        bytes.AsSpan().IndexOf("stco"u8).ShouldBePositive();
        bytes.AsSpan().LastIndexOf("co64"u8).ShouldBe(-1);
        BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(bytes.AsSpan().IndexOf("mdat"u8) - 4)).ShouldBeGreaterThan(1u);
        foreach (var box in (string[])["mvhd", "tkhd", "mdhd"])
            bytes[bytes.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(box)) + 4].ShouldBe((byte)0, box);
    }

    /// <summary>Types of the boxes of a file, the topmost only.</summary>
    private static string[] Boxes(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var types = new List<string>();
        for (long at = 0; at < bytes.Length;)
        {
            long size = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan((int)at));
            types.Add(Encoding.ASCII.GetString(bytes, (int)at + 4, 4));
            at += size == 1 ? BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan((int)at + 8)) : size;
        }

        return [.. types];
    }

    private string Kinds(string recorded) => string.Join(' ', Recorded.Packets(_home.Content(recorded)).Select(p => p.Track).Distinct().Order());

    private async Task<string> PublishAsync(string published, string recorded, string clip, int files = 0)
    {
        await Ffmpeg.PublishFastAsync(await Clips.GetAsync(clip), _host.Url(published));
        var file = _home.Content(recorded);
        await Wait.UntilAsync(
            () => Recorded.IsFinished(file) && (files == 0 || _home.Recordings().Count(f => Path.GetDirectoryName(f) == Path.GetDirectoryName(recorded)) == files),
            () => $"{file} is finished: {string.Join(' ', _home.Recordings())}\n{_host.LogText}");
        await Probe.ShouldPassInspectionAsync(file);
        await Probe.ShouldDecodeSilentlyAsync(file);
        return file;
    }
}
