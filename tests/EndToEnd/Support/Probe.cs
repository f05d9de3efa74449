using System.Globalization;
using System.Text.Json;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Independent judges of a file: ffprobe, ffmpeg as a decoder, mediainfo; and our own <c>tapedeck inspect</c>.</summary>
internal static class Probe
{
    /// <summary>All packets of picture and sound of a file or address, with the MD5 of their payload.</summary>
    public static async Task<List<Packet>> PacketsAsync(string file)
    {
        var text = await ChildProcess.SucceedAsync(
            "ffprobe", "-v", "error", "-show_packets", "-show_data_hash", "MD5", "-show_entries", "packet=codec_type,pts_time,dts_time,size,flags,data_hash", "-of", "json", file);
        using var json = JsonDocument.Parse(text);
        return [.. json.RootElement.GetProperty("packets").EnumerateArray()
            .Where(packet => packet.GetProperty("codec_type").GetString() is "video" or "audio").Select(ToPacket)];
    }

    /// <summary>One property of one stream, for example codec_name of v:0.</summary>
    public static async Task<string> StreamAsync(string file, string stream, string property) =>
        (await ChildProcess.SucceedAsync("ffprobe", "-v", "error", "-select_streams", stream, "-show_entries", $"stream={property}", "-of", "csv=p=0", file)).Trim();

    /// <summary>Seconds that the file plays, as its header says.</summary>
    public static async Task<double> DurationAsync(string file) =>
        double.Parse(
            (await ChildProcess.SucceedAsync("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file)).Trim(), CultureInfo.InvariantCulture);

    /// <summary>Decodes everything; a decoder with something to say is a failure.</summary>
    public static async Task ShouldDecodeSilentlyAsync(string file)
    {
        // Times as in the file: where a file has a gap, ffmpeg's guess of the frame rate rounds two pictures to one time.
        await using var decoder = await ChildProcess.RunAsync(
            "ffmpeg", "-nostdin", "-v", "error", "-i", file, "-map", "0:v?", "-map", "0:a?", "-fps_mode", "passthrough", "-enc_time_base:v", "-1", "-f", "null", "-");
        decoder.Errors.ShouldBeEmpty($"ffmpeg decodes {file}");
        decoder.ExitCode.ShouldBe(0);
    }

    /// <summary>Finished and sound for our own reader.</summary>
    public static async Task ShouldPassInspectionAsync(string file)
    {
        await using var inspect = await HostProcess.CommandAsync("inspect", file);
        inspect.ExitCode.ShouldBe(0, inspect.Text);
    }

    /// <summary>What mediainfo says of the file as a whole and of its tracks, one object each.</summary>
    public static async Task<List<JsonElement>> MediaInfoAsync(string file)
    {
        var text = await ChildProcess.SucceedAsync("mediainfo", "--Output=JSON", file);
        using var json = JsonDocument.Parse(text);
        return [.. json.RootElement.GetProperty("media").GetProperty("track").EnumerateArray().Select(t => t.Clone())];
    }

    /// <summary>MD5 of all payloads of the sound together, however a container cuts them.</summary>
    public static async Task<string> AudioBytesAsync(string file) =>
        (await ChildProcess.SucceedAsync("ffmpeg", "-nostdin", "-v", "error", "-i", file, "-map", "0:a", "-c", "copy", "-f", "md5", "-")).Trim();

    private static Packet ToPacket(JsonElement packet)
    {
        var dts = Milliseconds(packet, "dts_time") ?? Milliseconds(packet, "pts_time") ?? 0;
        return new Packet(
            packet.GetProperty("codec_type").GetString()!,
            Milliseconds(packet, "pts_time") ?? dts,
            dts,
            packet.GetProperty("flags").GetString()!.StartsWith('K'),
            int.Parse(packet.GetProperty("size").GetString()!, CultureInfo.InvariantCulture),
            packet.GetProperty("data_hash").GetString()!);
    }

    private static double? Milliseconds(JsonElement packet, string name) =>
        packet.TryGetProperty(name, out var text) ? double.Parse(text.GetString()!, CultureInfo.InvariantCulture) * 1000 : null;
}
