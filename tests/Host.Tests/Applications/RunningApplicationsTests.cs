using Tapedeck.Applications;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Settings;
using Tapedeck.Host.Tests.Kit;

namespace Tapedeck.Host.Tests.Applications;

public sealed class RunningApplicationsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CollectedLog _log = new();
    private readonly ApplicationCatalog _catalog;
    private int _starts;

    public RunningApplicationsTests()
    {
        _folder.Write("applications/live/Application.yaml", "streamType: live");
        _folder.Write("applications/bad/Application.yaml", "streamType: x");
        _catalog = ApplicationCatalog.Load(Home.Locate(_folder.Path, _folder.Path, _folder.Path), _log);
    }

    public void Dispose() => _folder.Dispose();

    private RunningApplications Make(Func<ApplicationModel, string, CancellationToken, Task<IApplicationInstance>> start, int limit = 3) =>
        new(_catalog, new ApplicationsOptions { MaximumInstances = limit }, start, _log);

    private RunningApplications Make(int limit = 3) => Make(
        (model, name, _) =>
        {
            Interlocked.Increment(ref _starts);
            return Task.FromResult<IApplicationInstance>(new FakeInstance(model, name));
        },
        limit);

    [Fact]
    public async Task An_instance_starts_once_and_names_of_applications_ignore_case()
    {
        using var applications = Make();
        var first = await applications.GetInstanceAsync("live", "", default);
        var second = await applications.GetInstanceAsync("LIVE", "_definst_", default);
        second.ShouldBeSameAs(first);
        _starts.ShouldBe(1);
        applications.Instances.ShouldBe([first!]);
        (await applications.GetInstanceAsync("none", "", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Clients_that_come_together_wait_for_one_start()
    {
        var gate = new TaskCompletionSource<IApplicationInstance>();
        using var applications = Make((_, _, _) =>
        {
            Interlocked.Increment(ref _starts);
            return gate.Task;
        });
        using var impatient = new CancellationTokenSource();
        var gone = applications.GetInstanceAsync("live", "a", impatient.Token).AsTask();
        var waiting = Enumerable.Range(0, 20).Select(_ => applications.GetInstanceAsync("live", "a", default).AsTask()).ToList();
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(gone);
        gate.SetResult(new FakeInstance(_catalog.Find("live")!, "a"));
        (await Task.WhenAll(waiting)).Distinct().Count().ShouldBe(1);
        _starts.ShouldBe(1);
    }

    [Fact]
    public async Task A_start_that_failed_is_tried_again()
    {
        using var applications = Make((model, name, _) => ++_starts == 1 ? throw new IOException("disk") : Task.FromResult<IApplicationInstance>(new FakeInstance(model, name)));
        var refusal = await Should.ThrowAsync<ApplicationUnavailableException>(async () => await applications.GetInstanceAsync("live", "a", default));
        refusal.Message.ShouldBe("Application live/a cannot be started; the server's log tells why.");
        (await applications.GetInstanceAsync("live", "a", default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task The_number_of_instances_is_limited_for_each_application()
    {
        using var applications = Make(limit: 2);
        await applications.GetInstanceAsync("live", "a", default);
        await applications.GetInstanceAsync("live", "b", default);
        var refusal = await Should.ThrowAsync<ApplicationUnavailableException>(async () => await applications.GetInstanceAsync("live", "c", default));
        refusal.Message.ShouldContain("has 2 instances already");
        (await applications.GetInstanceAsync("live", "a", default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Bad_instance_names_and_broken_applications_are_refused_with_the_reason()
    {
        using var applications = Make();
        (await Should.ThrowAsync<ApplicationUnavailableException>(async () => await applications.GetInstanceAsync("live", "../x", default))).Message.ShouldContain("'../x' cannot be used");
        (await Should.ThrowAsync<ApplicationUnavailableException>(async () => await applications.GetInstanceAsync("Bad", "", default))).Message.ShouldContain("errors in its configuration");
        _starts.ShouldBe(0);
    }

    [Fact]
    public async Task After_the_close_nothing_starts()
    {
        using var applications = Make();
        var running = await applications.GetInstanceAsync("live", "a", default);
        (await applications.CloseAsync()).ShouldBe([running!]);
        await Should.ThrowAsync<ApplicationUnavailableException>(async () => await applications.GetInstanceAsync("live", "b", default));
    }

    [Fact]
    public async Task The_close_cancels_what_still_starts()
    {
        var entered = new TaskCompletionSource();
        using var applications = Make(async (_, _, token) =>
        {
            entered.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            throw new InvalidOperationException("never reached");
        });
        var waiting = applications.GetInstanceAsync("live", "a", default).AsTask();
        await entered.Task;
        (await applications.CloseAsync()).ShouldBeEmpty();
        await Should.ThrowAsync<Exception>(waiting);
    }
}
