using System.Net;
using System.Text.Json;
using Tapedeck.HookScript.Tests.Kit;
using Tapedeck.Steps;

namespace Tapedeck.HookScript.Tests;

/// <summary>Runs every script of samples/scripts, each twice: a step is done at least once.</summary>
public sealed class SampleTests(SharedSetup setup) : IClassFixture<SharedSetup>
{
    private static readonly string Samples = FindSamples();

    [Fact]
    public async Task Copy_under_another_name()
    {
        var file = setup.Recording("copied.mp4");
        var (step, result) = await RunTwiceAsync("copy-as.csx", file);
        var copy = Path.Combine(setup.Content, "archive", "cam%201-20260304-050607.mp4");
        result.ShouldBe(StepResult.Done("copied to " + copy));
        File.Exists(copy).ShouldBeTrue();
        step.Calls.ShouldBe(["copy", "copy"]);
    }

    [Fact]
    public async Task Thumbnail()
    {
        var (_, result) = await RunTwiceAsync("thumbnail.csx", Clip("pictured.flv"));
        result.ShouldBe(StepResult.Done(Path.Combine(setup.Content, "pictured.jpg")));
        (await File.ReadAllBytesAsync(result.Detail!))[..2].ShouldBe([0xFF, 0xD8]);
        Directory.GetFiles(setup.Content, "*.part").ShouldBeEmpty();
    }

    [Fact]
    public async Task Hls_rendition()
    {
        var (_, result) = await RunTwiceAsync("hls.csx", Clip("rendered.flv"));
        result.ShouldBe(StepResult.Done(Path.Combine(setup.Content, "rendered.hls", "index.m3u8")));
        var playlist = await File.ReadAllLinesAsync(result.Detail!);
        playlist.ShouldContain("#EXT-X-ENDLIST");
        playlist.Where(l => l.EndsWith(".ts", StringComparison.Ordinal)).ShouldAllBe(l => File.Exists(Path.Combine(setup.Content, "rendered.hls", l)));
        setup.Write("probe.csx", "var all = await Ffprobe.Read(Step.Options[\"path\"]);\nreturn all.GetProperty(\"streams\")[0].GetProperty(\"height\").GetInt32();");
        (await setup.RunAsync(setup.Step("probe.csx", options: new() { ["path"] = result.Detail! }))).ShouldBe(StepResult.Done("360"));
    }

    [Fact]
    public async Task Notify_a_web_hook()
    {
        using var listener = new HttpListener();
        var url = Listen(listener);
        var received = ReceiveAsync(listener, 503, 204);
        Copy("notify.csx");
        var step = setup.Step("notify.csx", setup.Recording("told.mp4"), options: new() { ["url"] = url });
        var refused = await setup.RunAsync(step);
        refused.Outcome.ShouldBe(StepOutcome.Retry);
        refused.Detail.ShouldStartWith("notify.csx(");
        refused.Detail.ShouldContain("503");
        (await setup.RunAsync(step)).ShouldBe(StepResult.Done($"{url} answered 204"));
        var requests = await received.WaitAsync(Setup.Patience);
        requests.ShouldAllBe(r => r.Key == step.Id.ToString());
        using var body = JsonDocument.Parse(requests[1].Body);
        body.RootElement.GetProperty("path").GetString().ShouldBe(step.File!.Path);
        body.RootElement.GetProperty("stream").GetString().ShouldBe("cam 1");
        body.RootElement.GetProperty("seconds").GetDouble().ShouldBe(12.5);
    }

    [Fact]
    public async Task Move_by_date()
    {
        var (step, result) = await RunTwiceAsync("move-by-date.csx", setup.Recording("moved.mp4"));
        result.ShouldBe(StepResult.Done(Path.Combine(setup.Content, "2026/03/04/moved.mp4")));
        step.Calls.ShouldBe(["move"]);
        step.File!.Path.ShouldBe(result.Detail);
    }

    [Fact]
    public void Every_sample_is_run_here() => Directory.GetFiles(Samples, "*.csx").Select(Path.GetFileName).Order(StringComparer.Ordinal)
        .ShouldBe(["copy-as.csx", "hls.csx", "move-by-date.csx", "notify.csx", "thumbnail.csx"]);

    private async Task<(FakeStep Step, StepResult Result)> RunTwiceAsync(string sample, StepFile file)
    {
        Copy(sample);
        var step = setup.Step(sample, file);
        var first = await setup.RunAsync(step);
        var second = await setup.RunAsync(step);
        second.ShouldBe(first);
        return (step, second);
    }

    private void Copy(string sample) => setup.Write(sample, File.ReadAllText(Path.Combine(Samples, sample)));

    private StepFile Clip(string name) => setup.Recording(name, Path.Combine(Samples, "..", "clip.flv"));

    private static string Listen(HttpListener listener)
    {
        // The listener takes no port 0: one that was free a moment ago.
        for (var attempt = 0; ; attempt++)
        {
            using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            probe.Stop();
            listener.Prefixes.Clear();
            listener.Prefixes.Add(url);
            try
            {
                listener.Start();
                return url;
            }
            catch (HttpListenerException) when (attempt < 10)
            {
                // Taken meanwhile.
            }
        }
    }

    private static async Task<List<(string? Key, string Body)>> ReceiveAsync(HttpListener listener, params int[] answers)
    {
        var requests = new List<(string?, string)>();
        foreach (var status in answers)
        {
            var context = await listener.GetContextAsync();
            using var reader = new StreamReader(context.Request.InputStream);
            requests.Add((context.Request.Headers["Idempotency-Key"], await reader.ReadToEndAsync()));
            context.Response.StatusCode = status;
            context.Response.Close();
        }

        return requests;
    }

    private static string FindSamples()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Host.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("These tests run from a checkout: no folder above them holds Host.sln.");
        return Path.Combine(folder, "samples", "scripts");
    }
}
