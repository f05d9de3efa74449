using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Tapedeck.Scripts;

/// <summary>Runs ffmpeg or ffprobe with a list of arguments, never through a shell. The program and what it starts are killed when the script is cancelled.</summary>
public sealed class MediaTool
{
    private const int OutputLimit = 4 * 1024 * 1024;
    private const int TailLimit = 2000;
    private readonly string _program;
    private readonly string[] _always;
    private readonly CancellationToken _cancellation;

    internal MediaTool(string program, string[] always, CancellationToken cancellation)
    {
        _program = program;
        _always = always;
        _cancellation = cancellation;
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">One by one, as the program is to see them. A file that exists is replaced only with <c>-y</c>, and steps may run twice.</param>
    /// <returns>What it wrote to its output, at most 4 MiB.</returns>
    /// <exception cref="ScriptException">It is not installed, or ended with an error; the message has the end of what it said.</exception>
    public Task<string> Run(params IEnumerable<string> arguments) => RunAsync([.. _always, .. arguments], null);

    /// <summary>Runs ffmpeg and tells how far it has come, about twice a second.</summary>
    /// <param name="progress">Told the time of the output so far.</param>
    /// <param name="arguments">As for the other form.</param>
    /// <exception cref="ScriptException">As for the other form.</exception>
    public Task Run(Action<TimeSpan> progress, params IEnumerable<string> arguments) =>
        RunAsync([.. _always, "-progress", "pipe:1", "-nostats", .. arguments], progress);

    /// <summary>What ffprobe tells about a file: <c>format</c> and <c>streams</c>.</summary>
    /// <exception cref="ScriptException">As for <see cref="Run(IEnumerable{string})"/>.</exception>
    public async Task<JsonElement> Read(string path)
    {
        using var document = JsonDocument.Parse(await Run("-v", "error", "-show_format", "-show_streams", "-of", "json", path));
        return document.RootElement.Clone();
    }

    private async Task<string> RunAsync(string[] arguments, Action<TimeSpan>? progress)
    {
        _cancellation.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo(_program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new ScriptException($"{_program} cannot be started ({e.Message}); install it where the host's PATH finds it");
        }

        process.StandardInput.Close();
        await using var kill = _cancellation.Register(() => Kill(process));
        var output = progress is null ? KeepAsync(process.StandardOutput) : FollowAsync(process.StandardOutput, progress);
        var error = TailAsync(process.StandardError);
        await process.WaitForExitAsync(CancellationToken.None);
        var said = await error;
        var written = await output;
        _cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == 0 ? written : throw new ScriptException($"{_program} ended with {process.ExitCode}: {said}");
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended already.
        }
    }

    private static async Task<string> KeepAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        var buffer = new char[8192];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            if (text.Length < OutputLimit)
                text.Append(buffer, 0, Math.Min(count, OutputLimit - text.Length));
        }

        return text.ToString();
    }

    private static async Task<string> FollowAsync(StreamReader reader, Action<TimeSpan> progress)
    {
        const string Time = "out_time_us=";
        while (await reader.ReadLineAsync() is { } line)
        {
            // "N/A" until the first frame.
            if (line.StartsWith(Time, StringComparison.Ordinal) && long.TryParse(line.AsSpan(Time.Length), CultureInfo.InvariantCulture, out var microseconds))
                progress(TimeSpan.FromMicroseconds(microseconds));
        }

        return "";
    }

    private static async Task<string> TailAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            text.Append(buffer, 0, count);
            if (text.Length > 2 * TailLimit)
                text.Remove(0, text.Length - TailLimit);
        }

        var said = text.ToString().Trim();
        return said.Length > TailLimit ? "…" + said[^TailLimit..] : said.Length == 0 ? "it said nothing" : said;
    }
}
