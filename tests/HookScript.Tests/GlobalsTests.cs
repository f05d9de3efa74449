using Microsoft.Extensions.Logging;
using Tapedeck.HookScript.Tests.Kit;
using Tapedeck.Steps;

namespace Tapedeck.HookScript.Tests;

public sealed class GlobalsTests(SharedSetup setup) : IClassFixture<SharedSetup>
{
    [Fact]
    public async Task A_script_sees_recording_file_and_step()
    {
        var file = setup.Recording("facts.mp4");
        setup.Write("facts.csx", """
            Log.Info($"{Recording.Application}/{Recording.Instance}/{Recording.Stream} {Recording.StartedAt:HH:mm} {Recording.EndReason} {Recording.Labels["room"]}");
            Log.Warn($"{File.Name} {File.BaseName} {File.Format} {File.Bytes} {File.Duration.TotalSeconds} {File.StartedAt:yyyy-MM-dd} {Path.GetFileName(File.Folder)}");
            Log.Info($"{Step.Event} {Step.Attempt} {Step.Options["LEVEL"]} {HasFile}");
            Console.WriteLine("printed");
            Console.Error.Write("not ended");
            return $"{Recording.Id} {Step.Id} {File.Id}";
            """);
        var step = setup.Step("facts.csx", file, options: new() { ["level"] = "7" });
        var result = await setup.RunAsync(step);
        result.ShouldBe(StepResult.Done($"{step.RecordingId} {step.Id} {file.Id}"));
        setup.Log.At(LogLevel.Information).ShouldContain("facts.csx: live/_definst_/cam 1 05:00 StreamEnded 3");
        setup.Log.At(LogLevel.Warning).ShouldContain("facts.csx: facts.mp4 facts mp4 1234 12.5 2026-03-04 content");
        setup.Log.At(LogLevel.Information).ShouldContain("facts.csx: FileClosed 1 7 True");
        setup.Log.At(LogLevel.Information).ShouldContain("facts.csx: printed");
        setup.Log.At(LogLevel.Warning).ShouldContain("facts.csx: not ended");
    }

    [Fact]
    public async Task Moving_goes_through_the_catalog_and_the_file_follows()
    {
        var step = setup.Step("move.csx", setup.Recording("move.mp4"));
        setup.Write("move.csx", """
            var before = File.Path;
            await File.MoveTo("day/moved.mp4");
            return $"{System.IO.File.Exists(before)} {System.IO.File.Exists(File.Path)} {File.Name}";
            """);
        (await setup.RunAsync(step)).ShouldBe(StepResult.Done("False True moved.mp4"));
        step.Calls.ShouldBe(["move"]);
        step.File!.Path.ShouldBe(Path.Combine(setup.Content, "day", "moved.mp4"));
    }

    [Fact]
    public async Task Copying_labelling_the_ledger_and_removing_go_through_the_catalog()
    {
        var step = setup.Step("all.csx", setup.Recording("all.mp4"));
        setup.Write("all.csx", """
            var copy = await File.CopyTo("copy.mp4");
            await Recording.SetLabel("seen", "yes");
            await Recording.SetLabel("room", null);
            var entry = (await Recording.Ledger()).Single();
            await File.Delete();
            return $"{Path.GetFileName(copy)} {Recording.Labels.Count} {Recording.Labels["seen"]} {entry.Cause} {entry.Length.TotalSeconds} {entry.Detail} {System.IO.File.Exists(File.Path)}";
            """);
        (await setup.RunAsync(step)).ShouldBe(StepResult.Done("copy.mp4 1 yes Gap 2 nothing came False"));
        step.Calls.ShouldBe(["copy", "label", "label", "ledger", "delete"]);
        step.Labels.ShouldBe([KeyValuePair.Create("seen", "yes")]);
    }

    [Fact]
    public async Task What_the_host_refuses_is_an_exception_with_the_line()
    {
        var result = await setup.RunAsync("out.csx", "Log.Info(1);\nawait File.MoveTo(\"/etc/x.mp4\");", setup.Recording("out.mp4"));
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldBe($"out.csx(2,1): /etc/x.mp4 lies outside of {setup.Content}; list its folder in stepDirectories");
    }

    [Fact]
    public async Task A_refusal_can_be_caught() =>
        (await setup.RunAsync("caught.csx", "try { await Recording.SetLabel(new string('x', 65), \"\"); return 1; } catch (ScriptException e) { return e.Message; }"))
            .ShouldBe(StepResult.Done("the key has more than 64 characters; take a shorter one"));

    [Fact]
    public async Task A_step_of_the_recording_has_no_file()
    {
        setup.Write("nofile.csx", "Log.Info(HasFile);\nLog.Info(File.Path);");
        var result = await setup.RunAsync(setup.Step("nofile.csx", on: StepEvent.RecordingEnded));
        result.ShouldBe(StepResult.Retry("nofile.csx(2,1): there is no File: the step waits for RecordingEnded, which is about the recording"));
    }

    [Fact]
    public async Task A_script_can_give_up() =>
        (await setup.RunAsync("giveup.csx", "if (true)\n    Step.GiveUp(\"no such customer; add them\");")).ShouldBe(StepResult.Fail("giveup.csx: no such customer; add them"));

    [Fact]
    public async Task A_step_after_another_knows_what_that_told()
    {
        setup.Write("cause.csx", "return $\"{Step.Event} {Step.CauseKind} {Step.CauseDetail}\";");
        var step = new FakeStep(setup.Content, new StepDefinition("script", "cause.csx") { On = StepEvent.StepFailed }, null) { CauseOf = new StepCause(Guid.NewGuid(), "s3-upload", null, "no such bucket") };
        (await setup.RunAsync(step)).ShouldBe(StepResult.Done("StepFailed s3-upload no such bucket"));
    }

    [Fact]
    public async Task Each_run_has_variables_of_its_own()
    {
        setup.Write("vars.csx", "var count = 0;\ncount++;\nreturn count;");
        for (var run = 0; run < 3; run++)
            (await setup.RunAsync(setup.Step("vars.csx"))).Detail.ShouldBe("1");
    }

    [Fact]
    public async Task A_task_that_is_returned_is_waited_for()
    {
        var step = setup.Step("last.csx", setup.Recording("last.mp4"));
        setup.Write("last.csx", "return Recording.SetLabel(\"a\", \"b\");");
        (await setup.RunAsync(step)).ShouldBe(StepResult.Done());
        step.Labels["a"].ShouldBe("b");
    }
}
