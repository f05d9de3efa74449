using Tapedeck.Host.Applications;
using Tapedeck.Host.Plugins;
using Tapedeck.Modules;

namespace Tapedeck.Host.Modules;

/// <summary>What became of one entry of an application's module list.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Instance">The module; null when it could not be made.</param>
/// <param name="Context">Its code, to be unloaded; null when it is the host's own.</param>
/// <param name="Fault">Why there is no module; null when there is one.</param>
/// <param name="Missed">What a module that could not be made would have done, as far as its class was found.</param>
internal sealed record LoadedModule(ModuleEntry Entry, IModule? Instance, ModuleContext? Context, string? Fault, ModuleAbilities Missed = ModuleAbilities.None)
{
    public static LoadedModule Faulted(ModuleEntry entry, string reason, ModuleAbilities missed = ModuleAbilities.None) => new(entry, null, null, reason, missed);
}
