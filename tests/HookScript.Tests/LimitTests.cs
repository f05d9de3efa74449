using System.Diagnostics;
using System.Globalization;
using Tapedeck.HookScript.Tests.Kit;
using Tapedeck.Steps;

namespace Tapedeck.HookScript.Tests;

/// <summary>Scripts that misbehave: the worker is replaced, the step is tried again and told why, the next script runs.</summary>
public sealed class LimitTests(SharedSetup setup) : IClassFixture<SharedSetup>
{
    [Fact]
    public async Task An_endless_loop_is_killed()
    {
        var result = await RunBrieflyAsync("loop.csx", "while (true) { }");
        result.ShouldBe(StepResult.Retry("loop.csx: it was still running after 00:00:00.5000000 (property hookScriptTimeout) and did not heed its Cancellation; the worker was replaced"));
        await NextRunsAsync();
    }

    [Fact]
    public async Task A_script_that_heeds_its_cancellation_keeps_its_worker()
    {
        await NextRunsAsync();
        var worker = setup.Module.Pool.Workers.ShouldHaveSingleItem();
        var result = await RunBrieflyAsync("heeds.csx", "await Task.Delay(-1, Cancellation);");
        result.ShouldBe(StepResult.Retry("heeds.csx: it was still running after 00:00:00.5000000 (property hookScriptTimeout)"));
        setup.Module.Pool.Workers.ShouldBe([worker]);
        worker.IsAlive.ShouldBeTrue();
    }

    [Fact]
    public async Task A_step_that_the_host_cancels_ends()
    {
        using var cancel = new CancellationTokenSource();
        setup.Write("cancel.csx", "await Recording.SetLabel(\"started\", \"\");\nawait Task.Delay(-1, Cancellation);");
        var step = new FakeStep(setup.Content, new StepDefinition("script", "cancel.csx"), null) { Delay = _ => cancel.CancelAsync() };
        await Should.ThrowAsync<OperationCanceledException>(() => setup.RunAsync(step, cancel.Token));
        await NextRunsAsync();
    }

    [Fact]
    public async Task Ending_the_process_is_said()
    {
        var result = await setup.RunAsync("exit.csx", "Log.Info(1);\nEnvironment.Exit(3);");
        result.ShouldBe(StepResult.Retry("exit.csx: it ended its own process (Environment.Exit, exit code 3); a script ends by 'return'"));
        await NextRunsAsync();
    }

    [Fact]
    public async Task A_stack_overflow_is_named()
    {
        var result = await setup.RunAsync("deep.csx", "int F(int i) => F(i + 1) + 1;\nreturn F(0);");
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldStartWith("deep.csx: Stack overflow");
        result.Detail.ShouldContain("at Script.F(Int32)");
        await NextRunsAsync();
    }

    [Theory]
    [InlineData("Environment.FailFast(\"boo\");", "Process terminated")]
    [InlineData("System.Diagnostics.Process.GetCurrentProcess().Kill();", "it was killed (signal 9)")]
    [InlineData("new System.Threading.Thread(() => throw new IOException(\"late\")).Start();\nawait Task.Delay(-1, Cancellation);", "Unhandled exception. System.IO.IOException: late")]
    public async Task A_crash_is_named(string code, string reason)
    {
        var result = await setup.RunAsync("crash.csx", code);
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldStartWith("crash.csx: " + reason);
        await NextRunsAsync();
    }

    [Fact]
    public async Task A_worker_that_grows_is_killed()
    {
        await using var own = new Setup();
        own.Options.MemoryBytes = 256L << 20;
        var result = await own.RunAsync("grow.csx", "var all = new List<nint>();\nwhile (true)\n{\n    var block = System.Runtime.InteropServices.Marshal.AllocHGlobal(1 << 20);\n    unsafe_fill(block);\n    all.Add(block);\n}\nvoid unsafe_fill(nint p) { for (var i = 0; i < 1 << 20; i += 4096) System.Runtime.InteropServices.Marshal.WriteByte(p, i, 1); }");
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldStartWith("grow.csx: it has ");
        result.Detail.ShouldEndWith("MiB of memory, more than 256 MiB (property hookScriptMemoryBytes); the worker was replaced");
    }

