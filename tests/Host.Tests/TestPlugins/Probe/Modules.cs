using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PrivateDependency;
using Tapedeck.Applications;
using Tapedeck.Modules;
using Tapedeck.Recordings;

namespace Probe;

[ModuleOptions("probe")]
public sealed class ProbeOptions
{
    public string Greeting { get; init; } = "hello";

    [Range(1, 10)]
    public int Count { get; init; } = 3;

    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1);

    public bool? Loud { get; init; }

    public DayOfWeek Day { get; init; }
}

[ModuleAlias("com.wowza.wms.plugin.ModuleProbe")]
[ModuleAlias("OtherAlias")]
public sealed class ProbeModule(
    IApplicationInstance instance,
    IApplicationProperties properties,
    IRecorder recorder,
    ILogger<ProbeModule> logger,
    TimeProvider time,
    ModuleFolders folders,
    ProbeOptions options) : IModuleOnApp
{
    public ValueTask OnAppStartAsync(CancellationToken cancellationToken)
    {
        logger.LogInformation("probe started in {Application} with {Recorder}", instance.Application, recorder.GetType().Name);
        return default;
    }

    [Command("dependency")]
    public ValueTask<CommandResult> DependencyVersion(CommandCall call, CancellationToken cancellationToken) => new(CommandResult.Ok(Dependency.Version));

    [Command("options")]
    public ValueTask<CommandResult> Options(CommandCall call, CancellationToken cancellationToken) =>
        new(CommandResult.Ok($"{options.Greeting} {options.Count} {options.Delay.TotalMilliseconds} {options.Loud} {options.Day} {properties.Names.Count} {time.GetUtcNow().Year}"));

    [Command("folders")]
    public ValueTask<CommandResult> Folders(CommandCall call, CancellationToken cancellationToken) => new(CommandResult.Ok($"{folders.Plugin} {folders.Application}"));

    [Command("pid")]
    public ValueTask<CommandResult> Pid(CommandCall call, CancellationToken cancellationToken) => new(CommandResult.Ok((double)Native.ProcessId()));

    [Command("late")]
    public ValueTask<CommandResult> Late(CommandCall call, CancellationToken cancellationToken) => new(CommandResult.Ok(Unused.Word));

    [Command("fail")]
    public ValueTask<CommandResult> Fail(CommandCall call, CancellationToken cancellationToken) => throw new InvalidOperationException("as asked");
}

/// <summary>Code that is not compiled before it is called.</summary>
internal static class Unused
{
    public static string Word => "still here";
}

internal static partial class Native
{
    // A copy of the runtime's own native library: present on every machine that runs these tests.
    [DllImport("probenative", EntryPoint = "SystemNative_GetPid")]
    public static extern int ProcessId();
}

public sealed class BrokenModule : IModule
{
    public BrokenModule() => throw new InvalidOperationException("the constructor does not like it here");
}

public sealed class NeedyModule(string name) : IModule
{
    public string Name { get; } = name;
}

public sealed class DerivedModule : ModuleOfDependency;

public abstract class AbstractModule : IModule;

internal sealed class InternalModule : IModule;

public static class Outer
{
    public sealed class NestedModule : IModule;
}

public sealed class NoModule;
