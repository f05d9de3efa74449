using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Tapedeck.Steps;

namespace Tapedeck.HookScript;

/// <summary>Carries out steps of the kind <c>shell</c>: a program gets the stream's name and the file's path as its two arguments, the rest in its environment.</summary>
internal sealed partial class ShellSteps(HookScriptOptions options, IReadOnlyDictionary<string, string> environment, string workingFolder, TimeProvider time, ILogger logger)
{
    private const int TailLength = 2000;

    /// <summary>How long a program's children may keep its output open after it has ended.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public async ValueTask<StepResult> RunAsync(string program, StepCall step, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = StartInfo(program, step) };
        try
        {
            process.Start();
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return StepResult.Retry($"{program} cannot be started: {e.Message}; is it there, executable, and does its first line name its interpreter?");
        }

        LowerPriority(process);
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var tail = new Tail();
        var reading = Task.WhenAll(tail.ReadAsync(process.StandardOutput), tail.ReadAsync(process.StandardError));
        await process.WaitForExitAsync(stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!process.HasExited)
        {
            ProcessEnd.Kill(process, leadsGroup: false);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            return StepResult.Retry($"{program} was still running after {options.Timeout} (property hookScriptTimeout) and was killed. {tail}");
        }

        await reading.WaitAsync(Grace, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (process.ExitCode != 0)
            return StepResult.Retry($"{program}: {ProcessEnd.Describe(process.ExitCode)}. {tail}");
        if (tail.HasText)
            LogSaid(logger, program, tail.ToString());
        return StepResult.Done();
    }

    private ProcessStartInfo StartInfo(string program, StepCall step)
    {
        var start = new ProcessStartInfo(program, [step.Recording.Stream, step.File?.Path ?? ""])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment.Concat(Facts(step)))
            start.Environment[name] = value;
        return start;
    }

    private static IEnumerable<KeyValuePair<string, string>> Facts(StepCall step)
    {
        yield return new("TAPEDECK_STEP_ID", step.Id.ToString());
        yield return new("TAPEDECK_EVENT", step.Definition.On.ToString());
        yield return new("TAPEDECK_ATTEMPT", step.Attempt.ToString(CultureInfo.InvariantCulture));
        yield return new("TAPEDECK_RECORDING_ID", step.Recording.Id.ToString());
        yield return new("TAPEDECK_APPLICATION", step.Recording.Application);
        yield return new("TAPEDECK_INSTANCE", step.Recording.Instance);
        yield return new("TAPEDECK_STREAM", step.Recording.Stream);
        yield return new("TAPEDECK_LABELS", JsonSerializer.Serialize(step.Recording.Labels));
        if (step.Recording.StartedAt is { } started)
            yield return new("TAPEDECK_RECORDING_STARTED_AT", Time(started));
        if (step.Recording.EndedAt is { } ended)
            yield return new("TAPEDECK_RECORDING_ENDED_AT", Time(ended));
        if (step.Recording.EndReason is { } reason)
            yield return new("TAPEDECK_END_REASON", reason.ToString());
        if (step.Cause is { } cause)
        {
            yield return new("TAPEDECK_CAUSE", cause.Kind);
            yield return new("TAPEDECK_CAUSE_DETAIL", cause.Detail ?? "");
        }

        if (step.File is not { } file)
            yield break;
        yield return new("TAPEDECK_FILE", file.Path);
        yield return new("TAPEDECK_FILE_FORMAT", file.Format);
        yield return new("TAPEDECK_FILE_BYTES", file.Bytes.ToString(CultureInfo.InvariantCulture));
        yield return new("TAPEDECK_FILE_SECONDS", file.Duration.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture));
        yield return new("TAPEDECK_FILE_STARTED_AT", Time(file.StartedAt));
        yield return new("TAPEDECK_FILE_SEQUENCE", file.Sequence.ToString(CultureInfo.InvariantCulture));
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>Live streams come first.</summary>
    private static void LowerPriority(Process process)
    {
        try
        {
            process.PriorityClass = ProcessPriorityClass.BelowNormal;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>The end of what a program said.</summary>
    private sealed class Tail
    {
        private readonly StringBuilder _text = new();

        public bool HasText
        {
            get
            {
                lock (_text)
                    return _text.Length > 0;
            }
        }

        public async Task ReadAsync(StreamReader reader)
        {
            var buffer = new char[1024];
            int count;
            while ((count = await reader.ReadAsync(buffer)) > 0)
            {
                lock (_text)
                {
                    _text.Append(buffer, 0, count);
                    if (_text.Length > 2 * TailLength)
                        _text.Remove(0, _text.Length - TailLength);
                }
            }
        }

        public override string ToString()
        {
            lock (_text)
            {
                var text = _text.ToString().Trim();
                return text.Length == 0 ? "It said nothing." : "It said: " + (text.Length > TailLength ? "…" + text[^TailLength..] : text);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "{Program}: {Said}")]
    private static partial void LogSaid(ILogger logger, string program, string said);
}
