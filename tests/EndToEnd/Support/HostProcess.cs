namespace Tapedeck.EndToEnd.Tests;

/// <summary>The real command, <c>tapedeck run</c>, on free ports and a home of its own.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly bool _ownsHome;

    private HostProcess(ChildProcess process, TestHome home, bool ownsHome)
    {
        _process = process;
        Home = home;
        _ownsHome = ownsHome;
    }

    /// <summary>The command that the build left.</summary>
    public static string Program { get; } = FindProgram();

    public TestHome Home { get; }

    /// <summary>As the log tells it: <c>rtmp://127.0.0.1:1935</c>.</summary>
    public string Rtmp { get; private set; } = "";

    public int Port => new Uri(Rtmp).Port;

    public IReadOnlyList<string> Log => _process.Errors;

    public string LogText => string.Join('\n', Log);

    /// <summary>Arguments for a host that listens on a free port.</summary>
    public static string[] Arguments(TestHome home, params string[] settings) =>
        ["run", "--home", home.Root, "--set", "rtmp.listen=127.0.0.1:0", .. settings.SelectMany(s => new[] { "--set", s })];

    /// <summary>Starts it and waits until it accepts connections.</summary>
    public static async Task<HostProcess> StartAsync(TestHome? home = null, params string[] settings)
    {
        var host = new HostProcess(ChildProcess.Start(Program, Arguments(home ??= new TestHome(), settings)), home, ownsHome: true);
        await host._process.OutputLineAsync(line => line == "tapedeck ready", "'tapedeck ready'");
        host.Rtmp = await host.AddressAsync("rtmp");
        return host;
    }

    /// <summary>The same on a home that outlives it.</summary>
    public static async Task<HostProcess> StartOnAsync(TestHome home, params string[] settings)
    {
        var host = new HostProcess(ChildProcess.Start(Program, Arguments(home, settings)), home, ownsHome: false);
        await host._process.OutputLineAsync(line => line == "tapedeck ready", "'tapedeck ready'");
        host.Rtmp = await host.AddressAsync("rtmp");
        return host;
    }

    /// <summary>The same with a limit on the size of every file it writes.</summary>
    public static async Task<HostProcess> StartLimitedAsync(TestHome home, int kilobytes)
    {
        // The runtime maps its code through a file of its own, which the limit would hit as well; hence the variable.
        var script = $"trap '' XFSZ; ulimit -f {kilobytes}; export DOTNET_EnableWriteXorExecute=0; exec \"$0\" \"$@\"";
        var host = new HostProcess(ChildProcess.Start("bash", ["-c", script, Program, .. Arguments(home)]), home, ownsHome: false);
        await host._process.OutputLineAsync(line => line == "tapedeck ready", "'tapedeck ready'");
        host.Rtmp = await host.AddressAsync("rtmp");
        return host;
    }

    /// <summary>Runs another of its commands, for example inspect, to the end.</summary>
    public static Task<ChildProcess> CommandAsync(params IEnumerable<string> arguments) => ChildProcess.RunAsync(Program, arguments);

    /// <summary>The address of application and stream.</summary>
    public string Url(string path) => $"{Rtmp}/{path}";

    /// <summary>What it listens on for a scheme.</summary>
    public async Task<string> AddressAsync(string scheme)
    {
        const string Marker = "Listening on ";
        var line = await LogLineAsync($"{Marker}{scheme}://");
        return line[(line.IndexOf(Marker, StringComparison.Ordinal) + Marker.Length)..].TrimEnd();
    }

    /// <summary>Waits for a log line with a text in it.</summary>
    public Task<string> LogLineAsync(string part) =>
        _process.ErrorLineAsync(line => line.Contains(part, StringComparison.Ordinal), $"a log line with '{part}'");

    /// <summary>SIGTERM and the exit code.</summary>
    public Task<int> StopAsync()
    {
        _process.Terminate();
        return _process.ExitAsync();
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return _process.ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        if (_ownsHome)
            Home.Dispose();
    }

    private static string FindProgram()
    {
        // artifacts/bin/EndToEnd/release -> artifacts/bin/Host/release
        var own = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var program = Path.Combine(own.Parent!.Parent!.FullName, "Host", own.Name, "tapedeck");
        return File.Exists(program) ? program : throw new InvalidOperationException($"There is no {program}; ./build.sh makes it.");
    }
}
