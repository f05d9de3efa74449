using Microsoft.Extensions.Logging;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Tests.Kit;
using Tapedeck.Modules;

namespace Tapedeck.Host.Tests.Modules;

public sealed class ModuleCallTests
{
    private readonly CollectedLog _log = new();
    private readonly ManualTime _time = new();

    private async Task<ModuleHost> Start(params LoadedModule[] modules)
    {
        var host = new ModuleHost(modules, "app/_definst_", new ModulesOptions(), _time, _log);
        await host.StartAsync(default);
        return host;
    }

    private static CommandModule Answers(string with) => new(with, (_, _) => new(CommandResult.Ok(with)));

    private static CommandModule PassesUp(string name) => new(name, async (call, token) =>
    {
        var result = await call.PassUpAsync(token);
        return result.IsSuccess ? CommandResult.Ok($"{name}({result.Value})") : result;
    });

    private static AnyCommandModule Any(string name) => new((call, _) => new(CommandResult.Ok($"{name}:{call.Name}")));

    private static CommandCall Call(string name = "ask", Func<CommandCall, CancellationToken, ValueTask<CommandResult>>? previous = null) =>
        new(name, new FakeClient(), null, new CommandArguments(["x"]), previous);

    [Fact]
    public async Task The_last_that_defines_a_command_answers()
    {
        var host = await Start(Answers("first").As("a"), Answers("last").As("b"), new QuietModule().As("c"), Any("any").As("d"));
        (await host.CallAsync(Call(), default)).Value.ShouldBe("last");
        (await host.CallAsync(Call("other"), default)).Value.ShouldBe("last");
        (await host.CallAsync(Call("Ask"), default)).Value.ShouldBe("any:Ask", "names compare exactly");
    }

    [Fact]
    public async Task Passed_up_commands_go_to_the_definitions_before_then_to_those_that_answer_any()
    {
        var host = await Start(Any("any1").As("a"), PassesUp("p1").As("b"), PassesUp("p2").As("c"), Any("any2").As("d"), PassesUp("p3").As("e"));
        (await host.CallAsync(Call(), default)).Value.ShouldBe("p3(p2(p1(any2:ask)))");
    }

    [Fact]
    public async Task One_that_does_not_know_the_command_does_not_end_its_way()
    {
        var asked = 0;
        var host = await Start(Any("first").As("a"), new AnyCommandModule((_, _) =>
        {
            asked++;
            return new(CommandResult.NotHandled);
        }).As("b"));
        (await host.CallAsync(Call("strange"), default)).Value.ShouldBe("first:strange");
        asked.ShouldBe(1);
    }

    [Fact]
    public async Task What_nobody_answers_goes_to_the_protocol()
    {
        var host = await Start(PassesUp("p").As("a"));
        (await host.CallAsync(Call(), default)).IsHandled.ShouldBeFalse();
        (await host.CallAsync(Call("strange"), default)).IsHandled.ShouldBeFalse();
        var asked = 0;
        Func<CommandCall, CancellationToken, ValueTask<CommandResult>> protocol = (call, _) =>
        {
            asked++;
            return new(CommandResult.Ok("protocol:" + call.Arguments.GetString(0)));
        };
        (await host.CallAsync(Call("ask", protocol), default)).Value.ShouldBe("p(protocol:x)");
        (await host.CallAsync(Call("strange", protocol), default)).Value.ShouldBe("protocol:x");
        asked.ShouldBe(2);
    }

    [Fact]
    public async Task An_exception_becomes_an_error_also_for_the_one_who_passed_up()
    {
        var host = await Start(new CommandModule("x", (_, _) => throw new IOException("secret detail")).As("broken"), PassesUp("p").As("p"));
        var result = await host.CallAsync(Call(), default);
        (result.IsHandled, result.ErrorCode, result.ErrorDescription).ShouldBe((true, "NetConnection.Call.Failed", "Module broken failed; the server's log tells why."));
        _log.Lines.ShouldHaveSingleItem().ShouldBe(new LogLine(LogLevel.Error, "", "Module broken failed to answer the command 'ask'", HasException: true));
    }

    [Fact]
    public async Task A_timeout_blames_the_module_that_has_the_command()
    {
        var host = await Start(new CommandModule("x", async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return CommandResult.Ok();
        }).As("slow"), PassesUp("p").As("p"));
        var timers = _time.TimersMade;
        var result = host.CallAsync(Call(), default).AsTask();
        await _time.MadeAsync(timers + 1);
        _time.Advance(TimeSpan.FromSeconds(30));
        var (code, description) = ((await result).ErrorCode, (await result).ErrorDescription);
        code.ShouldBe("NetConnection.Call.Failed");
        description!.ShouldEndWith("did not answer in time.");
        _log.At(LogLevel.Error).First().ShouldContain("did not answer the command 'ask' within 30s");
    }

    [Fact]
    public async Task A_method_with_another_form_faults_its_module_only()
    {
        var host = await Start(new WronglyMarkedModule().As("wrong"), new TwiceMarkedModule().As("twice"), Answers("good").As("good"));
        host.Modules.Select(m => m.State).ShouldBe([ModuleState.Faulted, ModuleState.Faulted, ModuleState.Running]);
        host.Modules[0].Reason.ShouldBe("the method Answer of command 'ask' must have the form ValueTask<CommandResult> Answer(CommandCall call, CancellationToken cancellationToken)");
        host.Modules[1].Reason.ShouldBe("two methods define the command 'ask'");
        (await host.CallAsync(Call(), default)).Value.ShouldBe("good");
    }
}
