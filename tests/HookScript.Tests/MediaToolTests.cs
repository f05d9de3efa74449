using Tapedeck.HookScript.Tests.Kit;
using Tapedeck.Steps;

namespace Tapedeck.HookScript.Tests;

public sealed class MediaToolTests(SharedSetup setup) : IClassFixture<SharedSetup>
{
    private const string TestPicture = "\"-f\", \"lavfi\", \"-i\", \"testsrc2=s=64x64:r=25\"";

    [Fact]
    public async Task The_end_of_what_a_failing_program_said_is_told()
    {
        var result = await setup.RunAsync("fails.csx", "\nawait Ffmpeg.Run(\"-v\", \"error\", \"-i\", \"/nowhere/x.mp4\", \"-f\", \"null\", \"-\");");
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldStartWith("fails.csx(2,1): ffmpeg ended with ");
        result.Detail.ShouldEndWith("/nowhere/x.mp4: No such file or directory");
    }

    [Fact]
    public async Task Arguments_reach_the_program_as_they_are() =>
        (await setup.RunAsync("args.csx", "var odd = Path.Combine(Path.GetDirectoryName(File.Path)!, \"a 'b' $(c) ;d.mkv\");\nawait Ffmpeg.Run(\"-v\", \"error\", \"-y\", " + TestPicture + ", \"-frames:v\", \"2\", odd);\nvar info = await Ffprobe.Read(odd);\nreturn info.GetProperty(\"format\").GetProperty(\"format_name\").GetString();", setup.Recording("args.mp4")))
            .ShouldBe(StepResult.Done("matroska,webm"));

    [Fact]
    public async Task Progress_is_told() =>
        (await setup.RunAsync("progress.csx", "var times = new List<TimeSpan>();\nawait Ffmpeg.Run(times.Add, \"-v\", \"error\", " + TestPicture + ", \"-t\", \"4\", \"-f\", \"null\", \"-\");\nreturn times[^1] > TimeSpan.FromSeconds(3.5);"))
            .ShouldBe(StepResult.Done("True"));

    [Fact]
    public async Task The_output_of_a_program_is_returned() =>
        (await setup.RunAsync("output.csx", "return (await Ffprobe.Run(\"-v\", \"error\", \"-version\")).Split(' ')[0];")).ShouldBe(StepResult.Done("ffprobe"));

    [Fact]
    public async Task A_program_ends_with_the_cancellation()
    {
        using var cancel = new CancellationTokenSource();
        setup.Write("endless.csx", "await Ffmpeg.Run(time => Recording.SetLabel(\"runs\", \"\"), \"-v\", \"error\", \"-re\", " + TestPicture + ", \"-f\", \"null\", \"-\");");
        var step = new FakeStep(setup.Content, new StepDefinition("script", "endless.csx"), null) { Delay = _ => cancel.CancelAsync() };
        await Should.ThrowAsync<OperationCanceledException>(() => setup.RunAsync(step, cancel.Token));
        setup.Module.Pool.Workers.ShouldHaveSingleItem().IsAlive.ShouldBeTrue("the script ended by itself, once ffmpeg was gone");
    }
}
