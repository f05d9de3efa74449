using System.Net;
using System.Net.Sockets;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>What an operator sees when something is wrong at the start.</summary>
public sealed class StartupTests
{
    [Fact]
    public async Task A_port_that_is_taken_is_named_with_the_remedy()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var home = new TestHome();
        await using var host = await HostProcess.CommandAsync("run", "--home", home.Root, "--set", $"rtmp.listen=127.0.0.1:{port}");

        host.ExitCode.ShouldNotBe(0);
        host.Output.ShouldNotContain("tapedeck ready");
        var message = host.Errors[^1];
        message.ShouldContain(port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        message.ShouldContain("rtmp.listen");
    }

    [Fact]
    public async Task A_broken_application_is_refused_with_file_and_line_and_the_others_are_served()
    {
        using var home = new TestHome();
        home.Write("applications/good/Application.yaml", "streamType: live-record\n");
        home.Write("applications/broken/Application.xml", "<Root>\n  <Application>\n    <Streams>\n  </Application>\n</Root>\n");
        home.Write("applications/wrong/Application.yaml", "description: mistyped\nstreamTipe: live\n");
        await using var host = await HostProcess.StartOnAsync(home);

        host.LogText.ShouldContain(Path.Combine("broken", "Application.xml") + ":4");
        host.LogText.ShouldContain(Path.Combine("wrong", "Application.yaml") + ":2");
        host.LogText.ShouldContain("streamType");
        await Ffmpeg.PublishFastAsync(await Clips.GetAsync("plain"), host.Url("good/stream"));
        await Recorded.FinishedAsync(home.Content("good/stream.mp4"));
        await using var refused = Ffmpeg.Publish(await Clips.GetAsync("plain"), host.Url("broken/stream"));
        (await refused.ExitAsync()).ShouldNotBe(0);
    }

    [Theory]
    [InlineData("rtmp.lisen=127.0.0.1:0", "rtmp.lisen")]
    [InlineData("rtmp.maxConnections=many", "rtmp.maxConnections")]
    [InlineData("recording.fragmentDuration=long", "recording.fragmentDuration")]
    public async Task A_bad_setting_is_named_and_nothing_starts(string setting, string named)
    {
        using var home = new TestHome();
        await using var host = await HostProcess.CommandAsync(HostProcess.Arguments(home, setting));
        host.ExitCode.ShouldBe(2, host.Text);
        string.Join('\n', host.Errors).ShouldContain(named);
        host.Text.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task The_log_tells_what_listens_which_applications_and_where_files_go()
    {
        await using var host = await HostProcess.StartAsync();
        host.LogText.ShouldContain($"Listening on rtmp://127.0.0.1:{host.Port}");
        host.Log.ShouldContain(l => l.Contains("Application live", StringComparison.Ordinal) && l.Contains("LiveStreamRecord", StringComparison.Ordinal));
        host.Log.ShouldContain(l => l.Contains("Application liverec", StringComparison.Ordinal) && l.Contains(host.Home.Content("liverec"), StringComparison.Ordinal));
        (await host.StopAsync()).ShouldBe(0);
    }
}
