namespace Tapedeck.EndToEnd.Tests;

/// <summary>Every clip is published by ffmpeg in real time, all at once, each to a stream of its own.</summary>
public sealed class FfmpegRecordings : IAsyncLifetime
{
    internal static readonly string[] Names = ["bframes", "plain", "mono48", "lateaudio", "latevideo", "latestaudio", "latestvideo", "audio", "audio48", "video", "mp3", "alaw", "mulaw"];

    internal HostProcess Host { get; private set; } = null!;

    internal string Recording(string name) => Host.Home.Content($"liverec/{name}.mp4");

    public async Task InitializeAsync()
    {
        foreach (var name in Names)
            await Clips.GetAsync(name);
        Host = await HostProcess.StartAsync();
        var encoders = new List<ChildProcess>();
        foreach (var name in Names)
            encoders.Add(Ffmpeg.Publish(await Clips.GetAsync(name), Host.Url($"liverec/{name}")));
        // Timestamps beyond the 24 bits of a chunk header: 5 h 33 min.
        encoders.Add(Ffmpeg.Publish(await Clips.GetAsync("bframes"), Host.Url("liverec/extended"), "-output_ts_offset", "20000"));
        encoders.Add(Ffmpeg.Publish(await Clips.GetAsync("bframes"), Host.Url("liverec/crossing"), "-output_ts_offset", "16775"));
        foreach (var encoder in encoders)
        {
            await encoder.SucceedAsync();
            await encoder.DisposeAsync();
        }

        foreach (var name in Names.Append("extended").Append("crossing"))
            await Recorded.FinishedAsync(Recording(name));
    }

    public async Task DisposeAsync() => await Host.DisposeAsync();
}

public sealed class FfmpegRecordingTests(FfmpegRecordings recordings) : IClassFixture<FfmpegRecordings>
{
    public static TheoryData<string, string> Recordings => new()
    {
        { "bframes", "bframes" },
        { "plain", "plain" },
        { "mono48", "mono48" },
        { "lateaudio", "lateaudio" },
        { "latevideo", "latevideo" },
        { "latestaudio", "latestaudio" },
        { "latestvideo", "latestvideo" },
        { "audio", "audio" },
        { "audio48", "audio48" },
        { "video", "video" },
        { "mp3", "mp3" },
        { "extended", "bframes" },
        { "crossing", "bframes" },
    };

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task Every_packet_is_recorded_as_it_was_sent_with_its_times(string recording, string clip)
    {
        var source = await Probe.PacketsAsync(await Clips.GetAsync(clip));
        var recorded = await Probe.PacketsAsync(recordings.Recording(recording));
        recorded.ShouldBeRecordingOf(source, recording);
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task A_recording_is_finished_and_decodes_without_a_message(string recording, string clip)
    {
        await Clips.GetAsync(clip);
        await Probe.ShouldDecodeSilentlyAsync(recordings.Recording(recording));
        await Probe.ShouldPassInspectionAsync(recordings.Recording(recording));
    }

    [Theory]
    [InlineData("alaw", "pcm_alaw")]
    [InlineData("mulaw", "pcm_mulaw")]
    public async Task G711_is_recorded_byte_by_byte(string name, string codec)
    {
        var file = recordings.Recording(name);
        (await Probe.StreamAsync(file, "a:0", "codec_name")).ShouldBe(codec);
        (await Probe.AudioBytesAsync(file)).ShouldBe(await Probe.AudioBytesAsync(await Clips.GetAsync(name)));
        await Probe.ShouldDecodeSilentlyAsync(file);
        await Probe.ShouldPassInspectionAsync(file);
        (await Probe.DurationAsync(file)).ShouldBe(Clips.Seconds, 0.05);
    }

    [Fact]
    public async Task Mediainfo_finds_an_ordinary_MP4_with_both_tracks()
    {
        var tracks = await Probe.MediaInfoAsync(recordings.Recording("bframes"));
        string Of(int track, string property) => tracks[track].GetProperty(property).GetString()!;
        Of(0, "Format").ShouldBe("MPEG-4");
        Of(0, "VideoCount").ShouldBe("1");
        Of(0, "AudioCount").ShouldBe("1");
        tracks[0].TryGetProperty("IsTruncated", out _).ShouldBeFalse();
        tracks.Single(t => t.GetProperty("@type").GetString() == "Video").GetProperty("Format").GetString().ShouldBe("AVC");
        tracks.Single(t => t.GetProperty("@type").GetString() == "Audio").GetProperty("Format").GetString().ShouldBe("AAC");
        double.Parse(Of(0, "Duration"), System.Globalization.CultureInfo.InvariantCulture).ShouldBe(Clips.Seconds, 0.15);
    }

    [Fact]
    public void Nothing_but_the_recordings_lies_in_the_content_folder() =>
        recordings.Host.Home.Recordings().ShouldBe(
            FfmpegRecordings.Names.Concat(["extended", "crossing"]).Select(n => $"liverec/{n}.mp4"), ignoreOrder: true);

    [Fact]
    public void The_host_had_nothing_to_complain_about() =>
        recordings.Host.Log.Where(l => l.Contains(" WRN ", StringComparison.Ordinal) || l.Contains(" ERR ", StringComparison.Ordinal)).ShouldBeEmpty();
}
