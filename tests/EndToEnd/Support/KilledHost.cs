namespace Tapedeck.EndToEnd.Tests;

/// <summary>A home as a host leaves it that was killed while it recorded in each of several formats.</summary>
internal static class KilledHost
{
    /// <summary>Name of the stream of each format; its application has the format's name.</summary>
    public const string Stream = "cut";

    /// <summary>The file of a format.</summary>
    public static string File(TestHome home, string format) => home.Content($"{format}/{Stream}.{(format == "fmp4" ? "mp4" : format)}");

    /// <summary>Records one stream in each format, in real time, and kills the host in the middle.</summary>
    public static async Task LeaveAsync(TestHome home, params string[] formats)
    {
        foreach (var format in formats)
            home.Write($"applications/{format}/Application.yaml", $"streamType: live-record\nrecordingFormat: {format}\n");
        await using var host = await HostProcess.StartOnAsync(home);
        var tags = Recorded.Tags(await Clips.GetAsync("bframes"));
        using var stop = new CancellationTokenSource();
        var encoders = new List<Encoder>();
        var sending = new List<Task>();
        foreach (var format in formats)
        {
            var encoder = await Encoder.ConnectAsync(host.Url(format));
            await encoder.PublishAsync(Stream);
            encoders.Add(encoder);
            sending.Add(encoder.SendAsync(tags, inRealTime: true, stop.Token));
        }

        // Looking at a file that grows may find it between two writes: only its length counts here.
        await Wait.UntilAsync(() => encoders.All(e => e.Sent >= 3000) && formats.All(f => new FileInfo(File(home, f)) is { Exists: true, Length: > 0 }), "all formats record");
        await host.KillAsync();
        await stop.CancelAsync();
        await Task.WhenAll(sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext); // the connection is gone, or all was sent
        foreach (var encoder in encoders)
            await encoder.DisposeAsync();
    }
}
