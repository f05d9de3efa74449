using Tapedeck.Protocols.Rtmp;

namespace Tapedeck.EndToEnd.Tests;

/// <summary>A plugin of somebody else: built outside the solution against the contract that lies beside the command, dropped into a home, listed, used.</summary>
public sealed class PluginTests
{
    private const string Application = """
        <Root>
          <Application>
            <Streams><StreamType>live-record</StreamType></Streams>
            <Modules>
              <Module><Name>token</Name><Description>Token</Description><Class>PublishToken.PublishTokenModule</Class></Module>
            </Modules>
            <Properties>
              <Property><Name>publishTokenValue</Name><Value>sesame</Value></Property>
            </Properties>
          </Application>
        </Root>
        """;

    [Fact]
    public async Task A_plugin_built_elsewhere_decides_and_answers()
    {
        using var home = new TestHome();
        using var elsewhere = new TestHome();
        await BuildAsync(elsewhere, home);
        home.Write("applications/guarded/Application.xml", Application);
        await using var host = await HostProcess.StartOnAsync(home);
        host.Log.ShouldContain(l => l.Contains("Application guarded", StringComparison.Ordinal) && l.Contains("token", StringComparison.Ordinal));

        var clip = await Clips.GetAsync("plain");
        await using var refused = Ffmpeg.Publish(clip, host.Url("guarded/stream"));
        (await refused.ExitAsync()).ShouldNotBe(0);
        refused.Text.ShouldContain("token is missing or wrong");
        await using (var wrong = await Encoder.ConnectAsync(host.Url("guarded")))
            (await Should.ThrowAsync<RtmpStatusException>(() => wrong.PublishAsync("stream?token=guess"))).Code.ShouldBe("NetStream.Publish.Unauthorized");
        home.Recordings().ShouldBeEmpty();

        await Ffmpeg.PublishFastAsync(clip, host.Url("guarded/stream?token=sesame"));
        await Recorded.FinishedAsync(home.Content("guarded/stream.mp4"));
        await host.LogLineAsync("stream was recorded to");
        await using var client = await RtmpClient.ConnectAsync(host.Url("guarded"));
        (await client.CallAsync("hello", ["Ada"]))[0].ShouldBe("Hello, Ada!");
    }

    private static async Task BuildAsync(TestHome elsewhere, TestHome home)
    {
        foreach (var file in Directory.EnumerateFiles(SourceFolder()))
            File.Copy(file, elsewhere[Path.GetFileName(file)]);
        var contract = Path.Combine(Path.GetDirectoryName(HostProcess.Program)!, "Tapedeck.Abstractions.dll");
        await ChildProcess.SucceedAsync("dotnet", "build", elsewhere["PublishToken.csproj"], "-c", "Release", "-nologo", "-nodeReuse:false", $"-p:TapedeckAbstractions={contract}");
        var target = Directory.CreateDirectory(home["plugins", "PublishToken"]);
        foreach (var file in Directory.EnumerateFiles(elsewhere["bin", "PublishToken"]))
            File.Copy(file, Path.Combine(target.FullName, Path.GetFileName(file)));
    }

    private static string SourceFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var samples = Path.Combine(folder.FullName, "samples", "modules", "PublishToken");
            if (Directory.Exists(samples))
                return samples;
        }

        throw new InvalidOperationException("samples/modules/PublishToken is not above the tests; run them in a checkout.");
    }
}
