using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Tapedeck.HookScript.Protocol;
using Tapedeck.Steps;

namespace Tapedeck.HookScript;

/// <summary>A worker process as the host sees it. One exchange at a time.</summary>
internal sealed partial class ScriptWorker : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);
    private const int Terminated = 128 + 15; // by SIGTERM, which the runtime makes an exit
    private readonly Process _process;
    private readonly MessageStream _channel;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly WorkerErrors _errors = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal); // content of the last good version that it has, by path
    private readonly Task _listening;
    private readonly Task _reading;
    private volatile Exchange? _exchange;
    private volatile string? _killedFor;
    private volatile bool _isExiting;
    private int _exitCode;
    private int _isDead;

    private ScriptWorker(Process process, TimeProvider time, ILogger logger)
    {
        _process = process;
        _time = time;
        _logger = logger;
        _channel = new MessageStream(process.StandardOutput.BaseStream, process.StandardInput.BaseStream);
        _reading = Task.Run(ReadErrorsAsync);
        _listening = Task.Run(ListenAsync);
    }

    /// <summary>What it was asked, and what comes of it.</summary>
    private sealed class Exchange(ScriptPlace script, LastGoodScripts versions, StepCall? step, CancellationToken cancellationToken) : IDisposable
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        public ScriptPlace Script { get; } = script;

        public string Name { get; } = Path.GetFileName(script.Path);

        public LastGoodScripts Versions { get; } = versions;

        public StepCall? Step { get; } = step;

        public CancellationToken Cancellation => _stop.Token;

        /// <summary>What is being done for the script.</summary>
        public ConcurrentQueue<Task> Answers { get; } = new();

        public TaskCompletionSource<EndedMessage> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Lines { get; set; }

        /// <summary>The script is gone: what is being done for it is of no use.</summary>
        public Task StopAsync() => _stop.CancelAsync();

        public void Dispose() => _stop.Dispose();
    }

    public int Id => _process.Id;

    public bool IsAlive => Volatile.Read(ref _isDead) == 0 && _killedFor is null;

    /// <summary>When it was used last, as <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long LastUse { get; set; }

    /// <summary>When its memory was looked at last between two runs, in the same measure.</summary>
    public long LastLook { get; set; }

    /// <exception cref="WorkerException">It does not start.</exception>
    public static async Task<ScriptWorker> StartAsync(WorkerProgram program, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var process = new Process { StartInfo = program.StartInfo() };
        try
        {
            process.Start();
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            process.Dispose();
            throw new WorkerException($"{process.StartInfo.FileName} cannot be started: {e.Message}", e);
        }

        var worker = new ScriptWorker(process, time, logger);
        try
        {
            await worker._ready.Task.WaitAsync(StartLimit, time, cancellationToken);
            return worker;
        }
        catch (Exception e)
        {
            worker.Kill("it did not answer");
            await worker.DisposeAsync();
            if (e is TimeoutException)
                throw new WorkerException($"a worker process did not answer within {StartLimit.TotalSeconds} s; is the machine overloaded?", e);
            throw;
        }
    }

    /// <summary>Resident memory of the process in bytes; 0 when it has ended.</summary>
    public long MemoryBytes()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // Size and resident size in pages. Process reads much more than this one file.
                var fields = File.ReadAllText($"/proc/{_process.Id}/statm").Split(' ');
                return long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            }

            _process.Refresh();
            return _process.WorkingSet64;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Has it run a script; its questions go to the step.</summary>
    /// <exception cref="WorkerException">It died; the message says of what.</exception>
    public Task<EndedMessage> RunAsync(ScriptPlace script, LastGoodScripts versions, StepCall step, CancellationToken cancellationToken) =>
        ExchangeAsync(StepMessages.Run(script, Unknown(script, versions), step), new Exchange(script, versions, step, cancellationToken));

    /// <summary>Has it load, and if need be compile, a script.</summary>
    /// <exception cref="WorkerException">It died; the message says of what.</exception>
    public Task<EndedMessage> PrepareAsync(ScriptPlace script, LastGoodScripts versions, CancellationToken cancellationToken) =>
        ExchangeAsync(new PrepareMessage(script, Unknown(script, versions)), new Exchange(script, versions, null, cancellationToken));

    /// <summary>Signals the script's token.</summary>
    public async Task CancelAsync()
    {
        try
        {
            await _channel.SendAsync(new CancelMessage(), CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has died, which its listener tells.
        }
    }

    /// <summary>Ends it with all that it started.</summary>
    /// <param name="reason">What the step is told.</param>
    public void Kill(string reason)
    {
        _killedFor ??= reason;
        ProcessEnd.Kill(_process, leadsGroup: true);
    }

    public async ValueTask DisposeAsync()
    {
        Kill("the host has no more work for it");
        await Task.WhenAll(_listening, _reading).WaitAsync(EndLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _channel.Dispose();
        _process.Dispose();
    }

    /// <summary>The last good version where the worker does not have it already.</summary>
    private ScriptImage? Unknown(ScriptPlace script, LastGoodScripts versions)
    {
        if (versions.Find(script) is not { } image || _known.GetValueOrDefault(script.Path) == image.Content)
            return null;
        _known[script.Path] = image.Content;
        return image;
    }

    private async Task<EndedMessage> ExchangeAsync(Message message, Exchange exchange)
    {
        using var _ = exchange;
        _errors.Clear();
        _exchange = exchange;
        // The listener first says that it is dead and then looks for an exchange: one of us sees the other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isDead) != 0)
            throw new WorkerException(Death());
        try
        {
            try
            {
                await _channel.SendAsync(message, exchange.Cancellation);
            }
            catch (IOException)
            {
                // It has died; the listener says of what.
            }

            return await exchange.Ended.Task;
        }
        catch
        {
            await exchange.StopAsync();
            throw;
        }
        finally
        {
            _exchange = null;
            // The step's call is void once this returns.
            await Task.WhenAll(exchange.Answers);
        }
    }

    private async Task ListenAsync()
    {
        try
        {
            while (await _channel.ReadAsync(CancellationToken.None) is { } message)
                Receive(message);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            _killedFor ??= $"its messages cannot be read ({e.Message})";
        }

        try
        {
            // It ends by itself now. One that goes on is of no use, and neither is what a script started and left behind.
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(1), _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ProcessEnd.Kill(_process, leadsGroup: true);
            await _process.WaitForExitAsync(CancellationToken.None);
            _exitCode = _process.ExitCode;
            await _reading.WaitAsync(EndLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (InvalidOperationException)
        {
            // Disposed of meanwhile.
        }

        Interlocked.Exchange(ref _isDead, 1);
        var death = new WorkerException(Death());
        _ready.TrySetException(death);
        _exchange?.Ended.TrySetException(death);
    }

    private void Receive(Message message)
    {
        var exchange = _exchange;
        switch (message)
        {
            case ReadyMessage:
                _ready.TrySetResult();
                break;
            case LogMessage line:
                Log(line, exchange);
                break;
            case CompiledMessage compiled when exchange is not null:
                _known[exchange.Script.Path] = compiled.Image.Content;
                exchange.Versions.Compiled(exchange.Script, compiled.Image);
                break;
            case BrokenMessage broken when exchange is not null:
                exchange.Versions.Broken(exchange.Script, broken);
                break;
            // What a script left running asks for after its end is not answered: the step is over.
            case AskMessage ask when exchange is { Step: not null, Ended.Task.IsCompleted: false }:
                exchange.Answers.Enqueue(AnswerAsync(ask, exchange.Step, exchange.Cancellation));
                break;
            case ExitingMessage:
                _isExiting = true;
                break;
            case EndedMessage ended:
                exchange?.Ended.TrySetResult(ended);
                break;
        }
    }

    private async Task AnswerAsync(AskMessage ask, StepCall step, CancellationToken cancellationToken)
    {
        try
        {
            await _channel.SendAsync(await StepMessages.AnswerAsync(ask, step, cancellationToken), CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody waits for the answer any more.
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            if (line.Length > 0 && _errors.Add(line))
                LogLine(_logger, LogLevel.Warning, _exchange?.Name ?? "script worker", line);
        }
    }

    private void Log(LogMessage line, Exchange? exchange)
    {
        const int MostLines = 1000;
        var level = line.Level switch
        {
            LineLevel.Debug => LogLevel.Debug,
            LineLevel.Information => LogLevel.Information,
            LineLevel.Warning => LogLevel.Warning,
            _ => LogLevel.Error,
        };
        if (exchange is null || ++exchange.Lines < MostLines)
            LogLine(_logger, level, exchange?.Name ?? "script worker", line.Text);
        else if (exchange.Lines == MostLines)
            LogLine(_logger, LogLevel.Warning, exchange.Name, $"has written {MostLines} lines; what this run writes further is left out");
    }

    private string Death()
    {
        if (_killedFor is { } reason)
            return reason;
        if (_isExiting && _exitCode != Terminated)
            return $"it ended its own process (Environment.Exit, exit code {_exitCode}); a script ends by 'return'";
        return _errors.Reason() ?? ProcessEnd.Describe(_exitCode);
    }

    [LoggerMessage(Message = "{Script}: {Line}")]
    private static partial void LogLine(ILogger logger, LogLevel level, string script, string line);
}
