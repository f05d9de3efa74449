using System.Globalization;
using Microsoft.Extensions.Logging;
using Tapedeck.HookScript.Tests.Kit;
using Tapedeck.Steps;

namespace Tapedeck.HookScript.Tests;

public sealed class ShellTests : IAsyncDisposable
{
    private readonly Setup _setup = new();

    public ValueTask DisposeAsync() => _setup.DisposeAsync();

    [Fact]
    public async Task A_program_gets_name_path_and_the_rest_in_its_environment()
    {
        var output = Path.Combine(_setup.Content, "out.txt");
        Program("hook.sh", $"printf '%s\\n' \"$1\" \"$2\" \"$#\" \"$TAPEDECK_APPLICATION/$TAPEDECK_INSTANCE\" \"$TAPEDECK_STREAM\" \"$TAPEDECK_FILE_BYTES $TAPEDECK_FILE_SECONDS $TAPEDECK_FILE_STARTED_AT\" \"$TAPEDECK_LABELS\" \"$TAPEDECK_EVENT $TAPEDECK_ATTEMPT\" > '{output}'");
        var file = _setup.Recording();
        var step = new FakeStep(_setup.Content, new StepDefinition("shell", "hook.sh"), file) { Stream = "a b; $(touch x) 'q'" };
        (await _setup.RunAsync(step)).ShouldBe(StepResult.Done());
        (await File.ReadAllLinesAsync(output)).ShouldBe(
        [
            "a b; $(touch x) 'q'", file.Path, "2", "live/_definst_", "a b; $(touch x) 'q'", "1234 12.5 2026-03-04T05:06:07.000Z", "{\"room\":\"3\"}", "FileClosed 1",
        ]);
        File.Exists(Path.Combine(_setup.Scripts, "x")).ShouldBeFalse();
    }

    [Fact]
    public async Task Another_exit_code_than_0_is_a_retry_with_what_it_said()
    {
        Program("fails.sh", "echo working; echo 'no such customer' >&2; exit 7");
        var result = await _setup.RunAsync(Step("fails.sh"));
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldStartWith($"{_setup.Scripts}/fails.sh: it ended with exit code 7. It said: ");
        result.Detail.ShouldContain("no such customer");
    }

    [Fact]
    public async Task What_a_program_says_is_logged()
    {
        Program("says.sh", "echo all is well");
        (await _setup.RunAsync(Step("says.sh"))).ShouldBe(StepResult.Done());
        _setup.Log.At(LogLevel.Information).ShouldContain($"{_setup.Scripts}/says.sh: It said: all is well");
    }

    [Fact]
    public async Task A_program_that_takes_too_long_is_killed_with_its_children()
    {
        var ids = Path.Combine(_setup.Content, "ids");
        Program("slow.sh", $"sleep 600 &\necho $! > '{ids}'\necho waiting\nwait");
        _setup.Options.Timeout = TimeSpan.FromSeconds(2);
        var result = await _setup.RunAsync(Step("slow.sh"));
        result.Outcome.ShouldBe(StepOutcome.Retry);
        result.Detail.ShouldStartWith($"{_setup.Scripts}/slow.sh was still running after 00:00:02 (property hookScriptTimeout) and was killed.");
        var child = int.Parse(await File.ReadAllTextAsync(ids), CultureInfo.InvariantCulture);
        Setup.IsRunning(child).ShouldBeFalse();
    }

    [Fact]
    public async Task Children_that_keep_the_output_open_hold_up_nobody()
    {
        Program("leaves.sh", "sleep 20 & exit 0");
        (await _setup.RunAsync(Step("leaves.sh"))).ShouldBe(StepResult.Done());
    }

    [Fact]
    public async Task A_program_that_is_none_is_said()
    {
        _setup.Write("none.sh", "echo");
        (await _setup.RunAsync(Step("none.sh"))).ShouldBe(StepResult.Retry($"{_setup.Scripts}/none.sh is not executable; chmod +x it"));
        (await _setup.RunAsync(Step("gone.sh"))).Detail.ShouldBe($"there is no file {_setup.Scripts}/gone.sh; a step 'shell' takes the path of a program, without arguments");
        (await _setup.RunAsync(Step("../x.sh"))).Detail.ShouldBe($"'../x.sh' lies outside of {_setup.Scripts}; put it there, or write its absolute path");
        Program("broken.sh", "", interpreter: "/no/such/interpreter");
        (await _setup.RunAsync(Step("broken.sh"))).Detail.ShouldStartWith($"{_setup.Scripts}/broken.sh cannot be started: ");
    }

    private FakeStep Step(string program) => _setup.Step(program, kind: "shell");

    private void Program(string name, string text, string interpreter = "/bin/sh")
    {
        var path = _setup.Write(name, $"#!{interpreter}\n{text}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
