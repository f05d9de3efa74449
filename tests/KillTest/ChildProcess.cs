using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tapedeck.KillTest;

/// <summary>A program that was started here, with the lines it wrote.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int Sigterm = 15;
    private const int Sigkill = 9;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    private ChildProcess(Process process) => _process = process;

    public string[] Output => Copy(_output);

    public string[] Errors => Copy(_errors);

    public static ChildProcess Start(string program, params IEnumerable<string> arguments)
    {
        var child = new ChildProcess(new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true },
        });
        child._process.OutputDataReceived += (_, e) => Keep(child._output, e.Data);
        child._process.ErrorDataReceived += (_, e) => Keep(child._errors, e.Data);
        child._process.Start();
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string[] Output, string[] Errors)> RunAsync(string program, params IEnumerable<string> arguments)
    {
        using var child = Start(program, arguments);
        var code = await child.ExitAsync();
        return (code, child.Output, child.Errors);
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits for a line of standard output or standard error with a text in it.</summary>
    public async Task<string> LineAsync(string part)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var ended = _process.HasExited;
            if (Array.Find([.. Output, .. Errors], line => line.Contains(part, StringComparison.Ordinal)) is { } found)
                return found;
            if (ended || Stopwatch.GetElapsedTime(since) > Patience)
                throw new InvalidOperationException($"No line with '{part}' from {_process.StartInfo.FileName}:\n{string.Join('\n', Errors)}");
            await Task.Delay(20);
        }
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate() => _ = SendSignal(_process.Id, Sigterm);

    /// <summary>SIGKILL.</summary>
    public void Kill() => _ = SendSignal(_process.Id, Sigkill);

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private static void Keep(List<string> lines, string? line)
    {
        if (line is null)
            return;
        lock (lines)
            lines.Add(line);
    }

    private static string[] Copy(List<string> lines)
    {
        lock (lines)
            return [.. lines];
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
