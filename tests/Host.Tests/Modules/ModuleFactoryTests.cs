using Microsoft.Extensions.Logging;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Plugins;
using Tapedeck.Host.Settings;
using Tapedeck.Host.Tests.Kit;
using Tapedeck.Modules;

namespace Tapedeck.Host.Tests.Modules;

public sealed class ModuleFactoryTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CollectedLog _log = new();

    public ModuleFactoryTests() => TestPlugins.Install("Probe", _folder["plugins"]);

    public void Dispose() => _folder.Dispose();

    private LoadedModule Create(string type, string properties = "", params string[] disabled)
    {
        var catalog = PluginCatalog.Scan([_folder["plugins"]], new PluginsOptions { Disabled = disabled }, _log);
        var yaml = $"streamType: live\nmodules:\n  - {{ name: m, class: '{type}' }}\nproperties:\n{properties}";
        var model = ApplicationModelBuilder.Build(ApplicationYaml.Parse("app.yaml", yaml), "app", Home.Locate(_folder.Path, _folder.Path, _folder.Path), out _);
        return new ModuleFactory(catalog, new ManualTime(), _log.Factory).Create(model, new FakeInstance(model)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_constructor_gets_what_it_asks_for()
    {
        var made = Create("Probe.ProbeModule", "  PROBEgreeting: hi\n  probeCount: 10\n  probeDelay: 250\n  probeLoud: TRUE\n  probeDay: friday\n  other: 1");
        made.Fault.ShouldBeNull();
        var host = new ModuleHost([made], "app/_definst_", new ModulesOptions(), TimeProvider.System, _log);
        await host.StartAsync(default);
        var result = await host.CallAsync(new CommandCall("options", new FakeClient(), null, CommandArguments.None), default);
        result.Value.ShouldBe("hi 10 250 True Friday 6 2030");
        _log.Lines.ShouldContain(l => l.Category == "Probe.ProbeModule" && l.Text == "probe started in app with FakeRecorder");
        _log.At(LogLevel.Warning).ShouldBeEmpty();
        await host.StopAsync(default);
    }

    [Fact]
    public async Task It_gets_its_folders()
    {
        var host = new ModuleHost([Create("Probe.ProbeModule")], "app/_definst_", new ModulesOptions(), TimeProvider.System, _log);
        await host.StartAsync(default);
        var result = await host.CallAsync(new CommandCall("folders", new FakeClient(), null, CommandArguments.None), default);
        result.Value.ShouldBe($"{_folder["plugins/Probe"]} {Environment.CurrentDirectory}");
        await host.StopAsync(default);
    }

    [Fact]
    public void All_errors_of_options_are_shown_at_once()
    {
        var made = Create("Probe.ProbeModule", "  probeCount: 11\n  probeDelay: soon\n  probeLoud: loud\n  probeDay: Fridya\n  probeGreting: x");
        made.Instance.ShouldBeNull();
        made.Fault!.Split(Environment.NewLine).ShouldBe(
        [
            "app.yaml:5:15: property probeCount: '11' cannot be used; it must be between 1 and 10",
            "app.yaml:6:15: property probeDelay: 'soon' cannot be used; write milliseconds, such as 10000, or a duration, such as 10s",
            "app.yaml:7:14: property probeLoud: 'loud' cannot be used; write true or false",
            "app.yaml:8:13: property probeDay: 'Fridya' cannot be used; write one of sunday, monday, tuesday, wednesday, thursday, friday, saturday; did you mean 'friday'?",
        ]);
        _log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldBe("app.yaml:9:17: module m has no property 'probeGreting'; did you mean 'probeGreeting'?");
    }

    [Fact]
    public void An_empty_value_means_the_default() => Create("Probe.ProbeModule", "  probeCount:\n  probeDay: ''").Fault.ShouldBeNull();

    [Theory]
    [InlineData("Probe.ProbModule", "there is no class 'Probe.ProbModule' in any plugin; did you mean 'Probe.ProbeModule'?")]
    [InlineData("Some.Very.Long.Namespace.BrokenModule", "; did you mean 'Probe.BrokenModule'?")]
    [InlineData("com.example.Nothing", "; install the plugin that brings it, or remove the entry")]
    [InlineData("Probe.BrokenModule", "the constructor does not like it here")]
    [InlineData("Probe.NeedyModule", "the constructor of Probe.NeedyModule asks for String name, which the host does not give")]
    public void A_module_that_cannot_be_made_tells_why(string type, string reason)
    {
        var made = Create(type);
        made.Instance.ShouldBeNull();
        made.Fault!.ShouldContain(reason);
    }

    [Fact]
    public void A_module_of_a_disabled_plugin_tells_how_to_enable_it() =>
        Create("Probe.ProbeModule", "", "Probe").Fault.ShouldBe("its plugin Probe: disabled: enable it by removing Probe from the setting plugins.disabled");

    [Fact]
    public async Task The_application_runs_without_a_missing_module_and_says_so_loudly()
    {
        var host = new ModuleHost([Create("Probe.Missing")], "app/_definst_", new ModulesOptions(), TimeProvider.System, _log);
        await host.StartAsync(default);
        (await host.DecideConnectAsync(new FakeClient(), default)).ShouldBe(Decision.Allow);
        var status = host.Modules.ShouldHaveSingleItem();
        (status.Name, status.State).ShouldBe(("m", ModuleState.Faulted));
        status.Reason!.ShouldContain("there is no class 'Probe.Missing'");
        _log.At(LogLevel.Error).ShouldHaveSingleItem().ShouldStartWith("Module m of app/_definst_ is MISSING, the application runs without it: there is no class");
        await host.StopAsync(default);
    }
}
