namespace Tapedeck.EndToEnd.Tests;

/// <summary>ffmpeg as an encoder that publishes a clip.</summary>
internal static class Ffmpeg
{
    /// <summary>Publishes in real time.</summary>
    public static ChildProcess Publish(string clip, string url, params string[] options) =>
        ChildProcess.Start("ffmpeg", ["-nostdin", "-v", "error", "-re", "-i", clip, "-c", "copy", .. options, "-f", "flv", url]);

    /// <summary>Publishes in real time, again and again.</summary>
    public static ChildProcess PublishForever(string clip, string url) =>
        ChildProcess.Start("ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", clip, "-c", "copy", "-f", "flv", url);

    /// <summary>
    /// Publishes eight times as fast as real time; ends when all is sent. Not as fast as it can: ffmpeg goes without reading what the server said last, and the
    /// reset that follows takes along whatever still waits in its own socket.
    /// </summary>
    public static async Task PublishFastAsync(string clip, string url)
    {
        await using var encoder = ChildProcess.Start("ffmpeg", "-nostdin", "-v", "error", "-readrate", "8", "-i", clip, "-c", "copy", "-f", "flv", url);
        await encoder.SucceedAsync();
    }
}
