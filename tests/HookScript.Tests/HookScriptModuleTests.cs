using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Tapedeck.HookScript.Tests.Kit;
using Tapedeck.Steps;

namespace Tapedeck.HookScript.Tests;

public sealed class HookScriptModuleTests : IAsyncDisposable
{
    private readonly Setup _setup = new();

    public ValueTask DisposeAsync() => _setup.DisposeAsync();

    [Fact]
    public void An_after_record_script_is_a_step_when_it_exists()
    {
        _setup.Module.DefaultSteps.ShouldBeEmpty();
        _setup.Write("after-record.csx", "");
        var step = _setup.Module.DefaultSteps.ShouldHaveSingleItem();
        (step.Kind, step.Argument, step.On).ShouldBe(("script", "after-record.csx", StepEvent.FileClosed));
    }

    [Fact]
    public void It_can_be_turned_off()
    {
        _setup.Write("after-record.csx", "");
        _setup.Options.AfterRecord = "";
        _setup.Module.DefaultSteps.ShouldBeEmpty();
    }

    [Fact]
    public void One_that_is_named_is_a_step_also_when_it_is_missing()
    {
        _setup.Options.AfterRecord = "mine.csx";
        var step = _setup.Module.DefaultSteps.ShouldHaveSingleItem();
        _setup.Module.CheckStep(step).ShouldBe($"there is no file {_setup.Scripts}/mine.csx; put the script there");
    }

    [Theory]
    [InlineData("script", null, "it names no script; write 'script: after-record.csx', a file of ")]
    [InlineData("script", "hook.sh", "'hook.sh' is no C# script: its name must end with .csx (a step 'shell' starts other programs)")]
    [InlineData("script", "../x.csx", "'../x.csx' lies outside of ")]
    [InlineData("script", "/etc/x.csx", "'/etc/x.csx' lies outside of ")]
    [InlineData("shell", null, "it names no program; write 'shell: /path/of/hook.sh', or the name of a file of ")]
    public async Task A_step_that_cannot_be_is_told_with_the_remedy(string kind, string? argument, string problem)
    {
        var definition = new StepDefinition(kind, argument);
        var told = _setup.Module.CheckStep(definition);
        told.ShouldStartWith(problem);
        (await _setup.RunAsync(new FakeStep(_setup.Content, definition, null))).ShouldBe(StepResult.Retry(told));
    }

    [Fact]
    public async Task Scripts_are_compiled_at_the_start()
    {
        _setup.Write("after-record.csx", "return oops;");
        _setup.Module.CheckStep(_setup.Module.DefaultSteps.ShouldHaveSingleItem()).ShouldBeNull();
        await _setup.Module.Warming.WaitAsync(Setup.Patience);
        _setup.Log.At(LogLevel.Error).ShouldBe(["after-record.csx does not compile; its steps wait until it is mended: after-record.csx(1,8): CS0103: The name 'oops' does not exist in the current context"]);
        _setup.Module.Pool.HasIdle.ShouldBeTrue();
    }

    [Fact]
    public async Task Idle_workers_end_unless_something_is_recorded()
    {
        await _setup.RunAsync("one.csx", "return 1;");
        var worker = Process.GetProcessById(_setup.Module.Pool.Workers.ShouldHaveSingleItem().Id);
        _setup.Recorder.IsRecording = true;
        _setup.Options.Idle = TimeSpan.Zero;
        await _setup.Module.Pool.SweepAsync();
        _setup.Module.Pool.HasIdle.ShouldBeTrue();
        _setup.Recorder.IsRecording = false;
        await _setup.Module.Pool.SweepAsync();
        _setup.Module.Pool.Workers.ShouldBeEmpty();
        await worker.WaitForExitAsync().WaitAsync(Setup.Patience);
        (await _setup.RunAsync(_setup.Step("one.csx"))).ShouldBe(StepResult.Done("1"));
    }

    [Fact]
    public async Task A_recording_that_starts_makes_a_worker_ready()
    {
        _setup.Write("after-record.csx", "");
        _setup.Module.CheckStep(_setup.Module.DefaultSteps.ShouldHaveSingleItem()).ShouldBeNull();
        await _setup.Module.Warming.WaitAsync(Setup.Patience);
        _setup.Options.Idle = TimeSpan.Zero;
        await _setup.Module.Pool.SweepAsync();
        await _setup.Module.OnRecordingStartedAsync(null!, default);
        await _setup.Module.Warming.WaitAsync(Setup.Patience);
        _setup.Module.Pool.HasIdle.ShouldBeTrue();
    }

    [Fact]
    public async Task No_more_workers_than_allowed_run_at_a_time()
    {
        _setup.Options.Workers = 2;
        var both = new TaskCompletionSource();
        var arrived = 0;
        _setup.Write("meet.csx", "await Recording.SetLabel(\"a\", \"b\");");
        var steps = Enumerable.Range(0, 3).Select(_ => new FakeStep(_setup.Content, new StepDefinition("script", "meet.csx"), null)
        {
            Delay = _ =>
            {
                if (Interlocked.Increment(ref arrived) == 2)
                    both.SetResult();
                return both.Task;
            },
        }).ToList();
        (await Task.WhenAll(steps.Select(s => _setup.RunAsync(s)))).ShouldAllBe(r => r.Outcome == StepOutcome.Done);
        _setup.Module.Pool.Workers.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Workers_see_only_what_the_operator_lists()
    {
        Environment.SetEnvironmentVariable("HOOKSCRIPT_TEST_SECRET", "hidden");
        Environment.SetEnvironmentVariable("HOOKSCRIPT_TEST_LISTED", "shown");
        _setup.Options.Environment = "HOOKSCRIPT_TEST_LISTED, HOOKSCRIPT_TEST_MISSING";
        (await _setup.RunAsync("env.csx", "string? Of(string n) => Environment.GetEnvironmentVariable(n);\nreturn $\"{Of(\"HOOKSCRIPT_TEST_SECRET\") ?? \"-\"} {Of(\"HOOKSCRIPT_TEST_LISTED\")} {Of(\"PATH\")?.Length > 0}\";"))
            .ShouldBe(StepResult.Done("- shown True"));
        _setup.Log.At(LogLevel.Warning).ShouldContain("hookScriptEnvironment names HOOKSCRIPT_TEST_MISSING, which the host's environment does not have");
    }

    [Fact]
    public async Task A_plugin_that_lacks_its_worker_is_said()
    {
        _setup.Plugin = _setup.Content;
        var result = await _setup.RunAsync("x.csx", "return 1;");
        result.ShouldBe(StepResult.Retry($"x.csx: there is no {_setup.Content}/worker/Tapedeck.ScriptWorker.dll; install the plugin HookScript again, with its folder 'worker'"));
    }

    [Fact]
    public async Task Stopping_ends_the_workers_and_what_they_run()
    {
        var started = new TaskCompletionSource();
        _setup.Write("long.csx", "await Recording.SetLabel(\"a\", \"b\");\nwhile (true) { }");
        var running = _setup.RunAsync(new FakeStep(_setup.Content, new StepDefinition("script", "long.csx"), null)
        {
            Delay = _ =>
            {
                started.TrySetResult();
                return Task.CompletedTask;
            },
        });
        await started.Task.WaitAsync(Setup.Patience);
        var worker = Process.GetProcessById(_setup.Module.Pool.Workers.ShouldHaveSingleItem().Id);
        await _setup.Module.DisposeAsync();
        await worker.WaitForExitAsync().WaitAsync(Setup.Patience);
        (await running).ShouldBe(StepResult.Retry("long.csx: the host has no more work for it"));
    }
}
