using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tapedeck.LoadProbe;

namespace Tapedeck.LoadBench;

/// <summary>A server that is measured: its process, where it listens and where its files come to lie.</summary>
internal sealed class Server : IDisposable
{
    private const int Sigterm = 15;
    private readonly Process _process;

    private Server(Process process, int port, string? application, string files)
    {
        _process = process;
        Port = port;
        Application = application;
        Files = files;
    }

    public int Port { get; }

    /// <summary>Null for a sink, which understands nothing.</summary>
    public string? Application { get; }

    public string Files { get; }

    public int Id => _process.Id;

    /// <summary>Our command, of the same build.</summary>
    public static string HostCommand { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Host", "release", "tapedeck"));

    /// <summary>Where the probe in a host of this folder writes.</summary>
    public static string ProbeFile(string folder) => Path.Combine(folder, "probe.txt");

    public bool HasEnded => _process.HasExited;

    /// <summary>All that can be measured.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["mp4", "fmp4", "flv", "ts", "mkv", "nginx", "sink"];

    /// <summary>Those that are installed here.</summary>
    public static IReadOnlyList<string> Available() => [.. Kinds.Where(k => Missing(k) is null)];

    /// <summary>What would have to be installed first; null: nothing.</summary>
    public static string? Missing(string kind) => kind switch
    {
        "nginx" when NginxModule() is null => "nginx with its RTMP module is not installed (Debian: libnginx-mod-rtmp)",
        "sink" when Find("cc") is null => "a C compiler is not installed (Debian: gcc, libc6-dev)",
        _ => null,
    };

    public static Server Start(string kind, string folder, int port)
    {
        Directory.CreateDirectory(folder);
        var server = kind switch
        {
            "nginx" => StartNginx(folder, port),
            "sink" => StartSink(folder, port),
            _ => new Server(StartHost(folder, port, new() { ["rec"] = $"recordingFormat: {kind}" }), port, "rec", Path.Combine(folder, "content", "rec")),
        };
        server.WaitForPort();
        return server;
    }

    /// <summary>Our host with such applications, all of which record everything.</summary>
    /// <param name="applications">By name, what stands in each file besides.</param>
    public static Server Start(string folder, int port, Dictionary<string, string> applications)
    {
        var server = new Server(StartHost(folder, port, applications), port, applications.Keys.First(), Path.Combine(folder, "content"));
        server.WaitForPort();
        return server;
    }

    public ProcessFigures Figures() => ProcessFigures.Of(_process.Id);

    /// <summary>SIGTERM; returns when everything is written.</summary>
    public void Stop()
    {
        _ = SendSignal(_process.Id, Sigterm);
        if (!_process.WaitForExit(60_000))
            throw new InvalidOperationException("The server did not end within a minute.");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static Process StartHost(string folder, int port, Dictionary<string, string> applications)
    {
        foreach (var (name, settings) in applications)
        {
            var application = Path.Combine(folder, "applications", name);
            Directory.CreateDirectory(application);
            File.WriteAllText(Path.Combine(application, "Application.yaml"), $"streamType: live-record\n{settings}\n");
        }

        string[] arguments = ["run", "--home", folder, "--set", $"rtmp.listen=127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}", "--set", "rtmp.maxConnectionsPerAddress=5000"];
        return Run(HostCommand, folder, arguments, ("DOTNET_STARTUP_HOOKS", typeof(ProbeLines).Assembly.Location), (ProbeLines.Variable, ProbeFile(folder)));
    }

    private static Server StartNginx(string folder, int port)
    {
        var files = Path.Combine(folder, "files");
        Directory.CreateDirectory(files);
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            load_module {{NginxModule()}};
            daemon off; user root; worker_processes auto; pid {{folder}}/nginx.pid; error_log {{folder}}/error.log warn;
            events { worker_connections 8192; }
            rtmp { access_log off; server { listen 127.0.0.1:{{port}}; chunk_size 4096; application rec { live on; record all; record_path {{files}}; } } }
            """);
        return new Server(Run(Find("nginx")!, folder, ["-c", configuration, "-p", folder]), port, "rec", files);
    }

    private static Server StartSink(string folder, int port)
    {
        var files = Path.Combine(folder, "files");
        Directory.CreateDirectory(files);
        var program = Path.Combine(folder, "sink");
        using (var compiler = Run(Find("cc")!, folder, ["-O2", "-o", program, Path.Combine(AppContext.BaseDirectory, "sink.c")]))
        {
            compiler.WaitForExit();
            if (compiler.ExitCode != 0)
                throw new InvalidOperationException("sink.c does not compile");
        }

        return new Server(Run(program, folder, [port.ToString(CultureInfo.InvariantCulture), files]), port, null, files);
    }

    private static Process Run(string program, string folder, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var log = TextWriter.Synchronized(new StreamWriter(Path.Combine(folder, "output.log"), append: true) { AutoFlush = true });
        process.OutputDataReceived += (_, e) => log.WriteLine(e.Data);
        process.ErrorDataReceived += (_, e) => log.WriteLine(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void WaitForPort()
    {
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(20); Thread.Sleep(100))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The server ended at once; see {Files}/../output.log.");
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                // A sink counts connections as files: its port is taken once it is bound, so binding tells without connecting.
                probe.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, Port));
            }
            catch (SocketException)
            {
                Thread.Sleep(200);
                return;
            }
        }

        throw new InvalidOperationException("The server does not listen after 20 s.");
    }

    private static string? NginxModule() =>
        Find("nginx") is null ? null : new[] { "/usr/lib/nginx/modules/ngx_rtmp_module.so", "/usr/share/nginx/modules/ngx_rtmp_module.so" }.FirstOrDefault(File.Exists);

    private static string? Find(string program) =>
        new[] { "/usr/bin", "/usr/local/bin", "/usr/sbin", "/usr/local/sbin" }.Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