    [Fact]
    public async Task Too_large_an_object_is_an_exception_with_its_line() =>
        (await setup.RunAsync("large.csx", "\nvar large = new byte[700 << 20];\nreturn large.Length;")).Detail.ShouldStartWith("large.csx(2,13): OutOfMemoryException: ");

    [Fact]
    public async Task What_a_killed_script_had_started_goes_with_it()
    {
        await RunBrieflyAsync("starts.csx", "var p = System.Diagnostics.Process.Start(\"sleep\", \"600\");\nLog.Info($\"sleeps as {p.Id}\");\nwhile (true) { }");
        const string Line = "starts.csx: sleeps as ";
        var id = int.Parse(setup.Log.Lines.First(l => l.StartsWith(Line, StringComparison.Ordinal))[Line.Length..], CultureInfo.InvariantCulture);
        Setup.IsRunning(id).ShouldBeFalse();
    }

    [Fact]
    public async Task A_chatty_script_is_cut_short()
    {
        await setup.RunAsync("chatty.csx", "for (var i = 0; i < 1500; i++) Log.Info(i);");
        var lines = setup.Log.Lines.Where(l => l.StartsWith("chatty.csx: ", StringComparison.Ordinal)).ToList();
        lines.Count.ShouldBe(1000);
        lines[^1].ShouldBe("chatty.csx: has written 1000 lines; what this run writes further is left out");
    }

    [Fact]
    public async Task What_programs_of_a_script_print_goes_to_the_log_and_not_between_the_messages()
    {
        (await setup.RunAsync("child.csx", "var p = System.Diagnostics.Process.Start(\"echo\", \"from a child\");\nawait p.WaitForExitAsync();\nreturn p.ExitCode;")).ShouldBe(StepResult.Done("0"));
        await NextRunsAsync();
        setup.Log.Lines.ShouldContain(l => l.EndsWith(": from a child", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_ends_when_the_host_is_gone()
    {
        var start = new WorkerProgram(Setup.PluginFolder, setup.Scripts, 512L << 20, new Dictionary<string, string>()).StartInfo();
        using var worker = Process.Start(start)!;
        using var channel = new Protocol.MessageStream(worker.StandardOutput.BaseStream, worker.StandardInput.BaseStream);
        (await channel.ReadAsync(CancellationToken.None).AsTask().WaitAsync(Setup.Patience)).ShouldBeOfType<Protocol.ReadyMessage>();
        var run = StepMessages.Run(new Protocol.ScriptPlace(setup.Write("orphan.csx", "while (true) { }"), [setup.Scripts]), null, setup.Step("orphan.csx"));
        await channel.SendAsync(run, CancellationToken.None);
        worker.StandardInput.Close();
        await worker.WaitForExitAsync().WaitAsync(Setup.Patience);
    }

    /// <summary>The script is compiled before, so that all of the time is its own.</summary>
    private async Task<StepResult> RunBrieflyAsync(string name, string code)
    {
        (await setup.RunAsync(name, "if (!Step.Options.ContainsKey(\"go\")) return 0;\n" + code)).ShouldBe(StepResult.Done("0"));
        setup.Options.Timeout = TimeSpan.FromSeconds(0.5);
        try
        {
            return await setup.RunAsync(setup.Step(name, options: new() { ["go"] = "" }));
        }
        finally
        {
            setup.Options.Timeout = TimeSpan.FromHours(1);
        }
    }

    private async Task NextRunsAsync() => (await setup.RunAsync("next.csx", "return \"fine\";")).ShouldBe(StepResult.Done("fine"));
}
