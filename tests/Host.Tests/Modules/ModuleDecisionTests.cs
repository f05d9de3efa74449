using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Tests.Kit;
using Tapedeck.Modules;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Host.Tests.Modules;

public sealed class ModuleDecisionTests
{
    private readonly CollectedLog _log = new();
    private readonly ManualTime _time = new();
    private readonly ConcurrentQueue<string> _calls = [];
    private readonly FakeClient _client = new();

    private async Task<ModuleHost> Start(params LoadedModule[] modules)
    {
        var host = new ModuleHost(modules, "app/_definst_", new ModulesOptions(), _time, _log);
        await host.StartAsync(default);
        _calls.Clear();
        return host;
    }

    private SpyModule Spy(string name, Func<CancellationToken, ValueTask<Decision>>? decide = null) => new(name, _calls) { Decide = decide ?? (_ => new(Decision.Allow)) };

    [Fact]
    public async Task All_are_asked_in_order_of_the_list()
    {
        var host = await Start(Spy("a").As("a"), Spy("b").As("b"));
        var publish = new PublishRequest { Client = _client, StreamName = "s" };
        (await host.DecideConnectAsync(_client, default)).IsAllowed.ShouldBeTrue();
        (await host.DecidePublishAsync(publish, default)).IsAllowed.ShouldBeTrue();
        (await host.DecidePlayAsync(new PlayRequest { Client = _client, StreamName = "p" }, default)).IsAllowed.ShouldBeTrue();
        (await host.DecideRecordingAsync(null!, new RecordingOptions { FileName = "f" }, default)).IsAllowed.ShouldBeTrue();
        _calls.ShouldBe(["a connecting", "b connecting", "a publishing s", "b publishing s", "a playing p", "b playing p", "a recording f", "b recording f"]);
    }

    [Fact]
    public async Task The_first_refusal_wins_and_nobody_further_is_asked()
    {
        var host = await Start(Spy("a").As("a"), Spy("b", _ => new(Decision.Refuse("not today"))).As("b"), Spy("c").As("c"));
        (await host.DecideConnectAsync(_client, default)).Reason.ShouldBe("not today");
        _calls.ShouldBe(["a connecting", "b connecting"]);
    }

    [Fact]
    public async Task An_exception_is_a_refusal_that_the_log_explains()
    {
        var host = await Start(Spy("a", _ => throw new InvalidOperationException("secret detail")).As("guard"), Spy("b").As("b"));
        (await host.DecideConnectAsync(_client, default)).Reason.ShouldBe("Module guard failed; the server's log tells why.");
        _calls.ShouldBe(["a connecting"]);
        _log.Lines.ShouldHaveSingleItem().ShouldBe(new LogLine(LogLevel.Error, "", "Module guard of app/_definst_ failed to decide about the connection, so it is refused", HasException: true));
    }

    [Fact]
    public async Task A_timeout_is_a_refusal_and_the_module_is_told_to_give_up()
    {
        var cancelled = new TaskCompletionSource();
        var host = await Start(Spy("a", async token =>
        {
            await using var registration = token.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, token);
            return Decision.Allow;
        }).As("slow"));
        var timers = _time.TimersMade;
        var decision = host.DecideConnectAsync(_client, default).AsTask();
        await _time.MadeAsync(timers + 1);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        decision.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await decision).Reason.ShouldBe("Module slow did not answer in time.");
        await cancelled.Task;
        _log.At(LogLevel.Error).ShouldHaveSingleItem().ShouldBe("Module slow of app/_definst_ did not decide about the connection within 5s, so it is refused");
    }

    [Fact]
    public async Task A_module_that_blocks_its_thread_is_timed_out_too()
    {
        using var gate = new ManualResetEventSlim();
        var host = await Start(Spy("a", _ =>
        {
            gate.Wait(CancellationToken.None);
            return new(Decision.Allow);
        }).As("blocking"));
        var timers = _time.TimersMade;
        var decision = host.DecideConnectAsync(_client, default).AsTask();
        await _time.MadeAsync(timers + 1);
        _time.Advance(TimeSpan.FromSeconds(5));
        (await decision).Reason.ShouldBe("Module blocking did not answer in time.");
        gate.Set();
    }

    [Fact]
    public async Task A_client_that_is_gone_ends_the_question()
    {
        var host = await Start(Spy("a", async token =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return Decision.Allow;
        }).As("a"));
        using var gone = new CancellationTokenSource();
        var decision = host.DecideConnectAsync(_client, gone.Token).AsTask();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(decision);
        _log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_to_ask_costs_no_memory()
    {
        var host = await Start(new QuietModule().As("quiet"));
        var request = new PublishRequest { Client = _client, StreamName = "s" };
        var options = new RecordingOptions();
        var call = new CommandCall("none", _client, null, CommandArguments.None);
        var before = 0L;
        for (var i = 0; i < 200; i++)
        {
            if (i == 100) before = GC.GetAllocatedBytesForCurrentThread();
            MustBeDone(host.DecideConnectAsync(_client, default));
            MustBeDone(host.DecidePublishAsync(request, default));
            MustBeDone(host.DecideRecordingAsync(null!, options, default));
            MustBeDone(host.CallAsync(call, default));
        }
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        static void MustBeDone<T>(ValueTask<T> answer)
        {
            if (!answer.IsCompletedSuccessfully) throw new InvalidOperationException("somebody was asked");
        }
    }

    [Fact]
    public async Task Nothing_is_allowed_before_the_start_and_after_the_stop()
    {
        var host = new ModuleHost([Spy("a").As("a")], "app/_definst_", new ModulesOptions(), _time, _log);
        (await host.DecideConnectAsync(_client, default)).Reason.ShouldBe("The application is not running.");
        await host.StartAsync(default);
        (await host.DecideConnectAsync(_client, default)).IsAllowed.ShouldBeTrue();
        await host.StopAsync(default);
        (await host.DecideConnectAsync(_client, default)).IsAllowed.ShouldBeFalse();
    }
}
