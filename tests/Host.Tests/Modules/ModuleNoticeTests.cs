using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Tests.Kit;
using Tapedeck.Recordings;
using Tapedeck.Streams;

namespace Tapedeck.Host.Tests.Modules;

public sealed class ModuleNoticeTests
{
    private readonly CollectedLog _log = new();
    private readonly ManualTime _time = new();
    private readonly ConcurrentQueue<string> _calls = [];

    private ModuleHost Make(ModulesOptions? options, params LoadedModule[] modules) => new(modules, "app/_definst_", options ?? new ModulesOptions(), _time, _log);

    private SpyModule Spy(string name, Func<string, CancellationToken, ValueTask>? told = null) => new(name, _calls) { Told = told ?? ((_, _) => default) };

    private IEnumerable<string> CallsOf(string name) => _calls.Where(c => c.StartsWith(name + " ", StringComparison.Ordinal)).Select(c => c[(name.Length + 1)..]);

    /// <summary>Lets time pass until the task is done; each round gives way to those that wait.</summary>
    private async Task PassTimeUntil(Task done)
    {
        while (!done.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await done;
    }

    [Fact]
    public async Task Every_notice_arrives_in_order_and_the_stop_drains_them()
    {
        var host = Make(null, Spy("a").As("a"), Spy("b").As("b"));
        await host.StartAsync(default);
        var file = new RecordedFile("/f.mp4", RecordingFormat.Mp4, 1, TimeSpan.Zero, default);
        host.NotifyConnected(new FakeClient("1"));
        host.NotifyStreamStarted(null!);
        host.NotifyRecordingStarted(null!);
        host.NotifyFileClosed(null!, file);
        host.NotifyRecordingEnded(null!);
        host.NotifyStreamEnded(null!, StreamEndReason.Idle);
        host.NotifyDisconnected(new FakeClient("1"));
        await host.StopAsync(default);
        string[] expected = ["start", "connected 1", "stream started", "recording started", "file closed /f.mp4", "recording ended", "stream ended Idle", "disconnected 1", "stop", "dispose"];
        CallsOf("a").ShouldBe(expected);
        CallsOf("b").ShouldBe(expected);
        host.NotifyConnected(new FakeClient("late"));
        host.Modules.ShouldAllBe(m => m.State == ModuleState.Stopped && m.LostNotices == 0 && m.QueuedNotices == 0);
    }

    [Fact]
    public async Task A_module_is_told_one_thing_at_a_time()
    {
        var inside = 0;
        var most = 0;
        var host = Make(null, Spy("a", async (_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        }).As("a"));
        await host.StartAsync(default);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++) host.NotifyConnected(new FakeClient(i.ToString()));
        })));
        await host.StopAsync(default);
        most.ShouldBe(1);
        CallsOf("a").Count(c => c.StartsWith("connected", StringComparison.Ordinal)).ShouldBe(800);
    }

    [Fact]
    public async Task A_failing_module_is_told_on_and_harms_nobody()
    {
        var host = Make(null, Spy("a", (what, _) => what.StartsWith("connected", StringComparison.Ordinal) ? throw new InvalidOperationException("no") : default).As("bad"), Spy("b").As("b"));
        await host.StartAsync(default);
        host.NotifyConnected(new FakeClient("1"));
        host.NotifyDisconnected(new FakeClient("1"));
        await host.StopAsync(default);
        CallsOf("a").ShouldBe(["start", "connected 1", "disconnected 1", "stop", "dispose"]);
        CallsOf("b").ShouldBe(["start", "connected 1", "disconnected 1", "stop", "dispose"]);
        _log.Lines.ShouldHaveSingleItem().ShouldBe(new LogLine(LogLevel.Error, "", "Module bad of app/_definst_ failed when told: Connected", HasException: true));
    }

    [Fact]
    public async Task A_slow_module_loses_notices_alone_and_the_loss_is_counted_and_logged_once()
    {
        var entered = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        var host = Make(
            new ModulesOptions { QueueLength = 3 },
            Spy("slow", async (what, _) =>
            {
                if (!what.StartsWith("connected", StringComparison.Ordinal)) return;
                entered.TrySetResult();
                await gate.Task;
            }).As("slow"),
            new QuietModule().As("quiet"));
        await host.StartAsync(default);
        host.NotifyConnected(new FakeClient("0"));
        await entered.Task;
        for (var i = 1; i <= 10; i++) host.NotifyConnected(new FakeClient(i.ToString()));
        var status = host.Modules[0];
        (status.QueuedNotices, status.LostNotices).ShouldBe((3, 7));
        host.Modules[1].LostNotices.ShouldBe(0);
        _log.At(LogLevel.Error).ShouldHaveSingleItem().ShouldContain("Module slow of app/_definst_ is too slow: 3 notices wait");
        gate.SetResult();
        await host.StopAsync(default);
        CallsOf("slow").ShouldBe(["start", "connected 0", "connected 1", "connected 2", "connected 3", "stop", "dispose"]);
        _log.At(LogLevel.Error).Last().ShouldBe("Module slow of app/_definst_ has lost 7 notices");
    }

    [Fact]
    public async Task A_module_that_fails_to_start_is_told_nothing_and_disposed_in_the_end_and_what_it_would_have_decided_is_refused()
    {
        var host = Make(null, Spy("a", (what, _) => what == "start" ? throw new IOException("no disk") : default).As("bad"), Spy("b").As("b"));
        await host.StartAsync(default);
        (await host.DecideConnectAsync(new FakeClient(), default)).Reason.ShouldBe("Module bad, which decides about this, is not running; the server's log tells why.");
        host.NotifyConnected(new FakeClient("1"));
        await host.StopAsync(default);
        CallsOf("a").ShouldBe(["start", "dispose"]);
        CallsOf("b").ShouldBe(["start", "connected 1", "stop", "dispose"]);
        (host.Modules[0].State, host.Modules[0].Reason).ShouldBe((ModuleState.Faulted, "it failed to start: no disk"));
    }

    [Fact]
    public async Task A_module_that_could_not_be_made_refuses_only_what_it_would_have_decided()
    {
        var entry = Spy("a").As("guard").Entry;
        var host = Make(null, LoadedModule.Faulted(entry, "no key", ModuleAbilities.Publishing | ModuleAbilities.FileClosed));
        await host.StartAsync(default);
        (await host.DecideConnectAsync(new FakeClient(), default)).IsAllowed.ShouldBeTrue();
        (await host.DecidePublishAsync(new PublishRequest { Client = new FakeClient(), StreamName = "s" }, default)).IsAllowed.ShouldBeFalse();
        _log.At(LogLevel.Error).ShouldHaveSingleItem().ShouldContain("MISSING, what it would have decided is refused: no key");
        await host.StopAsync(default);
    }

    [Fact]
    public async Task A_module_that_never_starts_does_not_keep_the_application_away()
    {
        var host = Make(null, Spy("a", (what, token) => what == "start" ? new ValueTask(Task.Delay(Timeout.Infinite, token)) : default).As("stuck"));
        var timers = _time.TimersMade;
        var start = host.StartAsync(default).AsTask();
        await _time.MadeAsync(timers + 1);
        _time.Advance(TimeSpan.FromSeconds(30));
        await start;
        host.Modules[0].Reason.ShouldBe("it did not start within 30s");
    }

    [Fact]
    public async Task A_module_that_hangs_does_not_hold_up_the_stop()
    {
        var entered = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        var host = Make(null, Spy("a", async (what, token) =>
        {
            if (!what.StartsWith("connected", StringComparison.Ordinal)) return;
            entered.TrySetResult();
            token.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
        }).As("hanging"));
        await host.StartAsync(default);
        host.NotifyConnected(new FakeClient("1"));
        host.NotifyConnected(new FakeClient("2"));
        await entered.Task;
        await PassTimeUntil(host.StopAsync(default).AsTask());
        await cancelled.Task;
        host.Modules[0].LostNotices.ShouldBe(1);
        _log.At(LogLevel.Error).First().ShouldBe("Module hanging of app/_definst_ did not finish its queue in time");
    }
}
