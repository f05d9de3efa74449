using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tapedeck.LoadProbe;

namespace Tapedeck.LoadBench;

/// <summary>The programs that are measured, and how each is made to record everything.</summary>
/// <param name="host">Our command.</param>
internal sealed class Programs(string host)
{
    /// <summary>Subject of the certificate that our host is given.</summary>
    public const string CertificateName = "CN=localhost";

    private const string Recorder = "rec";
    private static readonly string[] Places = ["/usr/bin", "/usr/local/bin", "/usr/sbin", "/usr/local/sbin"];
    private static readonly string[] NginxModules = ["/usr/lib/nginx/modules/ngx_rtmp_module.so", "/usr/share/nginx/modules/ngx_rtmp_module.so"];

    /// <summary>All that can be measured; the formats are our host's.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["mp4", "fmp4", "flv", "ts", "mkv", "nginx", "sink"];

    /// <summary>Our command of the same build.</summary>
    public static string BuiltHost { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Host", "release", "tapedeck"));

    /// <summary>Those that are installed here.</summary>
    public static IReadOnlyList<string> Available() => [.. Kinds.Where(k => Missing(k) is null)];

    /// <summary>What would have to be installed first; null: nothing.</summary>
    public static string? Missing(string kind) => kind switch
    {
        "nginx" when Find("nginx") is null || !Array.Exists(NginxModules, File.Exists) => "nginx with its RTMP module is not installed (Debian: libnginx-mod-rtmp)",
        "sink" when Find("cc") is null => "a C compiler is not installed (Debian: gcc, libc6-dev)",
        _ => null,
    };

    /// <summary>Where the probe in a host of this home writes.</summary>
    public static string ProbeFile(string home) => Path.Combine(home, "probe.txt");

    /// <summary>Starts what a load wants, in an empty folder; returns when it takes connections.</summary>
    /// <param name="port">0: any free one.</param>
    public Server Start(Load load, string folder, int port)
    {
        if (load.Kind is not ("nginx" or "sink"))
        {
            var settings = $"recordingFormat: {load.Kind}";
            if (load.Recordings > 1)
                settings = $"streamType: live\n{settings}\nmodules: [Tapedeck.LoadModule.ManyRecordings]\nproperties:\n  manyRecordingsCount: {load.Recordings}";
            return StartHost(folder, port, new() { [Recorder] = settings }, load.Secure);
        }

        Directory.CreateDirectory(folder);
        var files = Directory.CreateDirectory(Path.Combine(folder, "files")).FullName;
        port = port == 0 ? FreePort() : port;
        if (load.Kind == "sink")
        {
            var sink = new Server(Command(BuildSink(folder), folder, port.ToString(CultureInfo.InvariantCulture), files), port, null, files);
            sink.AwaitOutput("ready");
            return sink;
        }

        var nginx = new Server(Command(Find("nginx")!, folder, "-c", ConfigureNginx(folder, port, files), "-p", folder), port, Recorder, files);
        nginx.AwaitPort();
        return nginx;
    }

    /// <summary>Our host with such applications, all of which record everything unless they say another type.</summary>
    /// <param name="applications">By name, what stands in each file besides.</param>
    public Server StartHost(string home, int port, Dictionary<string, string> applications, bool secure = false)
    {
        foreach (var (name, settings) in applications)
        {
            var folder = Directory.CreateDirectory(Path.Combine(home, "applications", name)).FullName;
            File.WriteAllText(Path.Combine(folder, "Application.yaml"), settings.StartsWith("streamType", StringComparison.Ordinal) ? settings : $"streamType: live-record\n{settings}\n");
        }

        port = port == 0 ? FreePort() : port;
        List<string> arguments = ["run", "--home", home, "--set", $"{(secure ? "rtmp.listenTls" : "rtmp.listen")}=127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}", "--set", "rtmp.maxConnectionsPerAddress=5000",
            "--set", "rtmp.idleTimeout=10min"]; // publishers wait until all of them are connected
        if (secure)
            arguments.AddRange(["--set", "rtmp.listen=", "--set", $"rtmp.certificateFile={MakeCertificate(home)}"]);
        InstallModule(home);
        var start = Command(host, home, [.. arguments]);
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(ProbeLines).Assembly.Location;
        start.Environment[ProbeLines.Variable] = ProbeFile(home);
        var server = new Server(start, port, applications.Keys.First(), Path.Combine(home, "content", applications.Count == 1 ? applications.Keys.First() : ""));
        server.AwaitOutput("tapedeck ready");
        return server;
    }

    private static ProcessStartInfo Command(string program, string folder, params string[] arguments) => new(program, arguments) { WorkingDirectory = folder };

    private static string ConfigureNginx(string folder, int port, string files)
    {
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            load_module {{NginxModules.First(File.Exists)}};
            daemon off; user {{Environment.UserName}}; worker_processes auto; worker_rlimit_nofile 16384; pid {{folder}}/nginx.pid; error_log {{folder}}/error.log warn;
            events { worker_connections 8192; }
            rtmp { access_log off; server { listen 127.0.0.1:{{port}}; chunk_size 4096; application rec { live on; record all; record_path {{files}}; } } }
            """);
        return configuration;
    }

    private static string BuildSink(string folder)
    {
        var program = Path.Combine(folder, "sink");
        using var compiler = Process.Start(Command(Find("cc")!, folder, "-O2", "-o", program, Path.Combine(AppContext.BaseDirectory, "sink.c")))!;
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? program : throw new InvalidOperationException("sink.c does not compile: see above.");
    }

    private static void InstallModule(string home)
    {
        var target = Directory.CreateDirectory(Path.Combine(home, "plugins", "LoadModule")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "module")))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
    }

    private static string MakeCertificate(string home)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest(CertificateName, key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
        var path = Path.Combine(home, "certificate.pem");
        File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return path;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string? Find(string program) => Places.Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
}
