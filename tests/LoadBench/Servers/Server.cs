using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Tapedeck.LoadBench;

/// <summary>A server that is measured: its process, where it listens and where its files come to lie.</summary>
internal sealed class Server : IDisposable
{
    private const int Sigterm = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly TextWriter _log;
    private readonly PosixSignalRegistration _terminate;
    private readonly List<string> _output = [];

    /// <param name="start">Its command; what it says goes into output.log in its working directory.</param>
    /// <param name="application">Null for a sink, which understands nothing.</param>
    public Server(ProcessStartInfo start, int port, string? application, string files)
    {
        Port = port;
        Application = application;
        Files = files;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        LogFile = Path.Combine(start.WorkingDirectory, "output.log");
        _log = TextWriter.Synchronized(new StreamWriter(LogFile) { AutoFlush = true });
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        _process.OutputDataReceived += (_, e) => Hear(e.Data);
        _process.ErrorDataReceived += (_, e) => Hear(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        // A tool that is told to end leaves no server behind: .NET 10 ends without a word to anybody.
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Kill());
    }

    public int Port { get; }

    /// <summary>Null for a sink, which understands nothing.</summary>
    public string? Application { get; }

    public string Files { get; }

    public string LogFile { get; }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public ProcessFigures Figures() => ProcessFigures.Of(_process.Id);

    /// <summary>Waits until it has said this in a line.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not say it within 30 s.</exception>
    public void AwaitOutput(string words)
    {
        var since = Stopwatch.GetTimestamp();
        lock (_output)
        {
            while (!_output.Exists(l => l.Contains(words, StringComparison.Ordinal)))
            {
                var left = Patience - Stopwatch.GetElapsedTime(since);
                if (_process.HasExited || left < TimeSpan.Zero)
                    throw new InvalidOperationException($"The server {(_process.HasExited ? "ended" : $"did not say '{words}' within {Patience.TotalSeconds:0} s")}; see {LogFile}.");
                _ = Monitor.Wait(_output, TimeSpan.FromMilliseconds(Math.Min(500, left.TotalMilliseconds)));
            }
        }
    }

    /// <summary>Waits until it takes connections, for one that does not tell. Not for a sink, which counts connections as files.</summary>
    public void AwaitPort()
    {
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < Patience && !_process.HasExited;)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                Thread.Sleep(50); // nobody tells when it listens; until then it is asked
            }
        }

        throw new InvalidOperationException($"The server does not listen on port {Port}; see {LogFile}.");
    }

    /// <summary>SIGTERM; returns when everything is written.</summary>
    public void Stop()
    {
        _ = SendSignal(_process.Id, Sigterm);
        if (!_process.WaitForExit(60_000))
            throw new InvalidOperationException($"The server did not end within a minute; see {LogFile}.");
    }

    public void Dispose()
    {
        _terminate.Dispose();
        Kill();
        _process.WaitForExit();
        _process.Dispose();
        _log.Dispose();
    }

    /// <summary>Ends it at once, and its children.</summary>
    private void Kill()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        _log.WriteLine(line);
        lock (_output)
        {
            _output.Add(line);
            Monitor.PulseAll(_output);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
