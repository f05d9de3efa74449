using Tapedeck.Host.Applications;
using Tapedeck.Host.Plugins;
using Tapedeck.Modules;

namespace Tapedeck.Host.Modules;

/// <summary>What became of one entry of an application's module list.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Instance">The module; null when it could not be made.</param>
/// <param name="Context">Its code, to be unloaded; null when it is the host's own.</param>
/// <param name="Fault">Why there is no module; null when there is one.</param>
internal sealed record LoadedModule(ModuleEntry Entry, IModule? Instance, ModuleContext? Context, string? Fault)
{
    public static LoadedModule Faulted(ModuleEntry entry, string reason) => new(entry, null, null, reason);
}
