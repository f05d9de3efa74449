using System.Runtime.CompilerServices;
using Tapedeck.Host.Applications;
using Tapedeck.Host.Modules;
using Tapedeck.Host.Plugins;
using Tapedeck.Host.Settings;
using Tapedeck.Host.Tests.Kit;
using Tapedeck.Modules;

namespace Tapedeck.Host.Tests.Plugins;

/// <summary>Real plugins, loaded and run as an application instance does it.</summary>
public sealed class ModuleContextTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CollectedLog _log = new();

    public void Dispose() => _folder.Dispose();

    private string Install(string name) => TestPlugins.Install(name, _folder["plugins"]);

    private PluginCatalog Scan() => PluginCatalog.Scan([_folder["plugins"]], new PluginsOptions(), _log);

    private ApplicationModel Model(params string[] classes)
    {
        var yaml = "streamType: live\nproperties: { probeCount: 7 }\nmodules: [" + string.Join(", ", classes) + "]";
        return ApplicationModelBuilder.Build(ApplicationYaml.Parse("app.yaml", yaml), "app", Home.Locate(_folder.Path, _folder.Path, _folder.Path), out _);
    }

    private async Task<(ModuleHost Host, IReadOnlyList<ModuleContext> Contexts)> Start(PluginCatalog catalog, params string[] classes)
    {
        var model = Model(classes);
        var loaded = new ModuleFactory(catalog, TimeProvider.System, _log.Factory).Create(model, new FakeInstance(model));
        var host = new ModuleHost(loaded, "app/_definst_", new ModulesOptions(), TimeProvider.System, _log);
        await host.StartAsync(default);
        return (host, [.. loaded.Where(l => l.Context is not null).Select(l => l.Context!)]);
    }

    private static async Task<object?> Call(ModuleHost host, string command)
    {
        var result = await host.CallAsync(new CommandCall(command, new FakeClient(), null, CommandArguments.None), default);
        result.IsSuccess.ShouldBeTrue(result.ErrorDescription);
        return result.Value;
    }

    [Fact]
    public async Task Two_plugins_use_two_versions_of_one_dependency()
    {
        Install("Probe");
        Install("ProbeTwo");
        var (host, _) = await Start(Scan(), "Probe.ProbeModule", "ProbeTwo.ProbeTwoModule");
        (await Call(host, "dependency")).ShouldBe("1.0.0");
        (await Call(host, "dependencyTwo")).ShouldBe("2.0.0");
        await host.StopAsync(default);
    }

    [Fact]
    public async Task The_contract_in_the_plugins_folder_is_ignored()
    {
        var folder = Install("Probe");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Tapedeck.Abstractions.dll"), Path.Combine(folder, "Tapedeck.Abstractions.dll"));
        var (host, _) = await Start(Scan(), "OtherAlias");
        (await Call(host, "options")).ShouldBe("hello 7 1000  Sunday 1 " + TimeProvider.System.GetUtcNow().Year);
        await host.StopAsync(default);
    }

    [Fact]
    public async Task Files_overwritten_truncated_and_deleted_do_not_touch_what_runs()
    {
        var folder = Install("Probe");
        var catalog = Scan();
        var (host, _) = await Start(catalog, "Probe.ProbeModule");
        foreach (var file in Directory.GetFiles(folder, "*.dll"))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            stream.Write(new byte[stream.Length]);
            stream.SetLength(10);
        }
        (await Call(host, "late")).ShouldBe("still here");
        (await Call(host, "dependency")).ShouldBe("1.0.0", "loaded only now, as it was when the plugin was found");
        Directory.Delete(folder, recursive: true);
        var (second, _) = await Start(catalog, "Probe.ProbeModule");
        (await Call(second, "dependency")).ShouldBe("1.0.0");
        await host.StopAsync(default);
        await second.StopAsync(default);
    }

    [Fact]
    public async Task Native_libraries_run_from_a_copy()
    {
        var folder = Install("Probe");
        var library = Path.Combine(folder, "libprobenative.so");
        var own = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, OperatingSystem.IsWindows() ? "clrjit.dll" : "libSystem.Native.so");
        File.Copy(own, library);
        var (host, _) = await Start(Scan(), "Probe.ProbeModule");
        (await Call(host, "pid")).ShouldBe((double)Environment.ProcessId);
        File.WriteAllBytes(library, []);
        (await Call(host, "pid")).ShouldBe((double)Environment.ProcessId);
        await host.StopAsync(default);
    }

    [Fact]
    public async Task Errors_of_a_plugin_tell_file_and_line()
    {
        var error = "";
        Install("Probe");
        var module = Scan().Find("Probe.BrokenModule")!;
        var context = ModuleContext.Create(module, "test");
        try
        {
            Activator.CreateInstance(context.GetType(module));
        }
        catch (System.Reflection.TargetInvocationException e)
        {
            error = e.InnerException!.StackTrace;
        }
        error.ShouldNotBeNull().ShouldContain("Modules.cs:line ");
        context.Unload();
        Should.Throw<InvalidOperationException>(() => context.GetType(module));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_stopped_instance_leaves_nothing_in_memory()
    {
        Install("Probe");
        Install("ProbeTwo");
        var contexts = await StartCallAndStop(Scan());
        contexts.Count.ShouldBe(4);
        for (var i = 0; i < 50 && contexts.Any(c => !c.IsCollected); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        contexts.Where(c => !c.IsCollected).Select(c => c.Name).ShouldBeEmpty();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<IReadOnlyList<ModuleContext>> StartCallAndStop(PluginCatalog catalog)
    {
        var (host, contexts) = await Start(catalog, "Probe.ProbeModule", "ProbeTwo.ProbeTwoModule", "Probe.DerivedModule", "Probe.Outer+NestedModule", "Probe.BrokenModule");
        (await Call(host, "dependency")).ShouldBe("1.0.0");
        var failed = await host.CallAsync(new CommandCall("fail", new FakeClient(), null, CommandArguments.None), default);
        failed.ErrorCode.ShouldBe("NetConnection.Call.Failed");
        host.NotifyConnected(new FakeClient());
        await host.StopAsync(default);
        host.Modules.Select(m => m.State).ShouldBe([ModuleState.Stopped, ModuleState.Stopped, ModuleState.Stopped, ModuleState.Stopped, ModuleState.Faulted]);
        return contexts;
    }
}
