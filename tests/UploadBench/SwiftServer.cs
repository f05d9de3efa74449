using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;

namespace Tapedeck.UploadBench;

/// <summary>OpenStack Swift with its S3 interface, from Debian's packages: four processes on loopback ports of their own, everything below one folder that goes with them.</summary>
internal sealed class SwiftServer : IAsyncDisposable
{
    public const string AccessKey = "test:tester";
    public const string SecretKey = "testing-secret";

    private static readonly string[] Kinds = ["account", "container", "object"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly List<Process> _processes = [];

    private SwiftServer(string folder) => Folder = folder;

    public string Folder { get; }

    public int Port { get; private set; }

    public string Endpoint => $"http://127.0.0.1:{Port}";

    /// <summary>True when the programs are installed.</summary>
    public static bool IsInstalled => File.Exists("/usr/bin/swift-proxy-server") && File.Exists("/usr/bin/swift-object-server");

    public static async Task<SwiftServer> StartAsync()
    {
        if (!IsInstalled)
            throw new InvalidOperationException("OpenStack Swift is missing; ./test.sh installs it (Debian: swift, swift-proxy, swift-account, swift-container, swift-object, python3-swift).");
        var server = new SwiftServer(Directory.CreateTempSubdirectory("tapedeck-swift-").FullName);
        try
        {
            await server.RunAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client with the right keys.</summary>
    public AmazonS3Client Client(string? endpoint = null) => new(new BasicAWSCredentials(AccessKey, SecretKey), new AmazonS3Config
    {
        ServiceURL = endpoint ?? Endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1",
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });

    /// <summary>A new empty bucket.</summary>
    public async Task<string> BucketAsync()
    {
        var name = "b" + Guid.NewGuid().ToString("N")[..12];
        using var client = Client();
        await client.PutBucketAsync(name);
        return name;
    }

    public ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
        return default;
    }

    private async Task RunAsync()
    {
        var ports = FreePorts(4);
        Port = ports[3];
        Directory.CreateDirectory(Path.Combine(Folder, "devices", "d1"));
        await File.WriteAllTextAsync(Path.Combine(Folder, "swift.conf"), "[swift-hash]\nswift_hash_path_prefix = tapedeck\nswift_hash_path_suffix = tapedeck\n");
        await MakeRingsAsync(ports);
        for (var i = 0; i < Kinds.Length; i++)
            Launch(Kinds[i], StorageSettings(Kinds[i], ports[i]));
        Launch("proxy", ProxySettings(Port));

        var since = Stopwatch.GetTimestamp();
        foreach (var port in ports)
        {
            while (!await AnswersAsync(port))
            {
                if (_processes.Exists(p => p.HasExited) || Stopwatch.GetElapsedTime(since) > Patience)
                    throw new InvalidOperationException($"Swift does not listen on port {port} after {Stopwatch.GetElapsedTime(since)}; its programs said:\n{Said()}");
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Where everything lies: on one device, once.</summary>
    private async Task MakeRingsAsync(int[] ports)
    {
        var script = "import sys\nfrom swift.common.ring import RingBuilder\n" + string.Concat(Kinds.Select((kind, i) =>
            $"b = RingBuilder(4, 1, 1)\nb.add_dev(dict(region=1, zone=1, ip='127.0.0.1', port={ports[i]}, device='d1', weight=1, replication_ip='127.0.0.1', replication_port={ports[i]}))\nb.rebalance()\nb.get_ring().save(sys.argv[1] + '/{kind}.ring.gz')\n"));
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", script, Folder]) { RedirectStandardError = true })!;
        var errors = await python.StandardError.ReadToEndAsync();
        await python.WaitForExitAsync();
        if (python.ExitCode != 0)
            throw new InvalidOperationException("Swift's rings cannot be made: " + errors);
    }

    private void Launch(string kind, string settings)
    {
        var file = Path.Combine(Folder, kind + ".conf");
        File.WriteAllText(file, settings);
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$1\" -v >\"$2\" 2>&1", $"/usr/bin/swift-{kind}-server", file, Path.Combine(Folder, kind + ".log")]);
        start.Environment["SWIFT_CONF"] = Path.Combine(Folder, "swift.conf");
        _processes.Add(Process.Start(start)!);
    }

    private string StorageSettings(string kind, int port) => $"""
        [DEFAULT]
        bind_ip = 127.0.0.1
        bind_port = {port}
        user = {Environment.UserName}
        swift_dir = {Folder}
        devices = {Path.Combine(Folder, "devices")}
        mount_check = false
        workers = 0
        fallocate_reserve = 0
        log_address = /dev/null
        log_level = WARNING
        [pipeline:main]
        pipeline = {kind}-server
        [app:{kind}-server]
        use = egg:swift#{kind}
        conn_timeout = 30
        node_timeout = 60
        """;

    private string ProxySettings(int port) => $"""
        [DEFAULT]
        bind_ip = 127.0.0.1
        bind_port = {port}
        user = {Environment.UserName}
        swift_dir = {Folder}
        workers = 0
        log_address = /dev/null
        log_level = WARNING
        [pipeline:main]
        pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth slo dlo copy proxy-server
        [app:proxy-server]
        use = egg:swift#proxy
        conn_timeout = 30
        node_timeout = 60
        error_suppression_limit = 1000000
        account_autocreate = true
        allow_account_management = true
        [filter:catch_errors]
        use = egg:swift#catch_errors
        [filter:gatekeeper]
        use = egg:swift#gatekeeper
        [filter:cache]
        use = egg:swift#memcache
        memcache_servers = 127.0.0.1:1
        [filter:listing_formats]
        use = egg:swift#listing_formats
        [filter:bulk]
        use = egg:swift#bulk
        [filter:s3api]
        use = egg:swift#s3api
        min_segment_size = 1024
        location = us-east-1
        [filter:tempauth]
        use = egg:swift#tempauth
        user_test_tester = {SecretKey} .admin
        [filter:slo]
        use = egg:swift#slo
        [filter:dlo]
        use = egg:swift#dlo
        [filter:copy]
        use = egg:swift#copy
        """;

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        listeners.ForEach(l => l.Stop());
        return ports;
    }

    private string Said() => string.Join('\n', Directory.GetFiles(Folder, "*.log").Select(f => $"{Path.GetFileName(f)}: {File.ReadAllText(f)}"));

    private static async Task<bool> AnswersAsync(int port)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
