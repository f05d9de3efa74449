using Microsoft.Extensions.Logging;
using Tapedeck.Host.Plugins;
using Tapedeck.Host.Tests.Kit;

namespace Tapedeck.Host.Tests.Plugins;

public sealed class PluginCatalogTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CollectedLog _log = new();

    public void Dispose() => _folder.Dispose();

    private string Install(string name, string into = "plugins") => TestPlugins.Install(name, _folder[into]);

    private PluginCatalog Scan(params string[] disabled) =>
        PluginCatalog.Scan([_folder["plugins"], _folder["installed"]], new PluginsOptions { Disabled = disabled }, _log);

    [Fact]
    public void A_plugin_is_found_with_its_modules_and_their_aliases()
    {
        Install("Probe");
        var catalog = Scan();
        var plugin = catalog.Plugins.ShouldHaveSingleItem();
        (plugin.Name, plugin.Status, plugin.Version).ShouldBe(("Probe", PluginStatus.Loaded, new Version(3, 4, 5, 0)));
        plugin.Modules.Select(m => m.FullName).Order().ShouldBe(["Probe.BrokenModule", "Probe.DerivedModule", "Probe.NeedyModule", "Probe.Outer+NestedModule", "Probe.ProbeModule"]);
        catalog.Find("com.wowza.wms.plugin.MODULEPROBE")!.FullName.ShouldBe("Probe.ProbeModule");
        catalog.Find("otheralias")!.FullName.ShouldBe("Probe.ProbeModule");
        catalog.Find("probe.probemodule")!.Aliases.ShouldBe(["com.wowza.wms.plugin.ModuleProbe", "OtherAlias"]);
        catalog.Find("Probe.NoModule").ShouldBeNull();
        _log.Lines.ShouldHaveSingleItem().Text.ShouldBe("Plugin Probe 3.4.5: 5 modules");
    }

    [Fact]
    public void Folders_without_the_dll_of_their_name_are_passed_over()
    {
        _folder.Write("plugins/Source/Source.csproj", "");
        _folder.Write("plugins/Other/Another.dll", "");
        Scan().Plugins.ShouldBeEmpty();
        _log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void The_plugin_of_the_home_wins()
    {
        var own = Install("Probe");
        Install("Probe", "installed");
        Scan().Plugins.ShouldHaveSingleItem().Folder.ShouldBe(own);
        _log.At(LogLevel.Information).First().ShouldContain("is used; the one in");
    }

    [Fact]
    public void A_disabled_plugin_tells_how_to_enable_it()
    {
        Install("Probe");
        var catalog = Scan("probe", "Prope");
        var plugin = catalog.Plugins.Single();
        (plugin.Status, plugin.Message).ShouldBe((PluginStatus.Disabled, "enable it by removing Probe from the setting plugins.disabled"));
        catalog.Find("Probe.ProbeModule").ShouldNotBeNull("so that the application can tell why it lacks the module");
        _log.At(LogLevel.Warning).ShouldHaveSingleItem().ShouldBe("plugins.disabled names Prope, but there is no such plugin; did you mean 'Probe'?");
    }

    [Fact]
    public void A_missing_dependency_makes_it_incompatible()
    {
        var folder = Install("Probe");
        File.Delete(Path.Combine(folder, "PrivateDependency.dll"));
        var plugin = Scan().Plugins.Single();
        plugin.Status.ShouldBe(PluginStatus.Incompatible);
        plugin.Message.ShouldBe($"PrivateDependency.dll is missing in {folder}; install the plugin with all its files");
    }

    [Fact]
    public void A_missing_dependency_is_found_without_a_manifest_too()
    {
        var folder = Install("Probe");
        File.Delete(Path.Combine(folder, "PrivateDependency.dll"));
        File.Delete(Path.Combine(folder, "Probe.deps.json"));
        Scan().Plugins.Single().Message.ShouldStartWith($"PrivateDependency.dll is missing in {folder}; plugins bring their own dependencies");
    }

    [Fact]
    public void Without_a_manifest_a_complete_plugin_is_fine()
    {
        File.Delete(Path.Combine(Install("Probe"), "Probe.deps.json"));
        Scan().Plugins.Single().Status.ShouldBe(PluginStatus.Loaded);
    }

    [Fact]
    public void A_plugin_for_another_contract_is_incompatible_and_tells_the_remedy()
    {
        Install("FutureProbe");
        var plugin = Scan().Plugins.Single();
        plugin.Status.ShouldBe(PluginStatus.Incompatible);
        plugin.Message.ShouldBe("it was built for version 0.9 of Tapedeck.Abstractions, this host has 0.1; install a newer host, or an older version of the plugin");
        plugin.Modules.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("0.1", "0.1", true)]
    [InlineData("0.1.5", "0.1", true)]
    [InlineData("0.1", "0.2", false)]
    [InlineData("0.2", "0.1", false)]
    [InlineData("0.9", "1.0", false)]
    [InlineData("1.0", "1.3", true)]
    [InlineData("1.4", "1.3", false)]
    [InlineData("2.0", "1.3", false)]
    public void The_rule_of_contract_versions(string needed, string offered, bool isServed) =>
        PluginInspection.IsContractServed(new Version(needed), new Version(offered)).ShouldBe(isServed);

    [Fact]
    public void Files_that_are_no_assemblies_are_faults()
    {
        _folder.Write("plugins/Text/Text.dll", "not an assembly");
        _folder.Write("plugins/Empty/Empty.dll", "");
        var folder = Install("Probe");
        File.WriteAllBytes(Path.Combine(folder, "Probe.dll"), File.ReadAllBytes(Path.Combine(folder, "Probe.dll"))[..600]);
        var torn = Install("ProbeTwo");
        File.WriteAllText(Path.Combine(torn, "ProbeTwo.deps.json"), "{");
        var plugins = Scan().Plugins;
        plugins.Select(p => (p.Name, p.Status)).ShouldBe([("Empty", PluginStatus.Faulted), ("Probe", PluginStatus.Faulted), ("ProbeTwo", PluginStatus.Faulted), ("Text", PluginStatus.Faulted)]);
        _log.At(LogLevel.Error).Count().ShouldBe(4);
    }

    [Fact]
    public void An_assembly_that_knows_nothing_of_the_contract_is_no_plugin()
    {
        var folder = _folder.Make("plugins/YamlDotNet");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "YamlDotNet.dll"), Path.Combine(folder, "YamlDotNet.dll"));
        var plugin = Scan().Plugins.Single();
        plugin.Status.ShouldBe(PluginStatus.Incompatible);
        plugin.Message.ShouldContain("is no plugin of this host");
    }

    [Fact]
    public void The_folder_must_have_the_name_of_the_assembly()
    {
        var folder = Install("Probe");
        Directory.Move(folder, _folder["plugins/Renamed"]);
        File.Move(_folder["plugins/Renamed/Probe.dll"], _folder["plugins/Renamed/Renamed.dll"]);
        var plugin = Scan().Plugins.Single();
        plugin.Status.ShouldBe(PluginStatus.Incompatible);
        plugin.Message.ShouldContain("holds the assembly Probe");
    }

    [Fact]
    public void A_class_that_two_plugins_bring_is_taken_from_one_and_said()
    {
        Install("Probe");
        var twin = Install("ProbeTwo");
        // The same classes under another plugin's name: what a copied and renamed project looks like.
        File.Delete(Path.Combine(twin, "ProbeTwo.deps.json"));
        File.Copy(Path.Combine(TestPlugins.Folder("Probe"), "Probe.dll"), Path.Combine(twin, "ProbeTwo.dll"), overwrite: true);
        var catalog = Scan();
        catalog.Find("Probe.ProbeModule")!.Plugin.Name.ShouldBe("Probe");
        catalog.Plugins.Select(p => p.Status).ShouldBe([PluginStatus.Loaded, PluginStatus.Incompatible]);
        _log.At(LogLevel.Warning).First().ShouldContain("Plugins Probe and ProbeTwo both bring Probe.");
    }

    [Fact]
    public void Libraries_of_the_host_are_not_for_plugins()
    {
        SharedAssemblies.IsShared("YamlDotNet").ShouldBeFalse();
        SharedAssemblies.IsShared("Serilog").ShouldBeFalse();
        SharedAssemblies.IsShared("tapedeck").ShouldBeFalse();
        SharedAssemblies.IsShared("System.CommandLine").ShouldBeFalse();
        SharedAssemblies.IsShared("Tapedeck.Abstractions").ShouldBeTrue();
        SharedAssemblies.IsShared("System.Runtime").ShouldBeTrue();
        SharedAssemblies.IsShared("Microsoft.Extensions.Logging.Abstractions").ShouldBeTrue();
    }
}
