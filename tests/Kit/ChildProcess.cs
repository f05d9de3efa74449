using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tapedeck.Kit;

/// <summary>A program that was started, with everything it printed. Ended by its process id on dispose.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int Sigterm = 15;

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    private ChildProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, e) => Keep(_output, e.Data);
        process.ErrorDataReceived += (_, e) => Keep(_errors, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public IReadOnlyList<string> Output => Copy(_output);

    public IReadOnlyList<string> Errors => Copy(_errors);

    public bool HasExited => _process.HasExited;

    /// <summary>Both outputs, for messages.</summary>
    public string Text => string.Join('\n', Output.Concat(Errors));

    private string Command => $"{Path.GetFileName(_process.StartInfo.FileName)} {string.Join(' ', _process.StartInfo.ArgumentList)}";

    /// <summary>Starts it; a program that is not there is a failure that says what to do.</summary>
    public static ChildProcess Start(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return new ChildProcess(process);
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"The program '{program}' is missing ({e.Message}). These tests need it; ./test.sh installs everything they need.", e);
        }
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<ChildProcess> RunAsync(string program, params IEnumerable<string> arguments)
    {
        var process = Start(program, arguments);
        await process.ExitAsync();
        return process;
    }

    /// <summary>Runs it to its end, which must be exit code 0, and returns its standard output.</summary>
    public static async Task<string> SucceedAsync(string program, params IEnumerable<string> arguments)
    {
        await using var process = await RunAsync(program, arguments);
        await process.SucceedAsync();
        return string.Join('\n', process.Output);
    }

    public int ExitCode => _process.ExitCode;

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitAsync()
    {
        using var deadline = new CancellationTokenSource(Wait.Patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Still running after {Wait.Patience.TotalSeconds:0} s: {Command}\n{Text}");
        }
    }

    /// <summary>Waits for its end, which must be exit code 0.</summary>
    public async Task SucceedAsync()
    {
        if (await ExitAsync() is not 0 and var code)
            throw new InvalidOperationException($"It ended with {code}: {Command}\n{Text}");
    }

    /// <summary>The first line of standard output that fits; fails when the program ends without one.</summary>
    public Task<string> OutputLineAsync(Func<string, bool> fits, string what) => LineAsync(_output, fits, what);

    /// <summary>The same for standard error.</summary>
    public Task<string> ErrorLineAsync(Func<string, bool> fits, string what) => LineAsync(_errors, fits, what);

    /// <summary>SIGTERM.</summary>
    public void Terminate()
    {
        if (SendSignal(_process.Id, Sigterm) != 0)
            throw new InvalidOperationException($"It had ended before SIGTERM: {Command}\n{Text}");
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<string> LineAsync(List<string> lines, Func<string, bool> fits, string what)
    {
        string? found = null;
        await Wait.UntilAsync(
            () =>
            {
                var ended = HasExited;
                found = Copy(lines).FirstOrDefault(fits);
                if (found is null && ended)
                {
                    _process.WaitForExit(); // until its last output was read
                    found = Copy(lines).FirstOrDefault(fits) ?? throw new InvalidOperationException($"It ended without {what}: {Command}\n{Text}");
                }

                return found is not null;
            },
            () => $"{what}, from {Command}\n{Text}");
        return found!;
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
