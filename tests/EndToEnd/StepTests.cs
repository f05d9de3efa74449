using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>Durable work after recordings: webhooks, whose receiver is away, and removal of what was kept elsewhere.</summary>
public sealed class StepTests
{
    private const string Steps = "streamType: live-record\nsteps:\n  - webhook: {0}\n  - webhook: {0}\n    on: recordingEnded\n";

    [Fact]
    public async Task A_receiver_that_is_away_gets_every_event_in_order_when_it_is_back_even_across_a_kill()
    {
        using var home = new TestHome();
        var port = FreePort();
        home.Write("applications/app/Application.yaml", Steps.Replace("{0}", $"http://127.0.0.1:{port}/hook", StringComparison.Ordinal));
        var clip = await Clips.GetAsync("bframes");
        await using (var host = await HostProcess.StartOnAsync(home, "steps.retryDelayLimit=1s"))
        {
            foreach (var name in (string[])["cam", "cam", "door"])
                await using (await Encoder.PublishClipAsync(host.Url("app"), name, clip)) { }
            await host.LogLineAsync("cannot be reached");
            await ListedAsync(home, steps => steps.Count == 6, "six steps wait");
            await host.KillAsync();
        }

        using var receiver = new Receiver(port);
        await using var next = await HostProcess.StartOnAsync(home, "steps.retryDelayLimit=1s");
        await Wait.UntilAsync(() => receiver.Events.Count >= 6, () => $"six events: {string.Join(", ", receiver.Events)}");
        await ListedAsync(home, steps => steps.All(s => s.State == "done"), "all are done");
        receiver.Events.Where(e => e.Stream == "cam").DistinctBy(e => e.Id).Select(e => (e.Type, e.File)).ShouldBe(
            [("fileClosed", home.Content("app/cam.mp4")), ("recordingEnded", null), ("fileClosed", home.Content("app/cam_1.mp4")), ("recordingEnded", null)]);
        receiver.Events.Select(e => e.Id).Distinct().Count().ShouldBe(6, "each event has one identity");
        (await next.StopAsync()).ShouldBe(0);
        await using var check = await HostProcess.CommandAsync("check", "--home", home.Root);
        check.ExitCode.ShouldBe(0, check.Text);
    }

    [Fact]
    public async Task A_file_is_removed_only_after_the_step_before_it_and_an_operator_can_repeat_or_cancel()
    {
        using var home = new TestHome();
        home.Write("applications/app/Application.yaml", "streamType: live-record\nsteps:\n  - webhook: ftp://wrong\n  - delete-local\n");
        await using var host = await HostProcess.StartOnAsync(home);
        await host.LogLineAsync("will fail: a webhook needs the URL");
        await using (await Encoder.PublishClipAsync(host.Url("app"), "cam", await Clips.GetAsync("bframes"))) { }
        var steps = await ListedAsync(home, s => s.Any(x => x.State == "failed"), "the webhook was given up");
        steps.Select(s => s.State).ShouldBe(["failed", "held"], ignoreOrder: true);
        home.Recordings().ShouldBe(["app/cam.mp4"]);

        await using (var cancel = await HostProcess.CommandAsync("steps", "cancel", steps.Single(s => s.State == "failed").Id, "--home", home.Root))
            cancel.ExitCode.ShouldBe(0, cancel.Text);
        await ListedAsync(home, s => s.Any(x => x.State == "done"), "the file was removed");
        home.Recordings().ShouldBeEmpty();
        await using var check = await HostProcess.CommandAsync("check", "--home", home.Root);
        check.ExitCode.ShouldBe(0, check.Text);
    }

    private sealed record Listed(string Id, string State, string Step);

    private static async Task<IReadOnlyList<Listed>> ListedAsync(TestHome home, Func<IReadOnlyList<Listed>, bool> isSo, string what)
    {
        IReadOnlyList<Listed> steps = [];
        var text = "";
        for (var tries = 0; tries < 100; tries++)
        {
            await using var list = await HostProcess.CommandAsync("steps", "--json", "--home", home.Root);
            text = list.Text;
            steps = [.. list.Output.Select(l => JsonSerializer.Deserialize<Listed>(l, JsonSerializerOptions.Web)!)];
            if (isSo(steps))
                return steps;
        }

        throw new TimeoutException($"Still not: {what}. {text}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed record Event(string Id, string Type, string Stream, string? File);

    /// <summary>Takes what is posted.</summary>
    private sealed class Receiver : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly List<Event> _events = [];

        public Receiver(int port)
        {
            _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            _listener.Start();
            _ = RunAsync();
        }

        public IReadOnlyList<Event> Events
        {
            get
            {
                lock (_events)
                    return [.. _events];
            }
        }

        public void Dispose() => _listener.Close();

        private async Task RunAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    using var json = await JsonDocument.ParseAsync(context.Request.InputStream);
                    var root = json.RootElement;
                    lock (_events)
                    {
                        _events.Add(new Event(
                            root.GetProperty("id").GetString()!, root.GetProperty("type").GetString()!, root.GetProperty("recording").GetProperty("stream").GetString()!,
                            root.TryGetProperty("file", out var file) ? file.GetProperty("path").GetString() : null));
                    }

                    context.Response.StatusCode = 204;
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // Disposed.
            }
        }
    }
}
